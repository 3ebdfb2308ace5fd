"""What ``groundstop status`` asks: every service, the log, the record, the controls."""

import asyncio
from typing import Any

from groundstop import natspy
from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller, command
from groundstop.clickhouse import ClickHouseProblem, query
from groundstop.client.control_requests import ControlRequests
from groundstop.clock import Clock
from groundstop.commands.health import Health
from groundstop.errors import StackNotFound
from groundstop.identity.connecting import ONCE, connection_options
from groundstop.log.stream import state as stream_state
from groundstop.stack_discovery import StackState, settings_of
from pydantic import ValidationError

SERVICES = ("classifier", "rate-limiter", "approval", "executor", "audit")
LISTEN_S = 0.4
CALLER = Caller(OWNER_ROLE, ANY_TENANT, "cli")


async def report(stack: StackState) -> dict[str, Any]:
    """Everything at once. Raises StackNotFound when the bus does not answer."""
    try:
        nc = await natspy.connect(**connection_options(settings_of(stack)), connect_timeout=2, **ONCE)
    except Exception as error:
        raise StackNotFound(f"no bus at {stack.nats_url}: {error}") from error
    try:
        services, problems, aside = await _who_answers(nc)
        log = await stream_state(nc)
        controls = await ControlRequests(nc, Clock(), CALLER, _unsigned).controls()
    finally:
        await nc.close()
    return {
        "data": str(stack.data),
        "nats_url": stack.nats_url,
        "pid": stack.pid,
        "started_at": stack.started_at.isoformat(),
        "services": services,
        "problems": [*problems, *([f"controls: {controls.problem}"] if controls.problem else [])],
        "set_aside": aside,
        "log": {
            "messages": log["messages"],
            "first_seq": log["first_seq"],
            "last_seq": log["last_seq"],
            "removed": log.get("num_deleted", 0),
            "recorded": await asyncio.to_thread(_recorded, stack.analyst_dsn),
        },
        "halts": [halt.model_dump(mode="json") for halt in controls.halts],
    }


def _unsigned(control: Any) -> Any:
    return control


async def _who_answers(nc: Any) -> tuple[dict[str, list[int]], list[str], list[str]]:
    """The processes of each service, what they say they cannot do, and what they took for no fact."""
    found: dict[str, list[int]] = {name: [] for name in SERVICES}
    problems: list[str] = []
    aside: list[str] = []
    inbox = nc.new_inbox()

    async def answer(message: Any) -> None:
        try:
            health = Health.model_validate_json(message.data)
        except ValidationError:
            return  # nobody answers for that service
        if health.service in found:
            found[health.service].append(health.pid)
            problems.extend(f"{health.service}: {problem}" for problem in health.problems)
            aside.extend(f"{health.service}: {said}" for said in health.set_aside)

    await nc.subscribe(inbox, cb=answer)
    for name in SERVICES:
        await nc.publish(command(CALLER, f"health.{name}"), b"{}", reply=inbox)
    await nc.flush()
    await asyncio.sleep(LISTEN_S)  # noqa: TID251 - answers come from an unknown number of processes: listen for a while
    return found, problems, aside


def _recorded(dsn: str) -> int:
    try:
        return int(query(dsn, "SELECT count() FROM audit.event_log", "TabSeparated").strip())
    except (ClickHouseProblem, ValueError):
        return 0

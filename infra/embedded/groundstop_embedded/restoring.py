"""The two servers of a stack over its data folder, without any service: somewhere to put a backup."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from groundstop.clock import Clock
from groundstop.stack_discovery import STATE_FILE
from structlog.typing import FilteringBoundLogger

from groundstop_embedded import readiness
from groundstop_embedded.child import Child
from groundstop_embedded.plan import Options, Plan, make_plan

READY_S = 60.0
GRACE_S = 20.0
SERVERS = ("nats", "clickhouse")


def occupied(data: Path) -> str:
    """What a restore into ``data`` would mix with; empty when there is nothing."""
    if (data / STATE_FILE).exists():
        return f"a stack runs in {data}"
    return f"{data} is not empty" if data.exists() and any(data.iterdir()) else ""


@asynccontextmanager
async def bare_servers(data: Path, secure: bool, clock: Clock, logger: FilteringBoundLogger) -> AsyncIterator[Plan]:
    """nats-server and the ClickHouse engine over ``data``, ready, for the length of a block. Raises NotReady."""
    plan = make_plan(Options(data=data, secure=secure), clock)
    env = plan.env
    children = [
        Child(name, argv, env, data / "logs" / f"{name}.log", clock, logger)
        for name, argv in zip(SERVERS, (plan.nats, plan.store), strict=True)
    ]
    try:
        for child in children:
            await child.start()
        ours = plan.settings_as("bootstrap")
        await readiness.until("nats", lambda: readiness.bus_answers(ours), clock, READY_S)
        page = f"http://127.0.0.1:{plan.store_port}/ping"
        await readiness.until("clickhouse", lambda: readiness.web_answers(page), clock, READY_S)
        yield plan
    finally:
        for child in children:
            await child.stop(GRACE_S)

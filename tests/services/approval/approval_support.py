"""What the tests of approval share: the process, people's clients, facts as other services would write them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
from groundstop.client import Client
from groundstop.errors import RequestFailed
from groundstop.events import Fact, IntentAdmitted, IntentClassified
from groundstop.log import Log
from groundstop.testing import a_classification, eventually
from groundstop.vocabulary import Band, Risk, Route
from groundstop_embedded.testing import Bus

ControlStore = Client
TOOLS = "approval_tools"
HERE = Path(__file__).parent


class Service:
    """The approval process. ``kill`` and ``start`` may alternate."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        self.bus = bus
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, str] = {}

    def people(self, text: str) -> None:
        (self.folder / "people.yaml").write_text(text, encoding="utf-8")

    def policy(self, text: str) -> None:
        (self.folder / "policy.yaml").write_text(text, encoding="utf-8")
        self.settings["GROUNDSTOP_POLICY"] = str(self.folder / "policy.yaml")

    def start(self) -> None:
        env = {
            **os.environ,  # noqa: TID251 - a child inherits what the test runner has
            "GROUNDSTOP_NATS_URL": self.bus.url,
            "GROUNDSTOP_DATA": str(self.folder),
            "GROUNDSTOP_CLICKHOUSE_DSN": "http://127.0.0.1:9/none",
            "GROUNDSTOP_CATALOGUE": str(HERE / "tools.yaml"),
            **self.settings,
        }
        with (self.folder / "approval.log").open("ab") as log:
            command = [sys.executable, "-m", "groundstop_approval"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    async def stop(self) -> None:
        """A planned restart's first half."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self.process.wait, 30)  # receivers in this process go on receiving
            self.process = None

    async def ready(self) -> None:
        nc = await nats.connect(self.bus.url)
        try:

            async def answers() -> bool:
                assert self.process is None or self.process.poll() is None, self.log_text()[-3000:]
                try:
                    await nc.request("gs.cmd.owner.~.test.health.approval", b"{}", timeout=0.3)
                except Exception:
                    return False
                return True

            await eventually(answers, "approval is ready", within_s=60)
        finally:
            await nc.close()

    async def up(self) -> None:
        self.start()
        await self.ready()

    def log_text(self) -> str:
        return (self.folder / "approval.log").read_text(encoding="utf-8", errors="replace")


@asynccontextmanager
async def desk(bus: Bus, name: str) -> AsyncIterator[ControlStore]:
    async with Client.open(agent=name, settings=bus.settings) as client:
        yield client


async def refused(work: Any) -> RequestFailed:
    """The refusal that ``work`` ends with."""
    try:
        answer = await work
    except RequestFailed as error:
        return error
    raise AssertionError(f"not refused: {answer}")


def a_hold(route: Route = Route.APPROVE, risk: Risk = Risk.RISKY, **fields: Any) -> IntentClassified:
    """A judged intent that needs people, of the present."""
    ordinary: dict[str, Any] = {"tool": "email.send", "arguments": {"to": "ann@acme.com", "body": "hello"}}
    return a_classification(datetime.now(UTC), risk, route, Band.MEDIUM, **(ordinary | fields))  # noqa: TID251 - a test


def admitted(hold: IntentClassified) -> IntentAdmitted:
    """The same, metered."""
    return IntentAdmitted.caused_by(
        hold, hold.at, "rate-limiter", proposal=hold.proposal, call=hold.call, judgement=hold.judgement
    )


async def hold(log: Log, **fields: Any) -> IntentAdmitted:
    """An intent that waits for people, stored as the other services would."""
    classified = a_hold(**fields)
    await log.publish_once(classified)
    held = admitted(classified)
    await log.publish_once(held)
    return held


async def stored(log: Log, model: type[Fact], subject: str) -> Any:
    """The newest fact on a subject or pattern, waited for."""
    return await eventually(lambda: log.last_fact(model, subject), subject)


async def case_of(desk: ControlStore, held: IntentAdmitted, kind: str = "approval") -> str:
    """The case of a held intent, as soon as the inbox shows it."""
    case = f"{held.intent}-{kind}"

    async def shown() -> str | None:
        return case if any(c["case"] == case for c in await desk.cases(task=held.task)) else None

    return await eventually(shown, case)

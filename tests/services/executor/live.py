"""A real executor in a process of its own beside a real bus, fed with clearances."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import nats
from groundstop import subjects
from groundstop.bus.control_server import serving_controls
from groundstop.callers import Caller, command
from groundstop.catalogue import load_catalogue
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.events import ExecutionStarted, Outcome
from groundstop.log import Log
from groundstop.testing import a_clearance, eventually
from groundstop.vocabulary import Risk
from groundstop_embedded.testing import Bus
from nats.aio.client import Client
from structlog import get_logger

HERE = Path(__file__).parent
READY_S = 60.0


@dataclass
class Live:
    """The bus, the log on it, and the executors that were started."""

    bus: Bus
    folder: Path
    log: Log
    nc: Client
    clock: Clock = field(default_factory=Clock)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    sources: tuple[str, ...] = ("probe_tools",)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def operator(self) -> Operator:
        return Operator(self.nc, self.log, self.clock, "olga")

    async def executor(self, **env: str) -> "subprocess.Popen[bytes]":
        """Start one and wait until it is ready."""
        environment = os.environ | {  # noqa: TID251 - a child inherits
            "GROUNDSTOP_NATS_URL": self.bus.url,
            "GROUNDSTOP_CATALOGUE": ",".join(self.sources),
            "GROUNDSTOP_LOG_LEVEL": "warning",
            "GROUNDSTOP_PAUSE_TASKS": "never",  # these calls share a task and many of them fail
            "PROBE_FOLDER": str(self.folder),
            "GROUNDSTOP_TOOL_ENV": "PROBE_FOLDER",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH")))),  # noqa: TID251
            **self.env,
            **env,
        }
        ready = len(await self._ready()) + 1
        with (self.folder / "executor.log").open("ab") as out:
            process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for by its answers
                [sys.executable, "-m", "groundstop_executor"], env=environment, stdout=out, stderr=out
            )
        self.processes.append(process)

        async def there() -> bool:
            assert process.poll() is None, (self.folder / "executor.log").read_text()[-3000:]
            return len(await self._ready()) >= ready

        await eventually(there, "an executor", READY_S)
        return process

    async def _ready(self) -> set[int]:
        """Process ids of the executors that answer."""
        found: set[int] = set()

        async def answer(message: Any) -> None:
            import orjson

            if message.data:  # empty: nobody answers yet
                found.add(orjson.loads(message.data)["pid"])

        inbox = self.nc.new_inbox()
        subscription = await self.nc.subscribe(inbox, cb=answer)
        await self.nc.publish(command(Caller("owner", "~", "test"), "health.executor"), b"", reply=inbox)
        await self.clock.sleep(0.1)
        await subscription.unsubscribe()
        return found

    async def clear(self, tool: str, ttl_s: float = 300, risk: str = "safe", **fields: Any) -> str:
        """Publish a clearance; the id of its intent."""
        now = self.clock()
        entry = load_catalogue(self.sources).get(tool)
        action = entry.action_type if entry else "none"
        cleared = a_clearance(now, now + timedelta(seconds=ttl_s), tool=tool, **fields)
        call = cleared.call.model_copy(update={"action_type": action})
        await self.log.publish_once(cleared.model_copy(update={"call": call, "risk": Risk(risk)}))
        return cleared.intent

    async def outcome(self, intent: str, within_s: float = 60.0) -> Outcome:
        """Wait for it."""
        return await eventually(
            lambda: self.log.last_fact(Outcome, subjects.pattern("outcome", intent=intent)), "the outcome", within_s
        )

    async def started(self, intent: str) -> ExecutionStarted:
        """Wait for the newest claim of an intent."""
        pattern = subjects.pattern("execution.started", intent=intent)
        return await eventually(lambda: self.log.last_fact(ExecutionStarted, pattern), "the claim")

    async def claims(self, intent: str) -> int:
        """How many attempts were claimed."""
        return len(await self.log.newest([subjects.pattern("execution.started", intent=intent)]))

    def effects(self, intent: str) -> int:
        """How often it happened."""
        found = list(self.folder.glob(f"*.{intent}"))
        return sum(len(path.read_text().splitlines()) for path in found)

    async def happened(self, intent: str) -> None:
        """Wait for the first effect."""

        async def there() -> bool:
            return self.effects(intent) > 0

        await eventually(there, "the effect")

    def stop(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


@asynccontextmanager
async def live_on(bus: Bus, folder: Path) -> AsyncIterator[Live]:
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a test
    sys.path.insert(0, str(HERE))
    nc = await nats.connect(bus.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    log = Log(nc, Clock())
    await log.start()
    live = Live(bus, folder, log, nc)
    try:
        async with serving_controls(nc, Clock(), None, get_logger()):  # for as long as no guard is there to do it
            yield live
    finally:
        live.stop()
        await asyncio.wait_for(log.stop(), 10)
        await nc.close()
        sys.path.remove(str(HERE))

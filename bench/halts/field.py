"""Executors on a bus of their own, without the rest of the stack: clearances are written straight to the log."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import nats
import orjson
from groundstop import subjects
from groundstop.callers import Caller, command
from groundstop.client.operator import HaltReport, Operator
from groundstop.clock import Clock
from groundstop.events import ExecutionFailed, ExecutionStarted, ExecutorHalted, Halt, Outcome
from groundstop.log import Log
from groundstop.testing import a_clearance
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.testing import Bus, running_bus
from nats.aio.msg import Msg

READY_S = 240.0
WORKERS = 2
ENDED = ("execution.failed", "execution.exhausted", "outcome")


class TimedOperator(Operator):
    """Remembers when the log had acknowledged the newest halt (monotonic seconds)."""

    acknowledged_at = 0.0

    async def _press(self, halt: Halt, until: float) -> int:
        seq = await super()._press(halt, until)
        self.acknowledged_at = self._clock.monotonic()
        return seq


class Field:
    """The bus, the executors, and what the log says about them."""

    def __init__(self, bus: Bus, nc: Any, log: Log, clock: Clock, folder: Path) -> None:
        self.bus, self.nc, self.log, self.clock, self.folder = bus, nc, log, clock, folder
        self.operator = TimedOperator(nc, log, clock, "bench")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.began: set[str] = set()
        self.ended: set[str] = set()

    async def follow(self) -> None:
        """Count claims and outcomes as they are published; the log itself is asked only for the sums."""
        await self.nc.subscribe(subjects.pattern("execution.started"), cb=self._on_began)
        await self.nc.subscribe(subjects.pattern("outcome"), cb=self._on_ended)
        await self.nc.flush()

    async def _on_began(self, message: Msg) -> None:
        self.began.add(message.subject.split(".")[5])

    async def _on_ended(self, message: Msg) -> None:
        self.ended.add(message.subject.split(".")[4])

    def spawn(self, url: str = "") -> "subprocess.Popen[bytes]":
        """One executor more; it is ready when ``alive`` counts it."""
        env = os.environ | {  # noqa: TID251 - children inherit
            "GROUNDSTOP_NATS_URL": url or self.bus.url,
            "GROUNDSTOP_CATALOGUE": "bench.halts.tools",
            "GROUNDSTOP_LOG_LEVEL": "critical",
            "GROUNDSTOP_WORKERS": str(WORKERS),
            "GROUNDSTOP_AUTO_HALTS": "false",
            "GROUNDSTOP_PAUSE_TASKS": "never",
            "HALTS_TICKS": str(self.folder / "ticks"),
            "GROUNDSTOP_TOOL_ENV": "HALTS_TICKS",
        }
        process = subprocess.Popen([sys.executable, "-m", "groundstop_executor"], env=env, preexec_fn=die_with_parent)
        self.processes.append(process)
        return process

    async def alive(self) -> int:
        """How many executors answer."""
        found: set[int] = set()

        async def answer(message: Msg) -> None:
            if message.data:
                found.add(orjson.loads(message.data)["pid"])

        inbox = self.nc.new_inbox()
        subscription = await self.nc.subscribe(inbox, cb=answer)
        await self.nc.publish(command(Caller("owner", "~", "bench"), "health.executor"), b"", reply=inbox)
        await self.clock.sleep(0.3)
        await subscription.unsubscribe()
        return len(found)

    async def ready(self, count: int) -> None:
        """Wait for so many executors. Raises TimeoutError."""
        async with asyncio.timeout(READY_S):
            while await self.alive() < count:
                await self.clock.sleep(0.2)

    def clear(self, tool: str, arguments: dict[str, Any]) -> str:
        """Send one clearance, without waiting for the log; the id of its intent."""
        now = self.clock()
        cleared = a_clearance(now, now + timedelta(seconds=60), tool=tool, arguments=arguments, agent="bench")
        call = cleared.call.model_copy(update={"action_type": "halts.effect"})
        self.log.send_once(cleared.model_copy(update={"call": call}), lambda _: None)
        return cleared.intent

    async def until_began(self, intents: set[str], within_s: float) -> None:
        """Wait until all of them are claimed, or no longer than that."""
        until = self.clock.monotonic() + within_s
        while not intents <= self.began and self.clock.monotonic() < until:
            await self.clock.sleep(0.005)

    async def until_ended(self, intents: set[str], within_s: float = 60.0) -> int:
        """Wait for their outcomes; how many have none by then."""
        until = self.clock.monotonic() + within_s
        while not intents <= self.ended and self.clock.monotonic() < until:
            await self.clock.sleep(0.05)
        return len(intents - self.ended)

    async def unaccounted(self, report: HaltReport, since: int, within_s: float = 10.0) -> int:
        """Claims since ``since`` and before a halt that neither a report nor a record of their end names."""
        until = self.clock.monotonic() + within_s
        while (missing := await self._unaccounted(report, since)) and self.clock.monotonic() < until:
            await self.clock.sleep(0.2)
        return missing

    async def _unaccounted(self, report: HaltReport, since: int) -> int:
        claims: set[tuple[str, int]] = set()
        known: set[tuple[str, int]] = set()
        patterns = tuple(subjects.pattern(kind) for kind in ("execution.started", "execution.failed", "outcome"))
        async for stored in self.log.until_now(since, (*patterns, "gs.executor.halted.>")):
            if stored.subject.startswith("gs.execution.started."):
                started = ExecutionStarted.model_validate_json(stored.payload)
                claims |= {(started.intent, started.attempt)} if stored.seq < report.seq else set()
            elif stored.subject.startswith("gs.execution.failed."):
                failed = ExecutionFailed.model_validate_json(stored.payload)
                known.add((failed.intent, failed.attempt))
            elif stored.subject.startswith("gs.outcome."):
                outcome = Outcome.model_validate_json(stored.payload)
                known.add((outcome.intent, outcome.attempts))
            else:
                halted = ExecutorHalted.model_validate_json(stored.payload)
                known |= {(flight.intent, flight.attempt) for flight in halted.in_flight}
        return len(claims - known)

    def ticks(self) -> list[float]:
        """When effects began, or went on: monotonic seconds of this host."""
        file = self.folder / "ticks"
        lines = file.read_text().splitlines() if file.exists() else []
        return [float(line.split()[0]) for line in lines]

    def forget_ticks(self) -> None:
        """Begin a fresh count."""
        (self.folder / "ticks").unlink(missing_ok=True)

    def end(self) -> None:
        """Before the bus goes: an executor without one takes its time."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@contextlib.asynccontextmanager
async def a_field() -> AsyncIterator[Field]:
    """A bus and nobody on it yet, for the length of a block."""
    folder, clock = Path(tempfile.mkdtemp(prefix="groundstop-halts-")), Clock()
    try:
        async with running_bus(folder / "bus") as bus:
            nc = await nats.connect(bus.url)
            log = Log(nc, clock)
            await log.start()
            field = Field(bus, nc, log, clock, folder)
            await field.follow()
            try:
                yield field
            finally:
                field.end()
                await log.stop()
                await nc.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

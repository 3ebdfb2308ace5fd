"""``python -m bench.halts``: 16 executors, 20 effects of a second each, every other one on the loop or in a process.

Press -> last executor halted, over many halts, without and with handlers that compute on the same loops. Each time
the ledger has to sum up: every claim before the halt is in a report or has ended, and none came after it.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import nats
import orjson
from groundstop import subjects
from groundstop.client.operator import HaltReport, Operator
from groundstop.clock import Clock
from groundstop.events import ExecutionFailed, ExecutionStarted, Outcome
from groundstop.log import Log
from groundstop.testing import a_clearance
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.testing import running_bus

from bench.stack.load import quantile

TOOLS = ("bench.wait", "bench.wait_process")
READY_S = 180.0


class Field:
    """Executors on a bus of their own, without the rest of the stack: clearances are written straight to the log."""

    def __init__(self, nc: Any, log: Log, clock: Clock) -> None:
        self.nc, self.log, self.clock = nc, log, clock
        self.operator = Operator(nc, log, clock, "bench")

    async def clear(self, tool: str, arguments: dict[str, Any]) -> None:
        """One clearance."""
        now = self.clock()
        cleared = a_clearance(now, now + timedelta(seconds=60), tool=tool, arguments=arguments, agent="bench")
        call = cleared.call.model_copy(update={"action_type": "bench.wait"})
        await self.log.publish_once(cleared.model_copy(update={"call": call}))

    async def alive(self) -> int:
        """How many executors answer."""
        found: set[int] = set()

        async def answer(message: Any) -> None:
            if message.data:
                found.add(orjson.loads(message.data)["pid"])

        inbox = self.nc.new_inbox()
        subscription = await self.nc.subscribe(inbox, cb=answer)
        await self.nc.publish(subjects.command("bench", "health.executor"), b"", reply=inbox)
        await self.clock.sleep(0.3)
        await subscription.unsubscribe()
        return len(found)

    async def unaccounted(self, report: HaltReport, since: int) -> int:
        """Claims since a sequence that neither a report nor a record of their end names."""
        patterns = tuple(subjects.pattern(kind) for kind in ("execution.started", "execution.failed", "outcome"))
        claims, ended = set(), set()
        async for stored in self.log.until_now(since, patterns):
            family = stored.subject.split(".")[1:3]
            if family == ["execution", "started"]:
                started = ExecutionStarted.model_validate_json(stored.payload)
                if stored.seq < report.seq:
                    claims.add((started.intent, started.attempt))
            elif family == ["execution", "failed"]:
                failed = ExecutionFailed.model_validate_json(stored.payload)
                ended.add((failed.intent, failed.attempt))
            else:
                outcome = Outcome.model_validate_json(stored.payload)
                ended.add((outcome.intent, outcome.attempts))
        told = {(flight["intent"], flight["attempt"]) for line in report.executors for flight in line["in_flight"]}
        return len(claims - ended - told)


async def measure(executors: int, rounds: int, flights: int, *, busy: bool) -> dict[str, Any]:
    """``rounds`` halts of ``executors`` with ``flights`` effects each in the air."""
    folder, clock = Path(tempfile.mkdtemp(prefix="groundstop-halts-")), Clock()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        async with running_bus(folder / "bus") as bus:
            env = os.environ | {  # noqa: TID251 - children inherit
                "GROUNDSTOP_NATS_URL": bus.url,
                "GROUNDSTOP_CATALOGUE": "bench.stack.tools",
                "GROUNDSTOP_LOG_LEVEL": "error",
                "GROUNDSTOP_WORKERS": "2",
            }
            for _ in range(executors):
                processes.append(
                    subprocess.Popen([sys.executable, "-m", "groundstop_executor"], env=env, preexec_fn=die_with_parent)  # noqa: ASYNC220
                )
            nc = await nats.connect(bus.url)
            log = Log(nc, clock)
            await log.start()
            field = Field(nc, log, clock)
            until = clock.monotonic() + READY_S
            while (there := await field.alive()) < executors and clock.monotonic() < until:
                await clock.sleep(0.5)
            try:
                return await _rounds(field, there, rounds, flights, busy=busy)
            finally:
                await log.stop()
                await nc.close()
                _end(processes)
    finally:
        _end(processes)
        shutil.rmtree(folder, ignore_errors=True)


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    """Before the bus goes: an executor without one takes its time."""
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


async def _rounds(field: Field, there: int, rounds: int, flights: int, *, busy: bool) -> dict[str, Any]:
    taken, in_flight, missing, after, lost = [], [], 0, 0, 0
    for _ in range(rounds):
        newest = await field.log.last("gs.>")
        since = newest.seq if newest else 1
        for number in range(there * flights):
            await field.clear(TOOLS[number % 10 == 0], {"seconds": 1.0})
        for _ in range(there if busy else 0):
            await field.clear("bench.compute", {"seconds": 0.02, "times": 40})
        await field.clock.sleep(0.4)
        report = await field.operator.halt("all", "measuring", 3.0)
        taken.append(report.last_halted_ms)
        in_flight.append(sum(len(line["in_flight"]) for line in report.executors))
        missing += len(report.missing)
        after += report.claims_after
        lost += await field.unaccounted(report, since)
        await field.operator.resume(report.control, "measured")
        await field.clock.sleep(1.5)
    return {
        "executors": there,
        "busy": busy,
        "rounds": rounds,
        "p50_ms": round(quantile(taken, 0.5), 1),
        "p99_ms": round(quantile(taken, 0.99), 1),
        "max_ms": round(max(taken), 1),
        "in_flight_median": median(in_flight),
        "missing": missing,
        "claims_after": after,
        "unaccounted": lost,
        "load": os.getloadavg()[0],
    }


def main() -> int:
    """The command; one JSON document per case."""
    parser = argparse.ArgumentParser(prog="python -m bench.halts", description=__doc__)
    parser.add_argument("--executors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--flights", type=int, default=20)
    wanted = parser.parse_args()
    for busy in (False, True):
        found = asyncio.run(measure(wanted.executors, wanted.rounds, wanted.flights, busy=busy))
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

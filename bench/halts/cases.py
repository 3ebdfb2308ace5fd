"""The cases: many halts of many executors, undisturbed or with one of them in trouble, and one that is cut off."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from groundstop.client.operator import HaltReport
from groundstop.events import ExecutorHalted

from bench.halts.field import WORKERS, Field, a_field
from bench.halts.proxy import wire_to
from bench.stack.load import quantile

BURST_S = 0.01
"""A handler that computes lets go of its loop so often; many do so at once on few processors."""
SETTLE_S = 1.2
CUT_S = 1.3
LOST = "lost-contact"


@dataclass
class Sums:
    """What the rounds of one case added up to."""

    last_ms: list[float] = field(default_factory=list)
    after_ack_ms: list[float] = field(default_factory=list)
    in_flight: list[int] = field(default_factory=list)
    missing: int = 0
    claims_after: int = 0
    unaccounted: int = 0
    without_outcome: int = 0

    def add(self, report: HaltReport, last_effect_ms: float, unaccounted: int, without_outcome: int) -> None:
        """One round."""
        self.last_ms.append(report.last_halted_ms)
        self.after_ack_ms.append(last_effect_ms)
        self.in_flight.append(sum(len(line["in_flight"]) for line in report.executors))
        self.missing += len(report.missing)
        self.claims_after += report.claims_after
        self.unaccounted += unaccounted
        self.without_outcome += without_outcome

    def told(self) -> dict[str, Any]:
        """As figures; times in milliseconds."""
        return spread(self.last_ms) | {
            "last_effect_began_ms_after_ack": round(max(self.after_ack_ms), 1),
            "in_flight_median": median(self.in_flight),
            "missing": self.missing,
            "claims_after": self.claims_after,
            "unaccounted": self.unaccounted,
            "without_outcome": self.without_outcome,
        }


def spread(values: list[float]) -> dict[str, Any]:
    """The usual quantiles."""
    return {
        "rounds": len(values),
        "p50_ms": round(quantile(values, 0.5), 1),
        "p99_ms": round(quantile(values, 0.99), 1),
        "max_ms": round(max(values), 1),
    }


async def one_halt(found: Field, sums: Sums, there: int, flights: int, *, busy: bool, wait_s: float = 3.0) -> None:
    """``flights`` effects of a second for each of ``there`` executors, all claimed; then the halt and its sums."""
    newest = await found.log.last("gs.>")
    since = newest.seq if newest else 1
    found.forget_ticks()
    processes = there * WORKERS
    tools = ["halts.process"] * processes + ["halts.wait"] * (there * flights - processes - (there if busy else 0))
    intents = {found.clear(tool, {"seconds": 1.0}) for tool in tools}
    if busy:
        intents |= {found.clear("halts.compute", {"burst_s": BURST_S, "times": 400}) for _ in range(there)}
    await found.until_began(intents, 3.0)
    report = await found.operator.halt("all", "measuring", wait_s)
    acknowledged = found.operator.acknowledged_at
    unaccounted = await found.unaccounted(report, since)
    last = (max(found.ticks(), default=acknowledged) - acknowledged) * 1e3
    await found.operator.resume(report.control, "measured")
    sums.add(report, last, unaccounted, await found.until_ended(intents))
    await found.clock.sleep(SETTLE_S)


async def undisturbed(executors: int, rounds: int, flights: int, *, busy: bool) -> dict[str, Any]:
    """Everybody is well, or everybody computes."""
    sums = Sums()
    async with a_field() as found:
        for _ in range(executors):
            found.spawn()
        await found.ready(executors)
        for _ in range(rounds):
            await one_halt(found, sums, executors, flights, busy=busy)
    return sums.told()


async def stopped(executors: int, rounds: int, flights: int) -> dict[str, Any]:
    """One executor is frozen (SIGSTOP) when the halt comes: it is named, and what it ran is accounted for later."""
    sums = Sums()
    async with a_field() as found:
        for _ in range(executors):
            found.spawn()
        for number in range(rounds):
            await found.ready(executors)

            def freeze(process: "subprocess.Popen[bytes]" = found.processes[number]) -> None:
                process.send_signal(signal.SIGSTOP)

            await _disturbed(found, sums, executors, flights, freeze)
            found.processes[number].kill()
            found.spawn()
    return sums.told()


async def _disturbed(
    found: Field,
    sums: Sums,
    there: int,
    flights: int,
    before: Callable[[], None],
    after: Callable[[], None] = lambda: None,
) -> None:
    """As ``one_halt``, with something done to one executor right before the halt, and when it has been waited for."""
    press = found.operator.halt

    async def halt(scope: str, reason: str, wait_s: float, *, drill: bool = False) -> HaltReport:
        before()
        report = await press(scope, reason, wait_s, drill=drill)
        after()
        return report

    found.operator.halt = halt  # type: ignore[method-assign]
    try:
        await one_halt(found, sums, there, flights, busy=False, wait_s=1.5)
    finally:
        found.operator.halt = press  # type: ignore[method-assign]


async def one_cut(executors: int, rounds: int, flights: int) -> dict[str, Any]:
    """One executor of many is behind a wire that is cut right before the halt."""
    sums = Sums()
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(a_field())
        wire = await stack.enter_async_context(wire_to(found.bus.port))
        for number in range(executors):
            found.spawn(wire.url if number == 0 else "")
        for _ in range(rounds):
            await found.ready(executors)
            await _disturbed(found, sums, executors, flights, wire.cut, wire.mend)
    return sums.told()


async def starting(executors: int, rounds: int, flights: int) -> dict[str, Any]:
    """One executor is starting when the halt comes: it executes nothing before it has read the controls."""
    sums = Sums()
    async with a_field() as found:
        for _ in range(executors - 1):
            found.spawn()
        await found.ready(executors - 1)
        for _ in range(rounds):
            await _disturbed(found, sums, executors - 1, flights, lambda: _spawn(found))
            late = found.processes.pop()
            late.kill()
            late.wait()
    return sums.told()


def _spawn(found: Field) -> None:
    found.spawn()


async def cut_off(rounds: int, flights: int) -> dict[str, Any]:
    """One executor is cut off while its effects tick: when was the last one, and does it say so on return?"""
    last_ms: list[float] = []
    unreported = 0
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(a_field())
        wire = await stack.enter_async_context(wire_to(found.bus.port))
        found.spawn(wire.url)
        await found.ready(1)
        for _ in range(rounds):
            found.forget_ticks()
            intents = {found.clear("halts.ticking", {"seconds": 30.0}) for _ in range(flights)}
            await found.until_began(intents, 10.0)
            await found.clock.sleep(0.2)
            wire.cut()
            cut = found.clock.monotonic()
            await found.clock.sleep(CUT_S)
            wire.mend()
            last_ms.append((max(found.ticks()) - cut) * 1e3)
            unreported += await _unreported(found, intents)
            await found.until_ended(intents)
            await found.ready(1)
    return spread(last_ms) | {"last_effect": "milliseconds after the cut", "unreported": unreported}


async def _unreported(found: Field, intents: set[str], within_s: float = 15.0) -> int:
    """How many of ``intents`` no report of lost contact names, once it is back."""
    until = found.clock.monotonic() + within_s
    left = set(intents)
    while left and found.clock.monotonic() < until:
        for stored in await found.log.newest(["gs.executor.halted.>"]):
            halted = ExecutorHalted.model_validate_json(stored.payload)
            if halted.control.startswith(LOST):
                left -= {flight.intent for flight in halted.in_flight}
        await found.clock.sleep(0.1)
    return len(left)


def machine() -> dict[str, Any]:
    """What a figure has to be read with."""
    return {"load": round(os.getloadavg()[0], 2), "processors": os.cpu_count()}

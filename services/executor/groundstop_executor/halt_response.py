"""Obeying the controls: cancel what is in scope the moment the guard hears of it, and report how each attempt ended."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from functools import partial

from groundstop.clock import Clock
from groundstop.controls import halted_by
from groundstop.errors import GroundstopError
from groundstop.events import ExecutorHalted, Halt
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.loops import TaskSet
from groundstop_guard.client import GuardHandle
from groundstop_guard.cpu_clock import CpuClock
from groundstop_guard.state import LOCAL
from structlog.typing import FilteringBoundLogger

from groundstop_executor.attempt.claims import LOST_CONTACT
from groundstop_executor.attempt.preempt import Preemption
from groundstop_executor.in_flight import UNKNOWN, WOULD_STOP, Attempt, AttemptsInFlight

FIRST_CONTROLS_S = 30.0
REPORT_AGAIN_S = 1.0
NAME = "halting"
"""Of its tasks, in the log."""
JUST_PRESSED_S = 10.0
"""A starting executor answers halts that were pressed at most so long before it began: whoever pressed may have heard
its beat, however long its start takes."""
STUBBORN_S = 1.0
"""How long a coroutine may go on after it was cancelled, of the time that this process gets a processor. One that does
is stopped by ending this process."""


class HaltResponse:
    """Watches the guard for one executor. ``end`` ends this process at once."""

    def __init__(
        self,
        name: str,
        log: Log,
        guard: GuardHandle,
        in_flight: AttemptsInFlight,
        clock: Clock,
        logger: FilteringBoundLogger,
        end: Callable[[], None],
    ) -> None:
        self._name = name
        self._log = log
        self._guard = guard
        self._in_flight = in_flight
        self._clock = clock
        self._logger = logger
        self._end = end
        self._obeyed: dict[str, Halt] = {}
        self._numbers: dict[str, int] = {}
        self._began = clock()
        self._live = False
        self._lapses = 0
        self._fair = CpuClock(clock, os.getpid())
        self._interrupts = Preemption(in_flight, self._obey)
        self._tasks = TaskSet()

    async def start(self) -> None:
        """Wait for the first controls, then watch. Old halts that are in force are obeyed, not reported anew."""
        await self._guard.ready(FIRST_CONTROLS_S)
        view = self._guard.view()
        self._live, self._lapses = True, view.lapses
        self._obeyed = {halt.control: halt for halt in view.halts if not self._just_pressed(halt)}
        self._obey()
        await self._interrupts.start()
        self._tasks.keep(self._watch(), NAME, self._logger)

    def _just_pressed(self, halt: Halt) -> bool:
        return (self._began - halt.at).total_seconds() < JUST_PRESSED_S

    async def stop(self) -> None:
        """Stop watching, and the guard with it."""
        await self._interrupts.stop()
        await self._tasks.stop()
        await self._guard.stop()

    async def _watch(self) -> None:
        while True:
            await self._guard.changed()
            self._obey()

    def _obey(self) -> None:
        """Stop what the newest view forbids: after lost contact everything, else what a halt not seen before covers."""
        heard = self._clock.monotonic()
        view = self._guard.view()
        live = view.live(heard)
        if self._live and not live:
            self._lapses = view.lapses + 1  # the one that the next lease will count
            self._halt(self._numbered(LOST_CONTACT), lambda _: True, heard)
        elif live and view.lapses > self._lapses:
            # This process stood still while the lease ended and was renewed: what began before must not go on.
            self._lapses = view.lapses
            self._halt(self._numbered(LOST_CONTACT), lambda running: running.contact < view.lapses, heard)
        self._live = live
        for halt in view.halts:
            if halt.drill:
                self._drill(halt, heard)
            elif self._obeyed.get(halt.control) is None or _wider(halt, self._obeyed[halt.control]):
                name = self._numbered(LOCAL) if halt.control == LOCAL else halt.control
                self._halt(name, partial(_covers, halt), heard)
        self._obeyed = {halt.control: halt for halt in view.halts}
        self._guard.obeyed(view)

    def _numbered(self, control: str) -> str:
        """What has no id of its own in the log gets one for each time."""
        number = self._numbers[control] = self._numbers.get(control, 0) + 1
        return f"{control}-{number}"

    def _drill(self, halt: Halt, heard: float) -> None:
        """Report, once, what the halt would have stopped, and stop nothing."""
        if halt.control in self._obeyed:
            return
        in_flight = self._in_flight.where(lambda running: running.claimed and _covers(halt, running))
        looked_ms = (self._clock.monotonic() - heard) * 1e3
        fact = self._fact(halt.control, in_flight, looked_ms, drill=True)
        self._tasks.keep(self._publish(fact), NAME, self._logger)

    def _halt(self, control: str, covered: Callable[[Attempt], bool], heard: float) -> None:
        stopped = self._in_flight.where(covered)
        for running in stopped:
            running.stop(control)
        self._tasks.keep(self._report(control, stopped, heard), NAME, self._logger)

    async def _report(self, control: str, stopped: list[Attempt], heard: float) -> None:
        """When all of it is over, say how each ended; a claim that the log had not accepted is none of them."""
        obeyed = self._clock.monotonic()
        for running in stopped:
            await self._over(running)
        in_flight = [running for running in stopped if running.claimed]
        last = max((running.ended_at for running in in_flight if running.began), default=obeyed)
        fact = self._fact(control, in_flight, (max(last, obeyed) - heard) * 1e3)
        publishing = asyncio.ensure_future(self._publish(fact))  # takes its first step before those it lets go on
        for running in stopped:
            running.told.set()
        self._logger.warning("halted", control=control, in_flight=len(in_flight), halted_ms=fact.halted_ms)
        await publishing

    async def _over(self, running: Attempt) -> None:
        if running.over.is_set():
            return  # nearly always: what was cancelled has ended before this is asked, and time is read from a file
        until = self._fair.now() + STUBBORN_S
        while not running.over.is_set():
            stubborn = running.began and not running.killable
            if stubborn and self._fair.now() >= until:
                self._logger.error("tool_ignores_cancellation", tool=running.tool, intent=running.intent)
                self._end()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STUBBORN_S / 4):
                    await running.over.wait()

    def _fact(self, control: str, in_flight: list[Attempt], halted_ms: float, *, drill: bool = False) -> ExecutorHalted:
        return ExecutorHalted(
            id=derived_id(control, f"executor.halted:{self._name}"),
            at=self._clock(),
            cause=control,
            actor=self._name,
            control=control,
            executor=self._name,
            halted_ms=round(halted_ms, 3),
            in_flight=tuple(running.report(WOULD_STOP if drill else UNKNOWN) for running in in_flight),
            drill=drill,
        )

    async def _publish(self, fact: ExecutorHalted) -> None:
        """Until the log has it: after lost contact that is when contact is back."""
        while True:
            with contextlib.suppress(GroundstopError):
                await self._log.publish_once(fact)
                return
            await self._clock.sleep(REPORT_AGAIN_S)


def _covers(halt: Halt, running: Attempt) -> bool:
    halt = halt.model_copy(update={"drill": False}) if halt.drill else halt
    return any(halted_by((halt,), target) is not None for target in running.targets)


def _wider(halt: Halt, before: Halt) -> bool:
    """Whether a halt that was narrowed to a risk covers more than before: a stage of a resume that was taken back."""
    if before.risk_from is None:
        return False
    return halt.risk_from is None or halt.risk_from.rank < before.risk_from.rank

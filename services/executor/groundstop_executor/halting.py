"""Obeying the controls: cancel what is in scope the moment the guard hears of it, and report how each attempt ended."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from groundstop.clock import Clock
from groundstop.controls import covers
from groundstop.errors import GroundstopError
from groundstop.events import ExecutorHalted
from groundstop.ids import derived_id
from groundstop.log import Log
from structlog.typing import FilteringBoundLogger

from groundstop_executor.flights import Flights
from groundstop_executor.guard_client import GuardHandle

LOST_CONTACT = "lost-contact"
FIRST_CONTROLS_S = 30.0
REPORT_AGAIN_S = 1.0


class Halting:
    """Watches the guard for one executor."""

    def __init__(
        self, name: str, log: Log, guard: GuardHandle, flights: Flights, clock: Clock, logger: FilteringBoundLogger
    ) -> None:
        self._name = name
        self._log = log
        self._guard = guard
        self._flights = flights
        self._clock = clock
        self._logger = logger
        self._obeyed: set[str] = set()
        self._losses = 0
        self._live = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Wait for the first controls, then watch. Halts that are already in force are obeyed, not reported anew."""
        await self._guard.ready(FIRST_CONTROLS_S)
        self._live = True
        self._obeyed = {halt.control for halt in self._guard.view().halts}
        self._spawn(self._watch())

    async def stop(self) -> None:
        """Stop watching, and the guard with it."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._guard.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        while True:
            await self._guard.changed()
            self._obey()

    def _obey(self) -> None:
        heard = self._clock.monotonic()
        view = self._guard.view()
        live = view.live(heard)
        if self._live and not live:
            self._losses += 1
            self._halt(f"{LOST_CONTACT}-{self._losses}", "all", heard)
        self._live = live
        active = {halt.control for halt in view.halts}
        for halt in view.halts:
            if halt.control not in self._obeyed:
                self._halt(halt.control, halt.scope, heard)
        self._obeyed = active

    def _halt(self, control: str, scope: str, heard: float) -> None:
        stopped = list(self._flights.where(lambda flight: covers(scope, flight.target)))
        for flight in stopped:
            flight.stop(control)

        async def report() -> None:
            for flight in stopped:
                await flight.over.wait()
            halted_ms = (self._clock.monotonic() - heard) * 1e3
            fact = ExecutorHalted(
                id=derived_id(control, f"executor.halted:{self._name}"),
                at=self._clock(),
                cause=control,
                actor=self._name,
                control=control,
                executor=self._name,
                halted_ms=round(halted_ms, 3),
                in_flight=tuple(flight.report() for flight in stopped),
            )
            self._logger.warning("halted", control=control, in_flight=len(stopped), halted_ms=fact.halted_ms)
            await self._publish(fact)

        self._spawn(report())

    async def _publish(self, fact: ExecutorHalted) -> None:
        """Until the log has it: after lost contact that is when contact is back."""
        while True:
            with contextlib.suppress(GroundstopError):
                await self._log.publish_once(fact)
                return
            await self._clock.sleep(REPORT_AGAIN_S)

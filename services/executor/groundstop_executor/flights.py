"""What this executor is running right now: the in-flight ledger that a halt has to account for."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from groundstop.controls import Target
from groundstop.events import InFlight

NEVER_STARTED = "never_started"
FINISHED = "finished"
CANCELLED_BEFORE_EFFECT = "cancelled_before_effect"
UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class Flight:
    """One claimed attempt. ``began`` turns true right before the tool itself runs; ``halted_by`` names what stopped it."""

    intent: str
    attempt: int
    tool: str
    target: Target
    began: bool = False
    halted_by: str = ""
    ended: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[Any] | None = None

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run the tool so that ``stop`` can cancel it. Raises CancelledError when it was stopped."""
        if self.halted_by:
            work.close()
            raise asyncio.CancelledError
        self._running = asyncio.ensure_future(work)
        return await self._running

    def begin(self) -> None:
        """From now on the effect may have happened."""
        self.began = True

    def stop(self, control: str) -> None:
        """Cancel the tool on behalf of ``control``."""
        self.halted_by = self.halted_by or control
        if self._running is not None:
            self._running.cancel()

    def close(self, ended: str) -> None:
        """The attempt is over, and how."""
        self.ended = ended
        self.over.set()

    def report(self) -> InFlight:
        """How the ledger shows it."""
        return InFlight(intent=self.intent, attempt=self.attempt, tool=self.tool, ended=self.ended or UNKNOWN)


class Flights:
    """All flights of this executor."""

    def __init__(self, counted: Callable[[int], None] = lambda _: None) -> None:
        self._flights: set[Flight] = set()
        self._counted = counted

    def open(self, flight: Flight) -> Flight:
        """Enter a flight."""
        self._flights.add(flight)
        self._counted(len(self._flights))
        return flight

    def close(self, flight: Flight, ended: str) -> None:
        """Take a flight off the moment it is over, with its end."""
        flight.close(ended)
        self._flights.discard(flight)
        self._counted(len(self._flights))

    def where(self, wanted: Callable[[Flight], bool]) -> Iterable[Flight]:
        """The flights for which ``wanted`` is true."""
        return [flight for flight in self._flights if wanted(flight)]

    def __len__(self) -> int:
        return len(self._flights)

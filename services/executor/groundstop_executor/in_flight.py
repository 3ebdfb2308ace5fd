"""What this executor is running right now: the in-flight ledger that a halt has to account for."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from groundstop.controls import Target
from groundstop.errors import GroundstopError
from groundstop.events import InFlight, IntentCleared

NEVER_STARTED = "never_started"
FINISHED = "finished"
CANCELLED_BEFORE_EFFECT = "cancelled_before_effect"
UNKNOWN = "unknown"
WOULD_STOP = "would_be_stopped"
"""Only in a drill: it runs on."""


class NotBegun(GroundstopError):
    """The tool was not called: at the last look, right before it, something was halted. Says by what."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt, from before it is claimed. ``began`` turns true right before the tool itself runs.

    ``stopped`` answers what forbids it to begin, empty for nothing. ``contact`` numbers the lease it was claimed under.
    """

    intent: str
    attempt: int
    tool: str
    targets: tuple[Target, ...]
    contact: int
    stopped: Callable[["Attempt"], str]
    claimed: bool = False
    began: bool = False
    killable: bool = True
    """False for a coroutine of this loop: it can only be asked to end."""
    halted_by: str = ""
    ended: str = ""
    ended_at: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=lambda: _set_event())
    """Not set from when a halt stops it until that halt's report is on its way: only then is its end recorded."""
    _running: asyncio.Task[Any] | None = None

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run the tool in this task so that ``stop`` can cancel it. Raises NotBegun, or CancelledError when stopped."""
        self._running = task = asyncio.current_task()
        try:
            return await work
        finally:
            self._running = None
            # The cancellation was ours and has been answered, by ending or by a result: it must not hit what follows.
            if self.halted_by and task is not None and task.cancelling():
                task.uncancel()

    def check(self) -> None:
        """The last look. Raises NotBegun."""
        if why := self.halted_by or self.stopped(self):
            self.halted_by = why
            raise NotBegun(why)

    def begin(self) -> None:
        """The tool is being called: from now on the effect may have happened."""
        self.began = True

    def stop(self, control: str) -> None:
        """Cancel the tool on behalf of ``control``. Nothing to cancel: it will not begin."""
        if self.halted_by:
            return
        self.halted_by = control
        self.told.clear()
        # Whoever stops the attempt from inside of its own task raises there, see ``attempt.preempt``.
        if self._running is not None and self._running is not asyncio.current_task():
            self._running.cancel()

    def runs_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether the tool is being run by ``task``."""
        return task is not None and self._running is task

    def report(self, otherwise: str = UNKNOWN) -> InFlight:
        """How the ledger shows it; ``otherwise`` as long as it is not over."""
        return InFlight(intent=self.intent, attempt=self.attempt, tool=self.tool, ended=self.ended or otherwise)


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


class AttemptsInFlight:
    """All flights of this executor."""

    def __init__(self, counted: Callable[[int], None], monotonic: Callable[[], float]) -> None:
        self._attempts: dict[Attempt, None] = {}
        self._counted = counted
        self._monotonic = monotonic

    def open(self, running: Attempt) -> Attempt:
        """Enter a flight."""
        self._attempts[running] = None
        self._counted(len(self._attempts))
        return running

    def close(self, running: Attempt, ended: str) -> None:
        """Take a flight off the moment it is over, with its end."""
        running.ended, running.ended_at = ended, self._monotonic()
        running.over.set()
        self._attempts.pop(running, None)
        self._counted(len(self._attempts))

    def where(self, wanted: Callable[[Attempt], bool]) -> list[Attempt]:
        """The flights for which ``wanted`` is true."""
        return [running for running in self._attempts if wanted(running)]

    def of(self, task: asyncio.Task[Any] | None) -> Attempt | None:
        """The flight whose tool is being run by ``task``."""
        return next((running for running in self._attempts if running.runs_in(task)), None)

    def holds(self, cleared: IntentCleared, attempt: int) -> bool:
        """Whether this attempt is in the air here."""
        who, target = (cleared.tenant, cleared.agent), (cleared.intent, attempt)
        return any(
            (running.intent, running.attempt) == target and (running.targets[0].tenant, running.targets[0].agent) == who
            for running in self._attempts
        )

    def __len__(self) -> int:
        return len(self._attempts)

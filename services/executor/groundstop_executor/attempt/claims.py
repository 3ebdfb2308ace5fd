"""The fenced right to start an attempt, and the last look before anything happens."""

from typing import Protocol

from groundstop.bus.message import Wait
from groundstop.clock import Clock
from groundstop.controls import Target, halted_by
from groundstop.events import ExecutionStarted, Halt, IntentCleared
from groundstop.log import Log

from groundstop_executor.attempt.lanes import Lanes
from groundstop_executor.domain import NO_ATTEMPTS, too_late
from groundstop_executor.in_flight import Attempt

HALTED_WAIT_S = 0.5
LONG_HALTED_WAIT_S = 2.0
RUNNING_WAIT_S = 0.5
FENCED_TRIES = 50
LOST_CONTACT = "lost-contact"


class View(Protocol):
    """What the guard last wrote: the controls and how long they may be believed."""

    @property
    def epoch(self) -> int: ...

    @property
    def halts(self) -> tuple[Halt, ...]: ...

    @property
    def lapses(self) -> int: ...

    def live(self, now: float) -> bool: ...


class Guard(Protocol):
    """What the handlers need of the guard."""

    lane: int

    def view(self) -> View: ...


def halted_wait(tries: int) -> Wait:
    """How long what is halted waits before it asks again."""
    return Wait(HALTED_WAIT_S if tries < 8 else LONG_HALTED_WAIT_S)


class Claims:
    """Claims for one executor. ``replicated`` says whether the log is."""

    def __init__(self, name: str, log: Log, guard: Guard, clock: Clock, *, replicated: bool = False) -> None:
        self._name = name
        self._log = log
        self._guard = guard
        self._clock = clock
        self._lanes = Lanes(guard.lane, replicated=replicated)

    @property
    def contact(self) -> int:
        """The number of the lease in force."""
        return self._guard.view().lapses

    def halted(self, target: Target) -> str:
        """What stops ``target`` now: the id of a control, lost contact, or nothing."""
        view = self._guard.view()
        if not view.live(self._clock.monotonic()):
            return LOST_CONTACT
        halt = halted_by(view.halts, target) if view.halts else None
        return "" if halt is None else halt.control

    def stopped(self, running: Attempt) -> str:
        """What forbids an attempt to begin. A lease that ended since its claim does, too."""
        return self._stopped(running, self._guard.view())

    def _stopped(self, running: Attempt, view: View) -> str:
        if view.lapses != running.contact or not view.live(self._clock.monotonic()):
            return LOST_CONTACT
        if not view.halts:
            return ""
        return next((halt.control for target in running.targets if (halt := halted_by(view.halts, target))), "")

    async def hold(self, running: Attempt, cleared: IntentCleared, tries: int) -> None:
        """Hold the attempt, or raise Wait. The log refuses a claim made in ignorance of a newer control."""
        async with self._lanes.turn() as lane:
            for _ in range(FENCED_TRIES):
                view = self._guard.view()  # one look: the halts that are obeyed are those of the epoch that is named
                running.contact = view.lapses
                if running.halted_by or self._stopped(running, view):
                    raise halted_wait(tries)
                if too_late(NO_ATTEMPTS, cleared, self._clock()):  # it waited for its turn: plan anew, and end it
                    raise Wait(0.0)
                claim = await self._log.claim(self._started(running, cleared, lane, view))
                if claim.held:
                    running.claimed = True
                    return
                if not claim.fenced:
                    raise Wait(RUNNING_WAIT_S)
                lane = self._guard.lane  # of this one the guard knows the epoch, whoever wrote to it
                await self._clock.sleep(0.002)  # the guard is about to hear of the newer control
        raise Wait(HALTED_WAIT_S)

    def _started(self, running: Attempt, cleared: IntentCleared, lane: int, view: View) -> ExecutionStarted:
        target = running.targets[-1]
        return ExecutionStarted.caused_by(
            cleared,
            self._clock(),
            self._name,
            attempt=running.attempt,
            executor=self._name,
            lane=lane,
            epoch=self._lanes.epoch(view.epoch, lane),
            call_digest=cleared.call.digest,
            tool=target.tool,
            action_type=target.action_type,
            risk=target.risk,
            fallback_for=cleared.call.tool if len(running.targets) > 1 else "",
        )

"""Ending an executor that goes on although it was told to stop: nothing else stops a tool that blocks its loop."""

import math
import os
import signal
from contextlib import suppress

import structlog
from groundstop.clock import Clock

from groundstop_guard.cpu_clock import CpuClock
from groundstop_guard.memory import GuardMemory, View, mark_of

STUCK_S_MAX = 1.0
"""An executor that runs something and has not acted upon a halt for so long, of the time it could have, is stuck."""

_log = structlog.get_logger("executor.guard")


class Watchdog:
    """Watches one executor on behalf of its guard."""

    def __init__(self, clock: Clock, memory: GuardMemory, executor: str, pid: int) -> None:
        self._fair = CpuClock(clock, pid)
        self._clock, self._memory = clock, memory
        self._executor, self._pid = executor, pid
        self._unobeyed_since = math.inf
        self._ended = False

    def look(self) -> None:
        """Kill it when it is stuck."""
        view = self._memory.read()
        if not self._unobeyed(view, self._clock.monotonic()):
            self._unobeyed_since = math.inf
            return
        now = self._fair.now()
        self._unobeyed_since = min(self._unobeyed_since, now)
        if now - self._unobeyed_since > STUCK_S_MAX and not self._ended:
            self._ended = True
            _log.error("executor_stuck", executor=self._executor, pid=self._pid, in_flight=self._memory.in_flight)
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """Soon after a halt: a coroutine that computes is told in the middle of it (``attempt.preempt``)."""
        if self._unobeyed(self._memory.read(), self._clock.monotonic()):
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGURG)

    def _unobeyed(self, view: View, now: float) -> bool:
        told = any(not halt.drill for halt in view.halts) or not view.live(now)
        return told and self._memory.in_flight > 0 and self._memory.obeyed != mark_of(view, now)

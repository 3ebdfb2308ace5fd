"""Time as a process has it: a clock that stands still while the process waits for a processor.

On a machine with too few processors a healthy process may not run for a second. Whoever judges by the wall clock that
it is stuck, and ends it, punishes it for its neighbours. A process that waits for a processor cannot do anything
either, so nothing is lost by waiting with it. One that sleeps, blocks or computes is not waiting.
"""

from contextlib import suppress
from pathlib import Path

from groundstop.clock import Clock


def waited_s(pid: int) -> float:
    """How long the main thread of a process has waited for a processor, in all (schedstat, Linux; else 0)."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


class CpuClock:
    """Seconds in which the main thread of ``pid`` ran, slept or was blocked; only differences mean something."""

    def __init__(self, clock: Clock, pid: int) -> None:
        self._clock = clock
        self._pid = pid

    def now(self) -> float:
        """Never runs backwards."""
        return self._clock.monotonic() - waited_s(self._pid)

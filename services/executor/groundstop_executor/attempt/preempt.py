"""Stopping a coroutine that computes: its loop cannot act upon a halt before it lets go, so it is told in the middle.

The guard sends SIGURG (ignored where nobody listens) a moment after a halt that has not been acted upon. Python calls
the handler between two bytecodes of whatever runs. If that is a tool that the halt covers, everything in scope is
stopped and ``CancelledError`` is raised right there. The executor's own code is not interrupted: it lets go by itself.
"""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType

from groundstop_executor.in_flight import AttemptsInFlight


class Preemption:
    """Installed for the life of one executor. ``obey`` stops what the newest view forbids."""

    def __init__(self, in_flight: AttemptsInFlight, obey: Callable[[], None]) -> None:
        self._flights = in_flight
        self._obey = obey

    async def start(self) -> None:
        """Listen. System calls of foreign code go on as if nothing had been."""
        signal.signal(signal.SIGURG, self._on_signal)
        signal.siginterrupt(signal.SIGURG, False)

    async def stop(self) -> None:
        """Listen no more."""
        signal.signal(signal.SIGURG, signal.SIG_DFL)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Raises CancelledError when the tool that is running right now has been stopped."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return  # the loop has ended
        running = self._flights.of(task)
        if running is None or running.halted_by:
            return
        self._obey()
        if running.halted_by:
            raise asyncio.CancelledError

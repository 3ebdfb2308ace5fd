"""The seam for time and chance. Nothing else asks the machine what time it is, or for a random number."""

import asyncio
import random  # noqa: TID251 - this is the seam
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time, monotonic time, sleep and jitter of this machine.

    Tests pass a subclass that moves by hand; code that only needs the wall time calls the instance.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)

    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the seam

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, shared by all processes of a host; only differences count."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Yield to the event loop for ``seconds``."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the seam

    def jitter(self, ceiling_s: float) -> float:
        """A delay drawn evenly from [0, ceiling_s]: "full jitter" (Brooker, AWS Architecture Blog, 2015)."""
        return self._random.uniform(0.0, ceiling_s)


class SetClock(Clock):
    """A clock for tests: stands still until ``advance`` is called."""

    def __init__(self, at: datetime, seed: int = 0) -> None:
        super().__init__(seed)
        self._at = at
        self._monotonic = 0.0

    def __call__(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both times forward."""
        self._at += timedelta(seconds=seconds)
        self._monotonic += seconds

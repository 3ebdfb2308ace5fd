"""How many requests run at once, by kind: readers can never keep a writer waiting, nor analysts the console."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from groundstop_store.errors import StoreError

READ_VERBS: Final = frozenset({"SELECT", "WITH", "EXPLAIN", "DESCRIBE", "DESC", "SHOW"})
RUNNING_MAX: Final = {"write": 6, "default": 12, "analyst": 4}
WORKERS: Final = sum(RUNNING_MAX.values()) + 4  # the rest answers /ping, cancels and closes
WAITING_PER_SLOT: Final = 4
WAIT_S_MAX: Final = 10.0


class Lane:
    """A bounded number of slots and a bounded queue before them, of requests that wait for a bounded time."""

    def __init__(self, name: str, running_max: int) -> None:
        self._name = name
        self._free = asyncio.Semaphore(running_max)
        self._waiting_max = running_max * WAITING_PER_SLOT
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot for the block. Raises StoreError 202 when the queue is full or the wait too long."""
        if self._waiting >= self._waiting_max:
            raise self._full()
        self._waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), WAIT_S_MAX)
        except TimeoutError as error:
            raise self._full() from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    def _full(self) -> StoreError:
        text = f"Too many simultaneous queries of {self._name}: {self._waiting} are waiting"
        return StoreError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", text)


def make_lanes() -> dict[str, Lane]:
    """One lane for every kind of request."""
    return {name: Lane(name, running_max) for name, running_max in RUNNING_MAX.items()}


def lane_of(user: str, verb: str) -> str:
    """The lane of a user's statement: whatever does not read is a write; what a reader may not do ends at once."""
    return user if verb in READ_VERBS or user != "default" else "write"

"""The lanes that an executor claims on: one after the other on each, where the log is replicated.

There two claims on their way that check the same lane collide: the servers refuse one and it is sent again. Hundreds at
once would keep all servers busy with refusals, and some of them would never get through (measured on two busy cores:
3,155 claims without an answer within 30 s). A log of one server has no such limit, and claims there wait for nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from groundstop import subjects

TURNS = 4
"""So many lanes one executor of a replicated log uses: four executors need not share any."""


class Lanes:
    """Gives out the lanes of an executor whose guard listens on ``own``."""

    def __init__(self, own: int, *, replicated: bool) -> None:
        self._own = own
        self._free: asyncio.Queue[int] | None = asyncio.Queue() if replicated else None
        if self._free is not None:
            for number in range(TURNS):
                self._free.put_nowait((own + number * subjects.LANES // TURNS) % subjects.LANES)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """A lane to claim on; in a replicated log no other claim of this executor is on it meanwhile."""
        if self._free is None:
            yield self._own
            return
        lane = await self._free.get()
        try:
            yield lane
        finally:
            self._free.put_nowait(lane)

    def epoch(self, known: int, lane: int) -> int:
        """The newest sequence on ``lane`` when ``known`` is that on our own: controls are written to all of them at
        once, in order. Where somebody wrote to one alone this is wrong, and the log refuses what names it."""
        return max(0, known - self._own + lane) if known else 0

"""Reading the log in order without a consumer: for faces, which may ask the log and may make nothing in it.

A consumer delivers to whatever subject its maker names, so only services make them. Here each page is asked for, and
the facts as they pass tell when to ask again. The interface is that of groundstop.log.reader.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from groundstop.clock import Clock
from groundstop.log.denials import subscribe
from groundstop.log.lookup import api, page_of
from groundstop.stored import Stored
from groundstop.subjects import ROOT, STORED, STREAM
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

PAGE = 512
PAGE_BYTES = 8 * 1024 * 1024
LOOK_AGAIN_S = 1.0
"""A fact may pass while nobody hears it: so often the log is asked all the same."""


class DirectReader:
    """An ordered view of the log. Use ``async with``; ``batch``, ``until_now`` or ``async for`` to read."""

    def __init__(
        self,
        nc: Client,
        clock: Clock,
        from_seq: int,
        subjects: Sequence[str] = (),
        since: float | None = None,
    ) -> None:
        self._nc = nc
        self._clock = clock
        self._patterns = tuple(subjects) or STORED
        self._pages = [_Pages(nc, pattern, max(1, from_seq), since) for pattern in subjects or (f"{ROOT}.>",)]
        self._upto = 0
        self._handed_out: deque[int] = deque(maxlen=PAGE)
        self._arrived = asyncio.Event()
        self._hearing: list[Subscription] = []

    async def __aenter__(self) -> "DirectReader":
        return self

    async def __aexit__(self, *_: object) -> None:
        for subscription in self._hearing:
            await subscription.unsubscribe()

    async def _heard(self, _: Msg) -> None:
        self._arrived.set()

    @property
    def pending(self) -> bool:
        """Whether the log held more when it was asked last."""
        return self._upto > 0

    async def until_now(self) -> AsyncIterator[Stored]:
        """What the log holds at this moment, in order, then stop."""
        while (found := await self._next()) is not None:
            yield found

    async def batch(self, at_most: int, wait_s: float) -> list[Stored]:
        """Up to ``at_most`` messages in order; when there are none, what came within ``wait_s``. May be empty."""
        if not self.pending:
            await self._news(wait_s)
        found: list[Stored] = []
        while len(found) < at_most and (stored := await self._next()) is not None:
            found.append(stored)
        return found

    async def __aiter__(self) -> AsyncIterator[Stored]:
        while True:
            async for stored in self.until_now():
                yield stored
            await self._news(LOOK_AGAIN_S)

    async def _news(self, wait_s: float) -> None:
        """Wait until something passes, or for ``wait_s``; the first time listen, and look again at once."""
        if not self._hearing:
            for pattern in self._patterns:
                self._hearing.append(await subscribe(self._nc, pattern, cb=self._heard))
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), wait_s)

    async def _next(self) -> Stored | None:
        """The next message in the log's order over all patterns; None, and a fresh look next time, at its end.

        What is stored while a look goes on waits for the next one: one pattern may have been asked before it came.
        """
        if not self._upto:
            self._arrived.clear()
            self._upto = int((await api(self._nc, f"STREAM.INFO.{STREAM}"))["state"]["last_seq"])
            for pages in self._pages:
                pages.exhausted = False
        while True:
            heads = [(head.seq, pages) for pages in self._pages if (head := await pages.first()) is not None]
            heads = [head for head in heads if head[0] <= self._upto]
            if not heads:
                self._upto = 0
                return None
            found = min(heads, key=lambda head: head[0])[1].take()
            if found.seq not in self._handed_out:  # two patterns may match one message
                self._handed_out.append(found.seq)
                return found


class _Pages:
    """The messages of one pattern, a page at a time."""

    def __init__(self, nc: Client, pattern: str, next_seq: int, since: float | None) -> None:
        self.pattern = pattern
        self.exhausted = False
        self._nc = nc
        self._next_seq = next_seq
        self._since = since if next_seq == 1 else None
        self._page: deque[Stored] = deque()

    async def first(self) -> Stored | None:
        """The next message, None when the log had no more when it was asked."""
        if not self._page and not self.exhausted:
            self._page.extend(await page_of(self._nc, self._question()))
            self.exhausted = not self._page
            if self._page:
                self._next_seq, self._since = self._page[-1].seq + 1, None
        return self._page[0] if self._page else None

    def _question(self) -> dict[str, Any]:
        start: dict[str, Any] = {"seq": self._next_seq}
        if self._since is not None:
            start = {"start_time": datetime.fromtimestamp(self._since, UTC).isoformat().replace("+00:00", "Z")}
        return {**start, "next_by_subj": self.pattern, "batch": PAGE, "max_bytes": PAGE_BYTES}

    def take(self) -> Stored:
        return self._page.popleft()

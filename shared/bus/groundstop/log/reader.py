"""Reading the log in order from a sequence, without leaving a trace on the server.

An ephemeral consumer without acknowledgements delivers; a hole in its own numbering, silence or a restart of the server
make the reader begin again right behind the last message it handed out.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NoAcknowledgement
from groundstop.ids import new_id
from groundstop.log.lookup import api
from groundstop.log.pull import Pull
from groundstop.log.wire import place_of
from groundstop.stored import Stored
from groundstop.subjects import STREAM
from nats.aio.client import Client

INACTIVE_S = 30
AGAIN_S = 0.2
BEGIN_WITHIN_S = 10.0
"""Longer than a leader election or a server's restart takes."""
_logger = structlog.get_logger("groundstop.log")


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Reader:
    """An ordered view of the log. Use ``async with``; ``batch`` or ``async for`` to read."""

    def __init__(
        self,
        nc: Client,
        clock: Clock,
        from_seq: int,
        subjects: Sequence[str] = (),
        window: int = 2048,
        since: float | None = None,
    ) -> None:
        self._nc = nc
        self._clock = clock
        self._subjects = list(subjects)
        self._window = window
        self._next_seq = max(1, from_seq)
        self._since = since
        self._expected = 1
        self._buffer: deque[Stored] = deque()
        self._arrived = asyncio.Event()
        self._pull: Pull | None = None
        self._again = asyncio.Event()
        self._minder: asyncio.Task[None] | None = None
        self.pending = 0
        """How many matching messages the log held behind the newest one received."""

    async def __aenter__(self) -> "Reader":
        await self._begin_within(BEGIN_WITHIN_S)
        self._minder = asyncio.create_task(self._mind(), name="reader-minder")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._minder is not None:
            self._minder.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._minder
        await self._end()

    async def _begin_within(self, seconds: float) -> None:
        """A server that dies with the question on its way answers nobody: ask the next leader."""
        deadline = self._clock.monotonic() + seconds
        while True:
            try:
                return await self._begin()
            except NoAcknowledgement:
                if self._clock.monotonic() > deadline:
                    raise
                await self._clock.sleep(AGAIN_S)

    async def _begin(self) -> None:
        name = f"read-{new_id()}"
        config: dict[str, Any] = {
            "name": name,
            **self._start(),
            "ack_policy": "none",
            "filter_subjects": self._subjects,
            "inactive_threshold": INACTIVE_S * 1_000_000_000,
            "mem_storage": True,
            "num_replicas": 1,
        }
        answer = await api(self._nc, f"CONSUMER.CREATE.{STREAM}.{name}", {"stream_name": STREAM, "config": config})
        self.pending = answer.get("num_pending", 0)
        self._expected = 1
        self._name = name
        self._pull = Pull(self._nc, name, self._receive, self._clock, window=self._window)
        self._pull.lost = self._again.set
        await self._pull.start()

    def _start(self) -> dict[str, Any]:
        """Where the consumer begins: behind what was read, or at a time as long as nothing was."""
        if self._since is not None and self._next_seq == 1:
            return {"deliver_policy": "by_start_time", "opt_start_time": _rfc3339(self._since)}
        return {"deliver_policy": "by_start_sequence", "opt_start_seq": self._next_seq}

    async def _end(self) -> None:
        if self._pull is not None:
            await self._pull.stop()
            self._pull = None
            with contextlib.suppress(GroundstopError):
                await api(self._nc, f"CONSUMER.DELETE.{STREAM}.{self._name}", timeout_s=1.0)

    async def _mind(self) -> None:
        while True:
            await self._again.wait()
            self._again.clear()
            try:
                await self._end()
                await self._begin()
            except Exception as error:  # whatever it is: a reader that gave up would stand still without a word
                _logger.warning("reading_again", from_seq=self._next_seq, error=repr(error)[:500])
                await self._clock.sleep(AGAIN_S)
                self._again.set()

    def _receive(self, subject: str, reply: str, payload: bytes) -> None:
        place = place_of(reply)
        if self._again.is_set() or place.consumer_seq != self._expected:
            self._again.set()
            return
        self._expected += 1
        self._next_seq = place.stream_seq + 1
        self.pending = place.pending
        self._buffer.append(Stored(subject, place.stream_seq, place.time_ns, payload))
        self._arrived.set()

    async def batch(self, at_most: int, wait_s: float) -> list[Stored]:
        """Up to ``at_most`` messages in order: full at once, otherwise what came within ``wait_s``. May be empty."""
        deadline = self._clock.monotonic() + wait_s
        while len(self._buffer) < at_most and (left := deadline - self._clock.monotonic()) > 0:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), left)
        return self._take(at_most)

    def _take(self, at_most: int) -> list[Stored]:
        taken = [self._buffer.popleft() for _ in range(min(at_most, len(self._buffer)))]
        if self._pull is not None:
            for _ in taken:
                self._pull.used()
        return taken

    async def __aiter__(self) -> AsyncIterator[Stored]:
        while True:
            while not self._buffer:
                self._arrived.clear()
                await self._arrived.wait()
            for message in self._take(len(self._buffer)):
                yield message

    async def until_now(self) -> AsyncIterator[Stored]:
        """What the log holds at this moment, then stop."""
        while self.pending or self._buffer:
            for message in await self.batch(1024, 0.02):
                yield message

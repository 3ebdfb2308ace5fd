"""A bus that delivers twice and out of order, and loses acknowledgements: between the services and the real server.

It reads the protocol of the bus and touches whole messages only. What it does the bus may do by its own contract, only
more rarely: a delivery comes again when its acknowledgement was lost, and another process may have had it meanwhile.
"""

import asyncio
import contextlib
import random  # noqa: TID251 - seeds are parameters of the tests
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from tests.chaos.between import End, between

AGAIN_S, LATE_S = 1.0, 0.5
"""How much later at most a delivery comes again, and how long at most one is held back."""
FACTS = (b"gs.intent.", b"gs.case.", b"gs.execution.", b"gs.outcome.")
Frame = tuple[bytes, bytes]
"""Its line, and all of it."""


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[Frame]:
    """Commands of the protocol, with their payload where they have one."""
    while line := await reader.readline():
        if line.split(b" ", 1)[0].upper() in (b"MSG", b"HMSG", b"PUB", b"HPUB"):
            size = int(line.split()[-1])
            yield line, line + await reader.readexactly(size + 2)
        else:
            yield line, line


class Shuffle:
    """Between services and their bus. ``share`` is how much of each kind is touched."""

    def __init__(self, chance: random.Random, share: float) -> None:
        self.port = 0
        self.met: Counter[str] = Counter()
        self._chance, self._share = chance, share

    def calm(self) -> None:
        """From now on everything passes as it is."""
        self._share = 0.0

    def _strikes(self, what: str) -> bool:
        strikes = self._chance.random() < self._share
        self.met.update([what] if strikes else [])
        return strikes

    def carry(self, near: End, far: End) -> tuple[Awaitable[None], Awaitable[None]]:
        """For ``between``."""
        return self._from_service(near[0], far[1]), self._to_service(far[0], near[1])

    async def _from_service(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        async for line, frame in frames(reader):
            words = line.split()
            subject = words[1] if len(words) > 2 else b""
            if subject.startswith(b"$JS.ACK.") and self._strikes("acknowledgement lost"):
                continue
            back.write(frame)
            if subject.startswith(FACTS) and self._strikes("fact published twice"):
                back.write(frame)
            await back.drain()
        raise EOFError

    async def _to_service(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        async for line, frame in frames(there):
            if not self._is_delivery(line):
                writer.write(frame)
            elif self._strikes("delivery held back"):
                loop.call_later(self._chance.uniform(0, LATE_S), self._send, writer, frame)
            else:
                writer.write(frame)
                if self._strikes("delivery came twice"):
                    loop.call_later(self._chance.uniform(0, AGAIN_S), self._send, writer, frame)
            await writer.drain()
        raise EOFError

    @staticmethod
    def _is_delivery(line: bytes) -> bool:
        return line.upper().startswith((b"MSG", b"HMSG")) and b" $JS.ACK." in line

    @staticmethod
    def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
        if not writer.transport.is_closing():
            writer.write(frame)


@contextlib.asynccontextmanager
async def shuffled(chance: random.Random, share: float, target: Callable[[], int]) -> AsyncIterator[Shuffle]:
    """One for the length of a block."""
    made = Shuffle(chance, share)
    async with between(target, made.carry) as made.port:
        yield made

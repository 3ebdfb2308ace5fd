"""Wires to other systems that misbehave: nobody answers, answers come a byte at a time, or break off in the middle."""

import asyncio
import contextlib
import random  # noqa: TID251 - seeds are parameters of the tests
from collections import Counter
from collections.abc import AsyncIterator, Awaitable

from tests.chaos.between import End, between

FAULTS = ("deaf", "mute", "trickle", "cut")
"""Hands nothing on that it is sent; hands it on and brings no answer; brings one byte at a time; breaks off."""
BYTE_S = 0.15
CUT_BYTES = 20
REQUEST = b"POST "


class Wire:
    """Forwards to ``port`` of this host. Of each connection, and of each HTTP request on it, ``chance`` decides."""

    def __init__(self, chance: random.Random, share: float) -> None:
        self.target = 0
        self.port = 0
        self.met: Counter[str] = Counter()
        """How often each fault has struck."""
        self._chance = chance
        self._share = share

    def calm(self) -> None:
        """From now on everything passes that begins now."""
        self._share = 0.0

    def _draw(self) -> str:
        fault = self._chance.choice(FAULTS) if self._chance.random() < self._share else ""
        self.met.update([fault] if fault else [])
        return fault

    def carry(self, near: End, far: End) -> tuple[Awaitable[None], Awaitable[None]]:
        """For ``between``."""
        fault = [self._draw()]
        return self._out(near[0], far[1], fault), self._home(far[0], near[1], fault)

    async def _out(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, fault: list[str]) -> None:
        seen = 0
        while data := await reader.read(65_536):
            if data.startswith(REQUEST) and seen:
                fault[0] = self._draw()
            seen += 1
            if fault[0] != "deaf":
                back.write(data)
                await back.drain()
        raise EOFError

    async def _home(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: list[str]) -> None:
        while data := await there.read(65_536):
            if fault[0] in ("deaf", "mute"):
                continue
            if fault[0] == "trickle":
                for byte in data:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(BYTE_S)  # noqa: TID251 - this slowness is the fault
                continue
            writer.write(data[:CUT_BYTES] if fault[0] == "cut" else data)
            await writer.drain()
            if fault[0] == "cut":
                raise EOFError
        raise EOFError


@contextlib.asynccontextmanager
async def wire(chance: random.Random, share: float) -> AsyncIterator[Wire]:
    """A wire for the length of a block; ``target`` is set when it is known."""
    made = Wire(chance, share)
    async with between(lambda: made.target, made.carry) as made.port:
        yield made

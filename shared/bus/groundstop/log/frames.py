"""Publishing without waiting: messages are gathered for one turn of the loop and handed over together.

nats-py validates and formats every header of every message by itself; here names and values come from models that have
checked them already. Measured: a third of the CPU time of a publish (docs/decisions/0003).
"""

from collections.abc import Mapping
from typing import Any

from groundstop.loops import TaskSet
from groundstop.natspy import bus_of
from nats.aio.client import Client


class Frames:
    """The outgoing side of one connection. Several may share one; order is kept within each."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._bus = bus_of(nc)
        self._waiting: list[Any] = []
        self._writers = TaskSet()

    def publish(self, subject: str, payload: bytes, reply: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Send soon. While the connection is away nothing is sent: who needs to know waits for an answer anyway."""
        if not self._nc.is_connected:
            return
        self._waiting.append(self._bus.prepared(subject, payload, reply, headers))
        if len(self._waiting) == 1:
            self._writers.start(self._write())

    async def _write(self) -> None:
        together, self._waiting = self._waiting, []
        await self._bus.send(together)

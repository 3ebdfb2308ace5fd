"""Publishing at the level of the protocol: frames are gathered for one turn of the loop and handed over in one piece.

nats-py validates and formats every header of every message by itself; here names and values come from models that have
checked them already. Measured: a third of the CPU time of a publish (docs/decisions/0003).
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import nats.errors
from nats.aio.client import Client

from groundstop.loops import TaskSet

_VERSION = b"NATS/1.0\r\n"


class Frames:
    """The outgoing side of one connection. Several may share one; order is kept within each."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._frames: list[bytes] = []
        self._writers = TaskSet()

    def publish(self, subject: str, payload: bytes, reply: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Send soon. While the connection is away nothing is sent: who needs to know waits for an answer anyway."""
        if not self._nc.is_connected:
            return
        self._frames.append(frame(subject, payload, reply, headers))
        if len(self._frames) == 1:
            self._writers.start(self._write())

    async def _write(self) -> None:
        together = b"".join(self._frames)
        self._frames.clear()
        nc: Any = self._nc  # the two calls below are what nats-py's own publish ends in
        with contextlib.suppress(nats.errors.Error, ConnectionError):
            await nc._send_command(together)
            if nc._flush_queue is not None and nc._flush_queue.empty():
                await nc._flush_pending()


def frame(subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None) -> bytes:
    """PUB or HPUB. Header values must not hold line breaks; models that reach here forbid them."""
    if not headers:
        return f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n"
    lines = _VERSION + "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode() + b"\r\n"
    head = f"HPUB {subject} {reply} {len(lines)} {len(lines) + len(payload)}\r\n".encode()
    return b"".join((head, lines, payload, b"\r\n"))

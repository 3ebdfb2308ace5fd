"""How an executor and its workers talk: JSON behind four bytes of length, most significant first."""

from typing import Any

from pydantic_core import from_json, to_json

FRAME_BYTES_MAX = 16 * 1024 * 1024


class Frames:
    """Cuts a byte stream into JSON frames; does no I/O of its own."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add what was read."""
        self._bytes += chunk

    def take(self) -> Any | None:
        """The next whole frame, None when there is none yet. Raises ValueError for one that is too long."""
        size = int.from_bytes(self._bytes[:4], "big")
        if size > FRAME_BYTES_MAX:
            raise ValueError(f"a frame of {size} bytes; the longest allowed has {FRAME_BYTES_MAX}")
        if len(self._bytes) < 4 + max(size, 1):
            return None
        body = bytes(self._bytes[4 : 4 + size])
        del self._bytes[: 4 + size]
        return from_json(body)


def frame(value: Any) -> bytes:
    """``value`` as one frame. Raises ValueError when it is too long or has no JSON form."""
    body = to_json(value, inf_nan_mode="constants")
    if len(body) > FRAME_BYTES_MAX:
        raise ValueError(f"{len(body)} bytes of JSON; the most allowed is {FRAME_BYTES_MAX}")
    return len(body).to_bytes(4, "big") + body

"""Content codings of requests and responses: identity, gzip, deflate, lz4 (frames) and zstd."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import lz4.frame  # type: ignore[import-untyped]  # ships no annotations

from groundstop_store.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Encoder(Protocol):
    """Feeds chunks through a compressor; `finish` returns what is left."""

    def feed(self, chunk: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _Deflate:
    """gzip or zlib at level 1: on one machine the wire is cheap, the processor is not."""

    def __init__(self, window_bits: int) -> None:
        self._deflate = zlib.compressobj(1, zlib.DEFLATED, window_bits)

    def feed(self, chunk: bytes) -> bytes:
        return self._deflate.compress(chunk)

    def finish(self) -> bytes:
        return self._deflate.flush()


class _Lz4:
    def __init__(self) -> None:
        self._frame: Any = lz4.frame.LZ4FrameCompressor()
        self._header: bytes = self._frame.begin()

    def feed(self, chunk: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + bytes(self._frame.compress(chunk))

    def finish(self) -> bytes:
        return self._header + bytes(self._frame.flush())


class _Zstd:
    def __init__(self) -> None:
        self._zstd = zstd.ZstdCompressor(level=1)

    def feed(self, chunk: bytes) -> bytes:
        return self._zstd.compress(chunk)

    def finish(self) -> bytes:
        return self._zstd.flush()


_ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {
    "lz4": _Lz4,
    "zstd": _Zstd,
    "gzip": lambda: _Deflate(31),
    "deflate": lambda: _Deflate(15),
}
_DECODERS: Final[dict[str, Callable[[], Any]]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
    "gzip": lambda: zlib.decompressobj(31),
    "x-gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(15),
}


def choose(accepted: str) -> str | None:
    """The first coding we know in an Accept-Encoding header that is not refused with q=0; None for identity."""
    for offer in accepted.lower().split(","):
        name, _, weight = offer.strip().partition(";")
        if name.strip() in _ENCODERS and weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            return name.strip()
    return None


def encoder(coding: str) -> Encoder:
    """A fresh compressor for a coding that `choose` returned."""
    return _ENCODERS[coding]()


def decode(data: bytes, coding: str, size_max: int) -> bytes:
    """The body behind a Content-Encoding header, at most `size_max` bytes of it.

    Raises StoreError for an unknown coding (48), damaged data (271) and a body that unpacks to more (493).
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return data
    if name not in _DECODERS:
        raise StoreError(48, "NOT_IMPLEMENTED", f"Unknown content encoding {coding!r}, expected one of {[*_DECODERS]}")
    try:
        unpacked = _unpack(_DECODERS[name], data, size_max)
    except (RuntimeError, ValueError, OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        raise StoreError(271, "CANNOT_DECOMPRESS", f"Cannot decompress the {name} body: {error}") from error
    if len(unpacked) > size_max:
        raise StoreError(493, "QUERY_IS_TOO_LARGE", f"The body unpacks to more than {size_max} bytes; send it in parts")
    return unpacked


def _unpack(make: Callable[[], Any], data: bytes, size_max: int) -> bytes:
    """Every frame in `data`, one after the other; stops one byte past `size_max`. EOFError when the last is cut."""
    out = bytearray()
    while data and len(out) <= size_max:
        frame = make()
        out += frame.decompress(data, size_max + 1 - len(out))
        if not frame.eof and len(out) <= size_max:
            raise EOFError("the data ends within a frame")
        data = bytes(frame.unused_data or b"")
    return bytes(out)

"""Content codings of requests and responses: identity, gzip, deflate, lz4 (frames) and zstd."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import lz4.frame  # type: ignore[import-untyped]  # ships no annotations

from groundstop_embedded.store_errors import StoreError

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
_DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "lz4": lz4.frame.decompress,
    "zstd": zstd.decompress,
    "gzip": lambda data: zlib.decompress(data, 47),
    "x-gzip": lambda data: zlib.decompress(data, 47),
    "deflate": lambda data: zlib.decompress(data, 47),
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


def decode(data: bytes, coding: str) -> bytes:
    """The body behind a Content-Encoding header. Raises StoreError for unknown codings and damaged data."""
    name = coding.strip().lower()
    if name in ("", "identity"):
        return data
    if name not in _DECODERS:
        raise StoreError(48, "NOT_IMPLEMENTED", f"Unknown content encoding {coding!r}, expected one of {[*_DECODERS]}")
    try:
        return _DECODERS[name](data)
    except (RuntimeError, ValueError, OSError, zlib.error, zstd.ZstdError) as error:
        raise StoreError(271, "CANNOT_DECOMPRESS", f"Cannot decompress the {name} body: {error}") from error

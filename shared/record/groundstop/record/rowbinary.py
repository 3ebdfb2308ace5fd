"""ClickHouse's RowBinary form of one row: the canonical bytes that hashes are computed over.

Format: https://clickhouse.com/docs/interfaces/formats/RowBinary. LowCardinality is written as the plain value.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from groundstop.record.layout import COLUMNS, TIME, WORD

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NULL = b"\x01"
_SHORT = tuple(bytes((size,)) for size in range(128))
_F64, _I64, _U64, _U16 = (struct.Struct(code) for code in ("<d", "<q", "<Q", "<H"))


def size_of(size: int) -> bytes:
    """A length as an unsigned LEB128 number."""
    if size < 128:
        return _SHORT[size]
    out = bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out)


def blob(value: bytes) -> bytes:
    """A String of any bytes."""
    return size_of(len(value)) + value


def text(value: str) -> bytes:
    """A String in UTF-8; what UTF-8 cannot carry becomes a question mark."""
    data = value.encode("utf-8", "replace")
    return size_of(len(data)) + data


def float_or_null(value: float | None) -> bytes:
    """A Nullable(Float64)."""
    return NULL if value is None else b"\x00" + _F64.pack(value)


def integer_or_null(value: int | None) -> bytes:
    """A Nullable(Int64)."""
    return NULL if value is None else b"\x00" + _I64.pack(value)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware time: a DateTime64(6)."""
    return (at - EPOCH) // MICROSECOND


def _string(value: Any) -> bytes:
    return blob(value) if isinstance(value, bytes) else text(value)


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    WORD: _string,
    "String": _string,
    TIME: lambda at: _I64.pack(at if isinstance(at, int) else micros(at)),
    "UInt64": _U64.pack,
    "UInt16": _U16.pack,
    "UInt8": lambda value: bytes((value,)),
    "Nullable(Float64)": float_or_null,
    "Nullable(Int64)": integer_or_null,
}
_PLAN = tuple(_WRITERS[kind] for _, kind in COLUMNS)


def row(values: Sequence[Any]) -> bytes:
    """One row from its values in the order of COLUMNS: what anybody needs who has the values and wants the hash.

    Times are aware datetimes or microseconds; strings are str or bytes.
    """
    return b"".join([write(value) for write, value in zip(_PLAN, values, strict=True)])

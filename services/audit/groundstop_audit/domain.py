"""One fact becomes one row. Pure, and never fails: whatever the log holds has a row."""

import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from groundstop.record import chain
from groundstop.record.rowbinary import NULL, blob, float_or_null, integer_or_null, micros, text
from groundstop.stored import Stored
from groundstop.subjects import DETAILS, STREAM

REMOVED = "log.removed"
"""A sequence whose message was gone before it was read: a timer that fired or was cancelled, or an expired fact."""

Row = bytes
"""One row in RowBinary, in the order of groundstop.record.layout.COLUMNS."""

_NOTHING: dict[str, Any] = {}
_SEQ = struct.Struct("<Q")
_TIMES = struct.Struct("<qqq")
_SMALL = struct.Struct("<H")
_STREAM = text(STREAM)
_SCHEMA = _SMALL.pack(1)
_HASH_VERSION = bytes((chain.VERSION,))
_INT64 = 2**63
_YEAR_2200_US = 7_258_118_400_000_000


def rows(stored: Iterable[Stored], after_seq: int, ingested_at: datetime) -> Iterator[Row]:
    """Rows for messages in order, one for every sequence behind ``after_seq``: a missing message gets a row, too."""
    expected = after_seq + 1
    ingested_us = micros(ingested_at)
    for message in stored:
        for missing in range(expected, message.seq):
            yield removed(missing, message.time_ns, ingested_us)
        expected = message.seq + 1
        yield row(message, ingested_us)


def removed(seq: int, time_ns: int, ingested_us: int) -> Row:
    """The row of a sequence that holds no message any more; its times are those of the next message."""
    return row(Stored("", seq, time_ns, b"{}"), ingested_us, REMOVED)


def row(message: Stored, ingested_us: int, kind: str = "") -> Row:
    """One row. What a fact does not say, or says in a form that the column cannot hold, is empty."""
    fact = _object(message.payload)
    get = fact.get
    call = _inner(get("call"))
    judgement = _inner(get("judgement"))
    proposal = _inner(get("proposal"))
    subject_kind, tenant, agent, intent = _address(message.subject)
    logged_us = message.time_ns // 1000
    case_kind = get("case_kind", "")
    return b"".join((
        _STREAM,
        _SEQ.pack(message.seq),
        _TIMES.pack(_time(get("at"), logged_us), logged_us, ingested_us),
        _word(kind or subject_kind),
        _SCHEMA,
        text(message.subject),
        _word(tenant),
        _word(agent),
        _text(get("task")),
        text(intent),
        text(f"{intent}-{case_kind}") if case_kind else b"\x00",
        _SMALL.pack(_small(get("attempt", get("attempts", 0)))),
        _word(get("tool") or call.get("tool")),
        _word(get("action_type") or call.get("action_type")),
        _word(get("risk") or judgement.get("risk")),
        _word(judgement.get("band")),
        _word(judgement.get("route")),
        _number(get("confidence", proposal.get("confidence"))),
        _text(call.get("digest") or get("call_digest")),
        _word(get("policy_version") or judgement.get("policy_version")),
        _word(get("actor")),
        _word(get("status") or get("verdict") or get("action")),
        _word(get("reason_code") or judgement.get("reason_code")),
        _duration(get),
        _integer(get("cost_micros")),
        _integer(get("tokens_in")),
        _integer(get("tokens_out")),
        _integer(get("rating")),
        _SMALL.pack(_small(_length(judgement.get("shadow")))),
        _text(_trace(get("trace"))),
        blob(message.payload),
        _HASH_VERSION,
    ))  # fmt: skip


def _object(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _NOTHING
    return value if isinstance(value, dict) else _NOTHING


def _inner(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


@lru_cache(4096)
def _known(value: str) -> bytes:
    return text(value)


def _word(value: Any) -> bytes:
    """A text out of few: its bytes are remembered."""
    if not value:
        return b"\x00"
    return _known(value) if isinstance(value, str) and len(value) <= 256 else _text(value)


def _text(value: Any) -> bytes:
    if not value:
        return b"\x00"
    return text(value if isinstance(value, str) else str(value))


def _trace(value: Any) -> str:
    """The trace id in a W3C traceparent."""
    return value[3:35] if isinstance(value, str) else ""


def _number(value: Any) -> bytes:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return NULL
    return float_or_null(float(value))


def _duration(get: Callable[[str], Any]) -> bytes:
    """Milliseconds: what the fact calls so, or the seconds of a person's work."""
    for name, factor in _DURATIONS:
        value = get(name)
        if value is not None:
            return _number(value * factor) if isinstance(value, int | float) else NULL
    return NULL


_DURATIONS = (("duration_ms", 1.0), ("halted_ms", 1.0), ("read_s", 1000.0), ("human_s", 1000.0))


def _integer(value: Any) -> bytes:
    if value is None or isinstance(value, bool) or not isinstance(value, int) or not -_INT64 <= value < _INT64:
        return NULL
    return integer_or_null(value)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _small(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 65_536 else 0


def _time(value: Any, otherwise_us: int) -> int:
    """A fact's own time; the log's when it has none, or one that a DateTime64 cannot hold."""
    try:
        found = micros(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        return otherwise_us
    return found if 0 <= found < _YEAR_2200_US else otherwise_us


_KINDS = frozenset(DETAILS)


def _address(subject: str) -> tuple[str, str, str, str]:
    """Kind, tenant, agent, intent of a subject; what is not about an intent has only a kind."""
    parts = subject.split(".")
    if len(parts) >= 5:
        if (kind := f"{parts[1]}.{parts[2]}") in _KINDS and len(parts) >= 6:
            return kind, parts[3], parts[4], parts[5]
        if (kind := parts[1]) in _KINDS:
            return kind, parts[2], parts[3], parts[4]
    return ".".join(parts[1:2] if parts[1:2] == ["control"] else parts[1:3]), "", "", ""

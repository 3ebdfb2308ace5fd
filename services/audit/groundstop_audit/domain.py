"""One fact becomes one row. Pure, and never fails: whatever the log holds has a row."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from groundstop.log.wire import Stored
from groundstop.subjects import DETAILS, STREAM

REMOVED = "log.removed"
"""A sequence whose message was gone before it was read: a timer that fired or was cancelled, or an expired fact."""

COLUMNS = (
    "stream", "seq", "event_id", "ts", "logged_at", "ingested_at", "kind", "schema_version", "subject", "tenant",
    "agent", "task", "intent", "case", "attempt", "tool", "action_type", "risk", "band", "route", "confidence",
    "digest", "policy_version", "actor", "status", "reason_code", "duration_ms", "trace_id", "causation_id", "payload",
)  # fmt: skip
TYPES = (
    "LowCardinality(String)", "UInt64", "String", "DateTime64(6, 'UTC')", "DateTime64(6, 'UTC')",
    "DateTime64(6, 'UTC')", "LowCardinality(String)", "UInt16", "String", "LowCardinality(String)",
    "LowCardinality(String)", "String", "String", "String", "UInt16", "LowCardinality(String)",
    "LowCardinality(String)", "LowCardinality(String)", "LowCardinality(String)", "LowCardinality(String)",
    "Nullable(Float64)", "String", "LowCardinality(String)", "LowCardinality(String)", "LowCardinality(String)",
    "LowCardinality(String)", "Nullable(Float64)", "String", "String", "String",
)  # fmt: skip
Row = tuple[Any, ...]

_NOTHING: dict[str, Any] = {}


def rows(stored: Iterable[Stored], after_seq: int, ingested_at: datetime) -> Iterator[Row]:
    """Rows for messages in order, one for every sequence behind ``after_seq``: a missing message gets a row, too."""
    expected = after_seq + 1
    for message in stored:
        for missing in range(expected, message.seq):
            yield removed(missing, message.time_ns, ingested_at)
        expected = message.seq + 1
        yield row(message, ingested_at)


def removed(seq: int, time_ns: int, ingested_at: datetime) -> Row:
    """The row of a sequence that holds no message any more; its times are those of the next message."""
    return row(Stored("", seq, time_ns, b"{}"), ingested_at, REMOVED)


def row(message: Stored, ingested_at: datetime, kind: str = "") -> Row:
    """One row, in the order of COLUMNS."""
    fact = _object(message.payload)
    call: dict[str, Any] = fact.get("call") or _NOTHING
    judgement: dict[str, Any] = fact.get("judgement") or _NOTHING
    proposal: dict[str, Any] = fact.get("proposal") or _NOTHING
    subject_kind, tenant, agent, intent = _address(message.subject)
    logged_at = datetime.fromtimestamp(message.time_ns / 1e9, UTC)
    case_kind = fact.get("case_kind", "")
    return (
        STREAM,
        message.seq,
        _text(fact.get("id")),
        _time(fact.get("at"), logged_at),
        logged_at,
        ingested_at,
        kind or subject_kind,
        1,
        message.subject,
        tenant,
        agent,
        _text(fact.get("task")),
        intent,
        f"{intent}-{case_kind}" if case_kind else "",
        _small(fact.get("attempt", fact.get("attempts", 0))),
        _text(fact.get("tool") or call.get("tool")),
        _text(fact.get("action_type") or call.get("action_type")),
        _text(fact.get("risk") or judgement.get("risk")),
        _text(judgement.get("band")),
        _text(judgement.get("route")),
        _number(fact.get("confidence", proposal.get("confidence"))),
        _text(call.get("digest") or fact.get("call_digest")),
        _text(fact.get("policy_version") or judgement.get("policy_version")),
        _text(fact.get("actor")),
        _text(fact.get("status") or fact.get("verdict") or fact.get("action")),
        _text(fact.get("reason_code") or judgement.get("reason_code")),
        _number(fact.get("duration_ms")),
        _text(fact.get("trace"))[3:35],
        _text(fact.get("cause")),
        message.payload,
    )


def _object(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _NOTHING
    return value if isinstance(value, dict) else _NOTHING


def _address(subject: str) -> tuple[str, str, str, str]:
    """Kind, tenant, agent, intent of a subject; what is not about an intent has only a kind."""
    parts = subject.split(".")
    for words in (2, 1):
        kind = ".".join(parts[1 : 1 + words])
        if kind in DETAILS and len(parts) >= 4 + words:
            return kind, parts[1 + words], parts[2 + words], parts[3 + words]
    return ".".join(parts[1:2] if parts[1:2] == ["control"] else parts[1:3]), "", "", ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _small(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 65_536 else 0


def _time(value: Any, otherwise: datetime) -> datetime:
    """A fact's own time; the log's when it has none, or one that a DateTime64 cannot hold."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return otherwise
    return found if found.tzinfo is not None and 1970 <= found.year < 2200 else otherwise

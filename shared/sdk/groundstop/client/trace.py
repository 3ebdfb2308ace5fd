"""The way of one intent, fact by fact."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from groundstop import subjects
from groundstop.errors import BadInput
from groundstop.stored import Stored


@dataclass(frozen=True, slots=True)
class Step:
    """One fact in a trace. ``after_ms`` counts from the first fact, by the clock of the log's server."""

    seq: int
    time: datetime
    after_ms: float
    kind: str
    detail: str
    actor: str
    says: str
    fact: dict[str, Any]


def steps_of(stored: Iterable[Stored]) -> list[Step]:
    """Steps in the order of the log."""
    messages = sorted(filter(_has_a_place, stored), key=lambda message: message.seq)
    begin = messages[0].time_ns if messages else 0
    return [_step(message, begin) for message in messages]


def _step(message: Stored, begin_ns: int) -> Step:
    address = subjects.parse(message.subject)
    fact = _json(message.payload)
    return Step(
        seq=message.seq,
        time=datetime.fromtimestamp(message.time_ns / 1e9, UTC),
        after_ms=round((message.time_ns - begin_ns) / 1e6, 3),
        kind=address.kind,
        detail=".".join(address.detail),
        actor=str(fact.get("actor", "")),
        says=_said(address.kind, fact),
        fact=fact,
    )


def _has_a_place(message: Stored) -> bool:
    try:
        subjects.parse(message.subject)
    except BadInput:
        return False
    return True


def _said(kind: str, fact: dict[str, Any]) -> str:
    """What it says, or that nobody can tell: fields may hold anything."""
    try:
        return says(kind, fact)
    except (AttributeError, KeyError, TypeError, ValueError):
        return "cannot be read"


def _json(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


OTHERWISE = {
    "timer.nudge": "people will be reminded of the case",
    "case.nudge": "it is time to remind people of the case",
    "case.reminded": "people were reminded of the case",
    "case.escalated": "the next group was asked",
    "case.claimed": "somebody is working on the case",
    "case.released": "the case is free again",
    "intent.deferred": "waits for its turn",
    "intent.edited": "people changed the call; it is metered anew",
    "execution.exhausted": "tries and fallbacks are used up; a person may do it by hand",
    "feedback": "the user said what it was worth",
    "cost.recorded": "what it cost was recorded",
}
"""Sentences for facts whose kind says it all."""


def says(kind: str, fact: dict[str, Any]) -> str:
    """One sentence about a fact, for people."""
    judgement = fact.get("judgement") or {}
    call = fact.get("call") or {}
    match kind:
        case "intent.submitted":
            return f"{fact.get('agent')} proposes {fact.get('tool')}"
        case "intent.classified":
            why = " ".join(f"{str(reason).rstrip('.')}." for reason in judgement.get("reasons", []))
            return f"{judgement.get('risk')}, confidence {judgement.get('band')}: {judgement.get('route')}. {why}"
        case "intent.admitted":
            return "within its limits; waits for people"
        case "intent.cleared":
            return f"cleared by {fact.get('by')} for {call.get('tool')} until {fact.get('expires_at')}"
        case "case.opened":
            return f"{fact.get('question')} Until {fact.get('expires_at')}."
        case "case.decided":
            note = f": {fact['note']}" if fact.get("note") else ""
            return f"{fact.get('verdict')} by {fact.get('by')}{note}"
        case "timer.case":
            return "the case will expire by itself"
        case "case.due":
            return "the case ran out of time"
        case "execution.started":
            return f"attempt {fact.get('attempt')} claimed by {fact.get('executor')}"
        case "execution.failed":
            retry = fact.get("retry_in_s")
            again = "no further try" if retry is None else f"again in {retry:.2f} s"
            return f"attempt {fact.get('attempt')} failed: {fact.get('error')} ({again})"
        case "outcome":
            reason = f": {fact['reason']}" if fact.get("reason") else ""
            return f"{fact.get('status')} ({fact.get('reason_code')}){reason}"
    return OTHERWISE.get(kind, kind.replace(".", " "))

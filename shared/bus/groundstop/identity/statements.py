"""What a signature covers, and whose counts: for each kind of fact that somebody acts upon. Pure.

What is signed is RFC 8785 canonical JSON of the fields named below: a field added to a fact later leaves old signatures
valid. A call is signed by its digest, and by its arguments where a service uses them; numbers that are no integers are
signed as the text that they are written as.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import orjson
import rfc8785
from groundstop.digest import canonical
from groundstop.events import Call, Charge, Fact, Finding, Halt, Judgement, Need
from groundstop.intent import Intent
from groundstop.vocabulary import Status
from pydantic import BaseModel

_WHO = ("id", "at", "actor", "tenant", "agent", "intent", "task")
_JUDGED = (*_WHO, "cause", "proposal", "call", "judgement")
SIGNED: Mapping[str, tuple[str, ...]] = {
    "intent.classified": (*_JUDGED, "reason"),
    "intent.admitted": (*_JUDGED, "charges"),
    "intent.edited": (*_JUDGED, "asked_digest", "approvers"),
    "intent.cleared": (*_WHO, "cause", "call", "risk", "user", "policy_version", "expires_at", "deadline", "by"),
    "case.opened": (*_JUDGED, "case_kind", "question", "expires_at", "need", "drill"),
    "case.voted": (*_WHO, "case_kind", "approver", "verdict", "note", "revision", "digest"),
    "case.edited": (*_WHO, "case_kind", "revision", "by", "note", "call", "judgement", "need"),
    "case.decided": (
        *_WHO, "case_kind", "verdict", "by", "answer", "reason_code", "call", "risk", "user", "policy_version",
        "deadline", "approvers", "revision", "asked_digest", "drill",
    ),
    "grant.given": (
        *_WHO, "tool", "condition", "uses", "until", "by", "groups", "face", "tool_version", "tool_digest",
    ),
    "grant.used": (
        *_WHO, "cause", "number", "by", "cleared_intent", "cleared_task", "call", "risk", "user", "policy_version",
        "deadline",
    ),
    "grant.revoked": (*_WHO, "by", "note"),
    "task.handoff": (*_WHO, "reason", "by", "user"),
    "task.resumed": (*_WHO, "by", "note"),
    "task.paused": ("id", "at", "actor", "tenant", "agent", "pauses", "replaces"),
    "execution.exhausted": (
        *_WHO, "cause", "call", "risk", "user", "policy_version", "reason_code", "error", "attempts",
    ),
    "outcome": (*_WHO, "cause", "status", "reason_code", "reason", "tool", "action_type", "risk", "policy_version"),
    "policy.published": ("id", "at", "actor", "policy_version", "text", "by", "note"),
    "control": (
        "id", "at", "actor", "control", "action", "scope", "tenant", "reason", "by", "halts", "drill", "stage",
        "canary_until", "replaces",
    ),
    "control.asked": ("control", "scope", "tenant", "stage", "note", "by", "replaces"),
    "keys.published": ("id", "at", "number", "keys", "workers"),
}  # fmt: skip
"""Kind to the fields that its signature covers."""

_SINCE = frozenset({"workers"})
"""Fields that are signed where there is one: a fact from before the field was added has None, and did not sign it."""
_APPROVAL = frozenset({"approval"})
SIGNERS: Mapping[str, frozenset[str]] = {
    "intent.classified": frozenset({"classifier"}),
    "intent.admitted": frozenset({"rate-limiter"}),
    "intent.edited": _APPROVAL,
    "intent.cleared": frozenset({"rate-limiter", "approval"}),
    "case.opened": _APPROVAL,
    "case.voted": _APPROVAL,
    "case.edited": _APPROVAL,
    "case.decided": _APPROVAL,
    "grant.given": _APPROVAL,
    "grant.used": _APPROVAL,
    "grant.revoked": _APPROVAL,
    "task.handoff": _APPROVAL,
    "task.resumed": _APPROVAL,
    "task.paused": _APPROVAL,
    "execution.exhausted": frozenset({"executor"}),
    "outcome": frozenset({"executor"}),
    "policy.published": frozenset({"operator", "owner", "console"}),
    "control": frozenset({"operator", "owner", "console", "approval", "executor"}),
    "control.asked": frozenset({"operator", "owner", "console"}),
}
"""Kind to the roles whose signature counts. The list of keys is signed by the root alone."""

IN_OWN_NAME = frozenset({"policy.published"})
"""Kinds that an operator signs for themselves alone. The owner acts in anybody's name, a console for its people."""

EVER = frozenset({"intent.cleared", "case.decided", "control", "control.asked", "task.paused", "keys.published"})
"""Kinds that have been signed for as long as they were written; the others since lists of keys name a classifier."""

_SIGNED_ENDS = frozenset({Status.UNKNOWN})
"""Ends of an intent that a service acts upon: a person is asked what happened. The others end there."""
_WITH_ARGUMENTS = frozenset(
    {"intent.classified", "intent.admitted", "intent.edited", "case.opened", "case.edited", "execution.exhausted"}
)
"""Kinds of which a service uses the arguments. In the others a call is what its digest says, as the executor checks."""
_ANYTHING = frozenset({"case.decided", "control", "keys.published"})
"""May hold any JSON. The others hold texts and integers only, for which sorted compact JSON is the canonical form: a
fortieth of the time."""


def must_be_signed(fact: Fact) -> bool:
    """Whether somebody acts upon such a fact, so that its signature is asked for."""
    return fact.kind in SIGNERS and (fact.kind != "outcome" or getattr(fact, "status", None) in _SIGNED_ENDS)


def statement(fact: Fact) -> bytes:
    """The bytes that are signed."""
    said: dict[str, Any] = {name: getattr(fact, name, "") for name in SIGNED[fact.kind]}
    said = {name: value for name, value in said.items() if value is not None or name not in _SINCE}
    said["kind"] = fact.kind
    if fact.kind == "control" and said["replaces"] is None:
        del said["replaces"]  # as it was signed before tables named the ones they replace
    if fact.kind in _WITH_ARGUMENTS:
        said["arguments"] = _arguments(getattr(fact, "call", None))
    text = orjson.dumps(said, _plain, orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    if fact.kind not in _ANYTHING:
        return text
    try:
        return canonical(orjson.loads(text))
    except rfc8785.CanonicalizationError:
        return text  # a number in an answer that JSON does not carry exactly: what was written is as good as any


def _plain(value: Any) -> Any:
    """What orjson does not know: our models."""
    part = _PARTS.get(type(value))
    return value.model_dump(mode="json") if part is None else part(value)


def _named(*names: str) -> Callable[[BaseModel], dict[str, Any]]:
    values = attrgetter(*names)
    return lambda value: dict(zip(names, values(value), strict=True))


def _arguments(value: Any) -> str:
    """Sorted compact JSON, as a text: it may hold fractions, which are signed as they are written."""
    return "" if value is None else orjson.dumps(value.arguments, option=orjson.OPT_SORT_KEYS).decode()


def _proposal(intent: Intent) -> dict[str, Any]:
    said = _PROPOSED(intent)
    said["confidence"] = None if intent.confidence is None else repr(intent.confidence)
    said["arguments"] = _arguments(intent)
    return said


def _halt(halt: Halt) -> dict[str, Any]:
    """What was signed before there was a request to resume with a signature of its own stays as it was."""
    asked = {"resume_seq": halt.resume_seq, "resume_signature": halt.resume_signature}
    return _HALT(halt) | (asked if any(asked.values()) else {})


_HALT = _named(
    "control", "scope", "tenant", "reason", "by", "at", "risk_from", "trigger", "people", "drill", "resume_by",
    "resume_note", "resume_stage",
)  # fmt: skip
_PROPOSED = _named(
    "tenant", "agent", "intent", "task", "step", "tool", "tool_version", "reasoning", "assumptions", "user", "deadline"
)
_PARTS: Mapping[type[BaseModel], Callable[[Any], dict[str, Any]]] = {
    Call: _named("tool", "tool_version", "action_type", "digest"),
    Halt: _halt,
    Intent: _proposal,
    Judgement: _named(
        "risk", "band", "route", "reasons", "findings", "reason_code", "policy_version", "shadow", "answer"
    ),
    Finding: _named("kind", "severity", "path", "detail"),
    Need: _named("people", "groups"),
    Charge: lambda charge: {"bucket": charge.bucket, "tat": repr(charge.tat)},
}  # fmt: skip

"""Intents as people follow them: one row in the table, the timeline, and why in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from groundstop.client.trace import Step
from groundstop.intent import TABLE, State

from groundstop_console.domain.cases import summary
from groundstop_console.domain.masking import shown
from groundstop_console.domain.people import Person, Role

NAMES = {
    "intent.submitted": "Proposed",
    "intent.classified": "Judged",
    "intent.admitted": "Within limits",
    "intent.cleared": "Cleared",
    "intent.deferred": "Deferred",
    "case.opened": "Asked people",
    "case.voted": "Vote",
    "case.decided": "Decided",
    "case.due": "Time was up",
    "timer.case": "Timer set",
    "execution.started": "Started",
    "execution.failed": "Attempt failed",
    "outcome": "Outcome",
    "feedback": "Feedback",
    "cost.recorded": "Cost",
    "grant.used": "Grant used",
    "intent.undone": "Taken back",
}
GOOD = ("succeeded", "completed_manually")
BAD = ("failed", "refused", "denied", "cancelled", "throttled", "expired")
ROUTES = {
    "proceed": "it could proceed without a person",
    "confirm": "its user had to confirm it",
    "approve": "a person had to approve it",
    "clarify": "the agent had to clarify it",
    "escalate": "it was escalated to a person",
    "refuse": "it was refused",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One intent as far as its facts have come. ``arguments`` are as they were sent: mask them before showing."""

    intent: str
    tenant: str
    agent: str
    task: str
    tool: str
    at: datetime
    changed: datetime
    state: State = State.NONE
    risk: str = ""
    route: str = ""
    status: str = ""
    reason: str = ""
    user: str = ""
    executor: str = ""
    attempt: int = 0
    action_type: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """True when it has its outcome."""
        return self.state is State.ENDED

    @property
    def tone(self) -> str:
        """good, bad, open or waiting: how the state is coloured."""
        if self.ended:
            return "good" if self.status in GOOD else "unknown" if self.status == "unknown" else "bad"
        return "waiting" if self.state is State.WAITING else "open"

    @property
    def label(self) -> str:
        """The state or the outcome in a word or two."""
        return (self.status or self.state.value).replace("_", " ")

    def matches(self, words: Sequence[str]) -> bool:
        """True when every word occurs somewhere in what the row says."""
        hay = f"{self.intent} {self.tenant} {self.agent} {self.task} {self.tool} {self.user} {self.label} {self.risk}"
        return all(word in hay.lower() for word in words)


def what(row: Row, person: Person) -> str:
    """The call in a line, masked; who may not read payloads sees the names of the arguments alone."""
    if person.may(Role.APPROVER):
        return summary(shown(row.arguments, person))
    return ", ".join(map(str, row.arguments))


def folded(row: Row | None, kind: str, fact: Mapping[str, Any], at: datetime) -> Row | None:
    """The row after a fact; None as long as nothing is known of the intent. Impossible facts change only the time."""
    if row is None:
        row = Row(
            intent=str(fact.get("intent", "")),
            tenant=str(fact.get("tenant", "")),
            agent=str(fact.get("agent", "")),
            task=str(fact.get("task", "")),
            tool=str(fact.get("tool") or (fact.get("call") or {}).get("tool") or ""),
            at=at,
            changed=at,
            user=str(fact.get("user") or ""),
            arguments=_arguments(fact) or _arguments(fact.get("call") or {}),
        )
    state = TABLE.get((row.state, kind), _state_of(kind, row.state))
    return replace(row, state=state, changed=at, **_learned(kind, fact, row))


def unread(intent: str, tenant: str, now: datetime) -> Row:
    """A row for an intent none of whose facts can be read."""
    return Row(intent=intent, tenant=tenant, agent="nobody known", task="", tool="", at=now, changed=now)


def _arguments(call: Mapping[str, Any]) -> Mapping[str, Any]:
    found = call.get("arguments")
    return found if isinstance(found, Mapping) else {}


def _state_of(kind: str, before: State) -> State:
    """A fact whose forerunners lie before what was read: the state it leads to from wherever it may come."""
    if before is not State.NONE:
        return before
    return next((after for (_, fact), after in TABLE.items() if fact == kind), before)


def _learned(kind: str, fact: Mapping[str, Any], row: Row) -> dict[str, Any]:
    judgement = fact.get("judgement") or {}
    call = fact.get("call") or {}
    match kind:
        case "intent.classified" | "intent.admitted" | "case.opened":
            return {
                "risk": str(judgement.get("risk", row.risk)),
                "route": str(judgement.get("route", row.route)),
                "tool": str(call.get("tool") or row.tool),
                "action_type": str(call.get("action_type") or row.action_type),
                "arguments": _arguments(call) or row.arguments,
            }
        case "execution.started":
            return {
                "executor": str(fact.get("executor", "")),
                "attempt": int(fact.get("attempt", 0)),
                "action_type": str(fact.get("action_type", "")),
                "risk": str(fact.get("risk") or row.risk),
            }
        case "outcome":
            return {"status": str(fact.get("status", "")), "reason": str(fact.get("reason", ""))}
    return {}


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of the timeline: ``gap_ms`` since the step before, ``part`` and ``start`` in per cent of the whole."""

    step: Step
    name: str
    tone: str
    gap_ms: float
    start: float
    part: float


def timeline(steps: Sequence[Step]) -> list[Moment]:
    """The steps people care about, each with how long it took to get there."""
    kept = [step for step in steps if not step.kind.startswith("timer.")]
    whole = max((step.after_ms for step in kept), default=0.0) or 1.0
    moments, before = [], 0.0
    for step in kept:
        gap = max(0.0, step.after_ms - before)
        start, part = 100 * before / whole, 100 * gap / whole
        moments.append(Moment(step, NAMES.get(step.kind, step.kind), tone_of(step), gap, start, max(part, 0.6)))
        before = step.after_ms
    return moments


def tone_of(step: Step) -> str:
    """How a step is coloured."""
    match step.kind:
        case "outcome":
            return "good" if step.detail in GOOD else "unknown" if step.detail == "unknown" else "bad"
        case "execution.failed" | "case.due":
            return "bad"
        case "case.opened" | "case.voted" | "intent.deferred":
            return "waiting"
        case "case.decided":
            return "bad" if step.detail.rpartition(".")[2] in ("denied", "expired") else "good"
        case "intent.classified":
            return "bad" if step.detail == "refuse" else "waiting" if step.detail not in ("proceed", "") else "open"
    return "open"


def why(steps: Iterable[Step]) -> list[str]:
    """Why it went as it did, in a few plain sentences."""
    told = (_because(step) for step in steps)
    return [sentence for sentence in told if sentence]


def _because(step: Step) -> str:
    fact = step.fact
    match step.kind:
        case "intent.submitted":
            sure = fact.get("confidence")
            how = "without a stated confidence" if sure is None else f"with a stated confidence of {float(sure):.0%}"
            return f"{fact.get('agent')} proposed {fact.get('tool')}, {how}."
        case "intent.classified":
            judgement = fact.get("judgement") or {}
            reasons = "; ".join(str(one).rstrip(".") for one in judgement.get("reasons") or ())
            route = ROUTES.get(str(judgement.get("route")), str(judgement.get("route")))
            return f"Risk {judgement.get('risk')}: {route}{'. Reasons: ' if reasons else ''}{reasons}."
        case "intent.deferred":
            return f"Deferred: the limit {fact.get('bucket')} was reached."
        case "case.decided":
            return f"{fact.get('by')} decided: {fact.get('verdict')}" + (
                f": “{fact['note']}”." if fact.get("note") else "."
            )
        case "case.due":
            return "Nobody decided the case before it expired."
        case "execution.failed":
            return f"Attempt {fact.get('attempt')} failed: {fact.get('error')}."
        case "outcome":
            reason = fact.get("reason") or str(fact.get("reason_code", "")).replace("_", " ")
            return f"Outcome: {str(fact.get('status')).replace('_', ' ')}" + (f": {reason}." if reason else ".")
    return ""

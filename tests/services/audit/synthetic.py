"""Plausible histories for tests and benchmarks: calls of several tenants that wait, fail, cost and are rated."""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random  # noqa: TID251 - the type of a parameter: the caller owns the seed
from typing import Any

import orjson
from groundstop import subjects
from groundstop.ids import derived_id, trace_of
from groundstop.stored import Stored

TOOLS = (
    ("orders.get", "orders.read", "safe"), ("orders.list", "orders.read", "safe"), ("kb.search", "kb.read", "safe"),
    ("customers.get", "customers.read", "safe"), ("tickets.comment", "tickets.write", "risky"),
    ("email.send", "email.send", "risky"), ("orders.update", "orders.write", "risky"),
    ("payments.refund", "payments.refund", "dangerous"), ("orders.delete", "orders.delete", "dangerous"),
)  # fmt: skip
WEIGHTS = (30, 10, 14, 16, 10, 8, 6, 4, 2)
ROUTES = {
    "safe": ("proceed",) * 97 + ("clarify", "clarify", "refuse"),
    "risky": ("proceed",) * 70 + ("confirm",) * 24 + ("clarify",) * 4 + ("refuse",) * 2,
    "dangerous": ("approve",) * 84 + ("escalate",) * 10 + ("refuse",) * 6,
}
KIND_OF = {"confirm": "confirmation", "approve": "approval", "clarify": "clarification", "escalate": "handoff"}
REASONINGS = (
    "The customer asked for the state of the order.", "The ticket names this order, so I look it up first.",
    "The policy page says that damaged goods are refunded in full.", "I need the address before I can answer.",
    "The customer confirmed the change in the last message.",
)  # fmt: skip

ANSWERS = ("warn", "warn", "context_reset", "clarify", "handoff")

Timed = tuple[float, str, dict[str, Any]]
"""Seconds since 1970, subject, fact."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a history looks. ``per_s`` intents arrive per second; ``skew_s`` is how far an agent's clock may be off."""

    tenants: tuple[str, ...] = ("acme", "globex", "initech", "umbrella", "hooli")
    agents: int = 8
    per_s: float = 20.0
    skew_s: float = 0.0
    failing: float = 0.06
    unknown: float = 0.004
    rated: float = 0.12
    costed: float = 0.9
    undone: float = 0.01
    confused: float = 0.03
    shadowed: float = 0.0
    claimed: float = 0.0
    drills: float = 0.0
    """Of the cases; like the rest an intent follows, which a view of reviewers does not mind."""
    alarmed: float = 0.0
    """How many approvals raise an alarm about their reviewer."""
    halts: float = 0.0
    """How many halts and drills there are per intent."""


def history(rng: Random, intents: int, begin: datetime, shape: Shape | None = None) -> Iterator[Stored]:
    """A log in order, sequences from 1. The same seed gives the same bytes."""
    shape = shape or Shape()
    now = begin.timestamp()
    waiting: list[tuple[float, int, str, dict[str, Any]]] = []
    count = seq = 0
    for number in range(intents):
        now += rng.expovariate(shape.per_s)
        halts = _halt(rng, number, now, shape) if rng.random() < shape.halts else []
        for at, subject, fact in _intent(rng, number, now, shape) + halts:
            count += 1
            heapq.heappush(waiting, (at, count, subject, fact))
        while waiting and waiting[0][0] <= now:
            seq += 1
            yield _stored(seq, heapq.heappop(waiting))
    while waiting:
        seq += 1
        yield _stored(seq, heapq.heappop(waiting))


SCOPES = ("all", "tenant={tenant}", "agent=agent-1", "action=orders", "tool=email.send", "risk=risky")


def _halt(rng: Random, number: int, at: float, shape: Shape) -> list[Timed]:
    """A halt or a drill on two lanes, what two executors had in flight, and mostly a resume."""
    control, drill = f"c{number}", rng.random() < 0.3
    scope = rng.choice(SCOPES).format(tenant=rng.choice(shape.tenants))
    told = {"control": control, "scope": scope, "by": "bob", "reason": "wrong refunds", "halts": [], "actor": "bob"}
    pressed = told | {"action": "drill" if drill else "halt"}
    found: list[Timed] = [
        (at, subjects.control(lane), {"id": f"{control}-{lane}", "at": _iso(at)} | pressed) for lane in (0, 7)
    ]
    for executor in ("executor-1", "executor-2"):
        flying = [{"intent": "i", "attempt": 1, "tool": "x", "ended": rng.choice(("finished", "unknown"))}] * (
            number % 3
        )
        fact = {"id": control + executor, "at": _iso(at), "actor": executor, "control": control, "executor": executor,
                "halted_ms": round(rng.uniform(1, 40), 3), "in_flight": flying}  # fmt: skip
        found.append((at + 0.05, subjects.halted(control, executor), fact))
    if rng.random() < 0.8:
        later = at + rng.uniform(1, 600)
        found.append(
            (later, subjects.control(3), {"id": f"{control}-r", "at": _iso(later)} | told | {"action": "resume"})
        )
    return found


def _stored(seq: int, entry: tuple[float, int, str, dict[str, Any]]) -> Stored:
    at, _, subject, fact = entry
    return Stored(subject, seq, int(at * 1e6) * 1000, orjson.dumps(fact))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class _Intent:
    """Collects the facts of one intent, each caused by the one before."""

    def __init__(self, rng: Random, number: int, at: float, shape: Shape) -> None:
        self.rng, self.at, self.shape = rng, at, shape
        task = number // 3  # steps of one task follow each other and belong to one agent
        self.tenant = shape.tenants[task * 7 % len(shape.tenants)]
        self.agent = f"agent-{task * 5 % shape.agents}"
        unique = rng.getrandbits(74)
        millis = int(at * 1000)
        text = f"{millis:012x}7{unique >> 62:03x}{8 | (unique >> 60 & 3):x}{unique & (1 << 60) - 1:015x}"
        self.intent = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        self.task = f"task-{task}"
        self.tool, self.action_type, self.risk = rng.choices(TOOLS, WEIGHTS)[0]
        self.confidence = round(min(1.0, max(0.0, rng.gauss(0.86, 0.12))), 2)
        self.arguments = {"order": f"A-{rng.randrange(100_000)}", "note": rng.choice(REASONINGS)}
        raw = f"{self.tenant}{self.agent}{self.tool}{self.arguments}"
        self.call = {
            "tool": self.tool, "tool_version": "1", "arguments": self.arguments,
            "digest": hashlib.sha256(raw.encode()).hexdigest(), "action_type": self.action_type,
        }  # fmt: skip
        self.user = f"customer-{rng.randrange(5000)}"
        self.version = "v4" if number % 40 >= 30 else "v3"
        self.cause = ""
        self.facts: list[Timed] = []

    def add(self, kind: str, after_s: float, *detail: str, actor: str, **fields: Any) -> str:
        self.at += after_s
        skew = self.rng.uniform(-self.shape.skew_s, self.shape.skew_s) if self.shape.skew_s else 0.0
        first = kind == "intent.submitted"
        event = self.intent if first else derived_id(self.cause, f"{kind}:{fields.get('attempt', detail)}")
        fact = {
            "id": event, "at": _iso(self.at + skew), "cause": self.cause, "trace": trace_of(self.intent),
            "actor": actor, "tenant": self.tenant, "agent": self.agent, "intent": self.intent, "task": self.task,
        } | fields  # fmt: skip
        self.facts.append((self.at, subjects.subject(kind, self.tenant, self.agent, self.intent, *detail), fact))
        self.cause = event
        return event

    def proposal(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant, "agent": self.agent, "intent": self.intent, "task": self.task, "step": 0,
            "tool": self.tool, "tool_version": "1", "arguments": self.arguments, "confidence": self.confidence,
            "reasoning": self.rng.choice(REASONINGS), "assumptions": [], "user": self.user, "deadline": None,
        }  # fmt: skip

    def outcome(self, status: str, after_s: float, reason_code: str, actor: str, **fields: Any) -> None:
        self.add(
            "outcome", after_s, status, actor=actor, status=status, reason_code=reason_code, reason="", tool=self.tool,
            action_type=self.action_type, risk=self.risk, policy_version=self.version, **fields,
        )  # fmt: skip


def _intent(rng: Random, number: int, at: float, shape: Shape) -> list[Timed]:
    one = _Intent(rng, number, at, shape)
    proposal = one.proposal()
    one.add("intent.submitted", 0.0, actor=one.agent, **{k: v for k, v in proposal.items() if k not in _WHO})
    route = rng.choice(ROUTES[one.risk])
    band = next(name for name, least in _BANDS if one.confidence >= least)
    judgement = {
        "risk": one.risk, "band": band, "route": route, "findings": [], "policy_version": one.version,
        "answer": rng.choice(ANSWERS) if rng.random() < shape.confused else "",
        "shadow": ["Policy strict (v9) would have said approve."] if rng.random() < shape.shadowed else [],
        "reasons": [f"{one.tool} is declared {one.risk}", f"confidence {one.confidence} is {band}"],
        "reason_code": "refused_by_policy" if route == "refuse" else "policy",
    }  # fmt: skip
    one.add(
        "intent.classified", 0.002, route, actor="classifier", proposal=proposal, call=one.call, judgement=judgement
    )
    if route == "refuse":
        one.outcome("refused", 0.001, "refused_by_policy", "classifier", duration_ms=0.0)
    elif rng.random() < 0.05:
        one.add("intent.deferred", 0.002, actor="rate-limiter", until=_iso(one.at + 1), bucket="per-agent")
        one.outcome("throttled", 1.0, "rate_limited", "rate-limiter", retry_after_s=2.5)
    elif rng.random() < 0.01:
        one.outcome("throttled", 0.002, "rate_limited", "rate-limiter", retry_after_s=2.5)
    elif route == "proceed" or _people(one, route, judgement, proposal):
        _run(one, "policy" if route == "proceed" else "people")
    _afterwards(one)
    return one.facts


_WHO = ("tenant", "agent", "intent", "task")
_BANDS = (("high", 0.9), ("medium", 0.7), ("low", 0.5), ("very_low", 0.0))


def _people(one: _Intent, route: str, judgement: dict[str, Any], proposal: dict[str, Any]) -> bool:
    """A case and its decision; True when the call may run."""
    rng, kind = one.rng, KIND_OF[route]
    until = _iso(one.at + 3600)
    if route in ("confirm", "approve"):
        one.add("intent.admitted", 0.002, actor="rate-limiter", proposal=proposal, call=one.call, judgement=judgement)
    shown = {"case_kind": kind, "call": one.call, "expires_at": until}
    one.add(
        "case.opened", 0.003, kind, actor="approval", question=f"May {one.agent} call {one.tool}?",
        judgement=judgement, proposal=proposal, **shown,
    )  # fmt: skip
    _work(one, kind, shown)
    wait_s = 3600.0 if rng.random() < 0.08 else rng.lognormvariate(4.0, 1.0)
    verdict = "expired" if wait_s >= 3600 else rng.choices(("approved", "denied"), (8, 2))[0]
    code = {"expired": "case_expired"}.get(verdict, verdict)
    by = "approval" if verdict == "expired" else "alice" if rng.random() < 0.7 else "bob"
    drill = one.shape.drills > 0 and rng.random() < one.shape.drills
    one.add(
        "case.decided", wait_s, kind, verdict, actor=by, verdict=verdict, by=by, note="",
        reason_code=code, risk=one.risk, policy_version=one.version, read_s=round(min(wait_s, 40.0), 1), drill=drill,
        **shown,
    )  # fmt: skip
    if verdict == "approved" and one.shape.alarmed and rng.random() < one.shape.alarmed:
        _alarm(one, by)
    if verdict != "approved":
        one.outcome(verdict, 0.002, code, "approval")
    return verdict == "approved"


def _work(one: _Intent, kind: str, shown: dict[str, Any]) -> None:
    """What people do about a case before it is decided."""
    rng = one.rng
    if one.shape.claimed and rng.random() < one.shape.claimed:
        by = rng.choice(("alice", "bob"))
        one.add("case.claimed", 1.0, kind, "1", actor=by, case_kind=kind, number=1, by=by, until=shown["expires_at"])
    for name in ("alice", "bob") if rng.random() < 0.3 else ():
        said = rng.choices(("approved", "denied"), (9, 1))[0]
        one.add("case.voted", rng.uniform(1, 30), kind, "0", name, actor=name, approver=name, verdict=said, **shown)
    if rng.random() < 0.1:
        by = rng.choice(("alice", "bob"))
        one.add("case.edited", 5.0, kind, "1", actor=by, revision=1, by=by, note="less", **shown)


def _alarm(one: _Intent, by: str) -> None:
    """What the newest decision says about who made it."""
    at, _, decided = one.facts[-1]
    fact = {"id": derived_id(decided["id"], "reviewer.alarmed"), "at": decided["at"], "cause": decided["id"],
            "actor": "approval", "reviewer": by, "window": int(at) // 30, "approvals": 8, "seconds": 20.0,
            "sentence": f"{by} approved 8 cases within 20.0 s: were they read?"}  # fmt: skip
    one.facts.append((at + 0.01, subjects.reviewer_alarm(by, int(at) // 30), fact))


def _run(one: _Intent, by: str) -> None:
    rng, shape = one.rng, one.shape
    one.add(
        "intent.cleared", 0.002, actor="rate-limiter", call=one.call, risk=one.risk, user=one.user, by=by,
        policy_version=one.version, expires_at=_iso(one.at + 300),
        charges=[{"bucket": f"per-agent|{one.agent}", "tat": one.at}],
    )  # fmt: skip
    failing = shape.failing * (1.6 - one.confidence)
    for attempt in (1, 2, 3):
        who: dict[str, Any] = {"attempt": attempt, "executor": f"executor-{rng.randrange(1, 4)}", "tool": one.tool}
        one.add(
            "execution.started", 0.002, str(attempt), actor=who["executor"], lane=rng.randrange(16), epoch=17,
            call_digest=one.call["digest"], action_type=one.action_type, risk=one.risk, **who,
        )  # fmt: skip
        took_s = rng.lognormvariate(-3.0, 0.8)
        if rng.random() < shape.unknown:
            return one.outcome(
                "unknown", took_s, "executor_lost", "executor-1", attempts=attempt, executor="executor-1"
            )
        if rng.random() >= failing:
            one.outcome(
                "succeeded", took_s, "done", who["executor"], attempts=attempt, duration_ms=round(took_s * 1e3, 3),
                result={"order": one.arguments["order"], "state": "shipped"}, executor=who["executor"],
            )  # fmt: skip
            return None
        one.add(
            "execution.failed", took_s, str(attempt), actor=who["executor"], action_type=one.action_type,
            reason_code="tool_failed", error="the upstream answered 503", retry_in_s=None if attempt == 3 else 0.2,
            duration_ms=round(took_s * 1e3, 3), **who,
        )  # fmt: skip
    return one.outcome("failed", 0.001, "tool_failed", "executor-1", attempts=3, executor="executor-1")


def _afterwards(one: _Intent) -> None:
    """What comes when the intent has ended: costs, second thoughts, a thumb."""
    rng = one.rng
    succeeded = one.facts[-1][2].get("status") == "succeeded"
    if rng.random() < one.shape.costed:
        one.add(
            "cost.recorded", 0.01, str(rng.randrange(1 << 30)), actor=one.agent, source="model",
            cost_micros=rng.randrange(200, 9000), tokens_in=rng.randrange(200, 6000), tokens_out=rng.randrange(20, 900),
            human_s=rng.choice((0.0, 0.0, 90.0)),
        )  # fmt: skip
    if succeeded and rng.random() < one.shape.undone:
        one.add("intent.undone", rng.uniform(60, 600), actor="executor-1", undo_intent="another", by="bob")
    if rng.random() < one.shape.rated:
        up = rng.random() < (0.9 if succeeded else 0.4)
        one.add(
            "feedback", rng.uniform(5, 7200), f"user-{rng.randrange(100)}", actor="console", user=one.user,
            rating=1 if up else -1, comment="" if up else "this was not what I asked for",
        )  # fmt: skip

"""For tests of services and agents: builders that say only what a test is about, and waiting with a deadline."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller
from groundstop.clock import Clock
from groundstop.digest import digest
from groundstop.events import Call, IntentClassified, IntentCleared, IntentFact, IntentSubmitted, Judgement
from groundstop.ids import new_id, trace_of
from groundstop.intent import Intent
from groundstop.log import Log, PubAck
from groundstop.vocabulary import Band, Risk, Route

T = TypeVar("T")
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WAIT_S = 60.0
"""Nothing that goes well takes so long, also on a machine that has other work: how patient a test is costs nothing."""


def an_intent(**fields: Any) -> Intent:
    """An intent with the given fields; what is not given is ordinary."""
    ordinary = {"tenant": "acme", "agent": "helper", "intent": new_id(), "task": "task-1", "tool": "orders.get"}
    return Intent.model_validate(ordinary | {"confidence": 0.95} | fields)


def a_submission(at: datetime = NOON, **fields: Any) -> IntentSubmitted:
    """The fact of submitting ``an_intent(**fields)``."""
    intent = an_intent(**fields)
    return IntentSubmitted(
        id=intent.intent, at=at, trace=trace_of(intent.intent), actor=intent.agent, **intent.model_dump()
    )


def a_call(intent: Intent, action_type: str = "orders.read") -> Call:
    """The exact call of an intent."""
    return Call(
        tool=intent.tool,
        tool_version=intent.tool_version,
        arguments=intent.arguments,
        digest=digest(intent.tenant, intent.agent, intent.tool, intent.tool_version, intent.arguments),
        action_type=action_type,
    )


def a_classification(
    at: datetime = NOON,
    risk: Risk = Risk.SAFE,
    route: Route = Route.PROCEED,
    band: Band = Band.HIGH,
    policy_version: str = "test",
    **fields: Any,
) -> IntentClassified:
    """A submission and what the classifier said about it."""
    submitted = a_submission(at, **fields)
    proposal = submitted.proposal()
    judgement = Judgement(risk=risk, band=band, route=route, policy_version=policy_version)
    return IntentClassified.caused_by(
        submitted, at, "classifier", proposal=proposal, call=a_call(proposal), judgement=judgement
    )


def a_clearance(at: datetime = NOON, expires_at: datetime | None = None, **fields: Any) -> IntentCleared:
    """A clearance of ``an_intent(**fields)`` that the policy gave."""
    classified = a_classification(at, **fields)
    return IntentCleared.caused_by(
        classified,
        at,
        "rate-limiter",
        call=classified.call,
        risk=classified.judgement.risk,
        expires_at=expires_at or at + timedelta(minutes=5),
    )


async def say(log: Log, fact: IntentFact) -> PubAck:
    """Say a fact in the intake as the owner of a bus that asks nobody may: a service takes it into the log."""
    return await log.intake(Caller(OWNER_ROLE, ANY_TENANT, fact.agent)).put(fact)


async def eventually(
    question: Callable[[], Awaitable[T | None]], what: str = "it", within_s: float = WAIT_S, clock: Clock | None = None
) -> T:
    """Ask until the answer is truthy, and return it. Raises AssertionError after ``within_s``."""
    clock = clock or Clock()
    deadline = clock.monotonic() + within_s
    while True:
        answer = await question()
        if answer:
            return answer
        assert clock.monotonic() < deadline, f"{what} did not happen within {within_s:g} s"
        await clock.sleep(0.02)

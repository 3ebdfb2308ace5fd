"""The rate-limiter on a live bus: meters survive a restart, waiting is bounded, budgets are totals per window."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from groundstop import subjects
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import RATE_LIMITER
from groundstop.clock import Clock
from groundstop.events import CostRecorded, IntentClassified, IntentCleared, IntentDeferred, Outcome
from groundstop.log import Log
from groundstop.log.exclusive import ExclusiveConsumer
from groundstop.policy import load_policy
from groundstop.policy_holder import PolicyFollower
from groundstop.testing import a_classification, eventually
from groundstop.vocabulary import Status
from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.budgets import Budgets
from groundstop_rate_limiter.cost_projection import CostProjection
from groundstop_rate_limiter.domain import Meters, window_s
from groundstop_rate_limiter.handlers import make_routes
from groundstop_rate_limiter.leader import MeteringLeader


@asynccontextmanager
async def limiter(log: Log, policy: str) -> AsyncIterator[str]:
    """A rate-limiter in this process, started as its app starts it; its policy's version."""
    clock, logger = Clock(), structlog.get_logger()
    loaded, meters = load_policy(policy), Meters(Buckets(), Budgets())
    turn = MeteringLeader(log, meters, clock, logger, window_s(loaded))
    reported = CostProjection(log, meters.budgets, lambda: loaded, clock, logger, window_s(loaded))
    await reported.start()
    await turn.start()
    routes = make_routes(log, PolicyFollower(log, loaded, logger), meters, turn, clock)
    consumer = Consumer(log, RATE_LIMITER, routes, clock=clock, logger=logger, pin=ExclusiveConsumer(turn.changed))
    await consumer.start()
    try:
        yield loaded.version
    finally:
        await consumer.stop()
        await turn.stop()
        await reported.stop()


async def _answer(log: Log, version: str, **fields: object) -> IntentCleared | Outcome:
    classified = a_classification(Clock()(), policy_version=version, **fields)  # type: ignore[arg-type]
    await log.publish_once(classified)
    return await _answer_to(log, classified)


async def _answer_to(log: Log, classified: IntentClassified) -> IntentCleared | Outcome:
    who = (classified.tenant, classified.agent, classified.intent)

    async def answered() -> IntentCleared | Outcome | None:
        cleared = await log.last_fact(IntentCleared, subjects.subject("intent.cleared", *who))
        return cleared or await log.last_fact(Outcome, subjects.any_detail("outcome", *who))

    return await eventually(answered, "an answer")


TWO_A_MINUTE = "limits: [{name: few, match: {tools: '*'}, count: 2, period_s: 60, burst: 2}]"
SOON = "limits: [{name: slow, match: {tools: '*'}, count: 1, period_s: 2, burst: 1, on_limit: wait, wait_max_s: 15}]"
BUDGET = """
limits: []
budgets: [{name: money, unit: money, argument: amount, amount: 100, window_s: 3600, match: {tools: '*'}}]
"""


async def test_the_third_of_two_is_rejected_with_the_time_to_come_back(log: Log) -> None:
    async with limiter(log, TWO_A_MINUTE) as version:
        first, second, third = [await _answer(log, version) for _ in range(3)]
    assert isinstance(first, IntentCleared)
    assert isinstance(second, IntentCleared)
    assert isinstance(third, Outcome)
    assert third.status is Status.THROTTLED
    assert third.retry_after_s is not None
    assert 0 < third.retry_after_s <= 30


async def test_another_agent_has_a_bucket_of_its_own(log: Log) -> None:
    async with limiter(log, TWO_A_MINUTE) as version:
        answers = [await _answer(log, version, agent=agent) for agent in ("a", "a", "a", "b")]
    assert [type(answer) for answer in answers] == [IntentCleared, IntentCleared, Outcome, IntentCleared]


async def test_a_restart_forgets_no_admission(log: Log) -> None:
    """Otherwise a crash loop would be a way around every limit."""
    async with limiter(log, TWO_A_MINUTE) as version:
        assert isinstance(await _answer(log, version), IntentCleared)
        assert isinstance(await _answer(log, version), IntentCleared)
    async with limiter(log, TWO_A_MINUTE) as version:
        assert isinstance(await _answer(log, version), Outcome)


async def test_a_limit_that_lets_wait_defers_and_then_clears(log: Log) -> None:
    async with limiter(log, SOON) as version:
        at_once, waited = [a_classification(Clock()(), policy_version=version) for _ in range(2)]
        await log.publish_once(at_once)
        await log.publish_once(waited)
        assert isinstance(await _answer_to(log, waited), IntentCleared)
    deferred = subjects.subject("intent.deferred", waited.tenant, waited.agent, waited.intent)
    assert await log.last_fact(IntentDeferred, deferred) is not None


async def test_a_budget_is_never_overdrawn_and_a_smaller_call_still_fits(log: Log) -> None:
    async with limiter(log, BUDGET) as version:
        amounts = [(60, IntentCleared), (50, Outcome), (40, IntentCleared), (1, Outcome)]
        answers = [await _answer(log, version, arguments={"amount": amount}) for amount, _ in amounts]
    assert [type(answer) for answer in answers] == [kind for _, kind in amounts]


async def test_a_budget_survives_a_restart(log: Log) -> None:
    async with limiter(log, BUDGET) as version:
        assert isinstance(await _answer(log, version, arguments={"amount": 90}), IntentCleared)
    async with limiter(log, BUDGET) as version:
        assert isinstance(await _answer(log, version, arguments={"amount": 20}), Outcome)


SPENT = """
limits: []
budgets:
- {name: tokens, unit: tokens, amount: 1000, window_s: 86400, match: {tools: '*'}}
- {name: money, unit: money, argument: amount, amount: 100, window_s: 86400, match: {tools: '*'}}
"""


async def _report(log: Log, classified: IntentClassified, entry: str, **spent: int) -> None:
    fact = CostRecorded.caused_by(classified, Clock()(), classified.agent, entry=entry, **spent)
    await log.publish_once(fact)


async def _refused_in_time(log: Log, version: str, why: str, **fields: object) -> None:
    """A report is drawn a moment after it was stored."""

    async def refused() -> bool:
        answer = await _answer(log, version, **fields)
        return isinstance(answer, Outcome) and why in answer.reason

    await eventually(refused, f"a refusal by {why}")


async def test_what_is_reported_afterwards_is_drawn_once_and_after_a_restart(log: Log) -> None:
    """Tokens are known when they are spent: the call that spends the rest is let through, the next is not."""
    async with limiter(log, SPENT) as version:
        first = a_classification(Clock()(), policy_version=version)
        await _report(log, first, "early", tokens_in=400, tokens_out=100)  # before anybody has judged it
        await log.publish_once(first)
        assert isinstance(await _answer_to(log, first), IntentCleared)
        await _report(log, first, "early", tokens_in=400, tokens_out=100)  # the same once more
        assert isinstance(await _answer(log, version), IntentCleared)
        await _report(log, first, "late", tokens_out=500)
        await _refused_in_time(log, version, "'tokens'")
        assert isinstance(await _answer(log, version, agent="other"), IntentCleared), "a budget is one agent's"
    async with limiter(log, SPENT) as version:
        answer = await _answer(log, version)
        assert isinstance(answer, Outcome) and "'tokens'" in answer.reason, "a restart gives nothing back"


async def test_reported_money_is_drawn_beside_what_calls_name(log: Log) -> None:
    async with limiter(log, SPENT) as version:
        first = a_classification(Clock()(), policy_version=version, arguments={"amount": 60})
        await log.publish_once(first)
        assert isinstance(await _answer_to(log, first), IntentCleared)
        await _report(log, first, "fee", cost_micros=30_000_000)
    async with limiter(log, SPENT) as version:  # what was reported is drawn before anything is metered
        assert isinstance(await _answer(log, version, arguments={"amount": 11}), Outcome)
        assert isinstance(await _answer(log, version, arguments={"amount": 10}), IntentCleared)


async def test_a_report_that_nobody_can_read_stops_no_other(log: Log) -> None:
    async with limiter(log, SPENT) as version:
        first = a_classification(Clock()(), policy_version=version)
        await log.publish_once(first)
        await log.nc.jetstream().publish(f"gs.cost.recorded.acme.helper.{first.intent}.odd", b"[")
        await _report(log, first, "all", tokens_in=1000)
        await _refused_in_time(log, version, "'tokens'")

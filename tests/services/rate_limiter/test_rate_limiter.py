"""The rate-limiter on a live bus: meters survive a restart, waiting is bounded, budgets are totals per window."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from groundstop import subjects
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import RATE_LIMITER
from groundstop.bus.policies import Policies
from groundstop.clock import Clock
from groundstop.events import IntentClassified, IntentCleared, IntentDeferred, Outcome
from groundstop.log import Log
from groundstop.policy import load_policy
from groundstop.testing import a_classification, eventually
from groundstop.words import Status
from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.budgets import Budgets
from groundstop_rate_limiter.domain import Meters, window_s
from groundstop_rate_limiter.handlers import Fold, make_routes
from groundstop_rate_limiter.metered import Metered


@asynccontextmanager
async def limiter(log: Log, policy: str) -> AsyncIterator[Consumer]:
    """A rate-limiter in this process, started as its app starts it: fold first."""
    clock, logger = Clock(), structlog.get_logger()
    loaded, meters = load_policy(policy), Meters(Buckets(), Budgets())
    metered, fold = Metered(log), Fold(log, meters, clock, window_s(loaded))
    await metered.start()
    await fold.start()
    routes = make_routes(log, Policies(log, loaded, logger), meters, metered, clock)
    consumer = Consumer(log, RATE_LIMITER, routes, clock=clock, logger=logger)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
        await fold.stop()
        await metered.stop()


async def _answer(log: Log, **fields: object) -> IntentCleared | Outcome:
    classified = a_classification(Clock()(), **fields)  # type: ignore[arg-type]
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
    async with limiter(log, TWO_A_MINUTE):
        first, second, third = [await _answer(log) for _ in range(3)]
    assert isinstance(first, IntentCleared)
    assert isinstance(second, IntentCleared)
    assert isinstance(third, Outcome)
    assert third.status is Status.THROTTLED
    assert third.retry_after_s is not None
    assert 0 < third.retry_after_s <= 30


async def test_another_agent_has_a_bucket_of_its_own(log: Log) -> None:
    async with limiter(log, TWO_A_MINUTE):
        answers = [await _answer(log, agent=agent) for agent in ("a", "a", "a", "b")]
    assert [type(answer) for answer in answers] == [IntentCleared, IntentCleared, Outcome, IntentCleared]


async def test_a_restart_forgets_no_admission(log: Log) -> None:
    """Otherwise a crash loop would be a way around every limit."""
    async with limiter(log, TWO_A_MINUTE):
        assert isinstance(await _answer(log), IntentCleared)
        assert isinstance(await _answer(log), IntentCleared)
    async with limiter(log, TWO_A_MINUTE):
        assert isinstance(await _answer(log), Outcome)


async def test_a_limit_that_lets_wait_defers_and_then_clears(log: Log) -> None:
    async with limiter(log, SOON):
        at_once, waited = a_classification(Clock()()), a_classification(Clock()())
        await log.publish_once(at_once)
        await log.publish_once(waited)
        assert isinstance(await _answer_to(log, waited), IntentCleared)
    deferred = subjects.subject("intent.deferred", waited.tenant, waited.agent, waited.intent)
    assert await log.last_fact(IntentDeferred, deferred) is not None


async def test_a_budget_is_never_overdrawn_and_a_smaller_call_still_fits(log: Log) -> None:
    async with limiter(log, BUDGET):
        amounts = [(60, IntentCleared), (50, Outcome), (40, IntentCleared), (1, Outcome)]
        answers = [await _answer(log, arguments={"amount": amount}) for amount, _ in amounts]
    assert [type(answer) for answer in answers] == [kind for _, kind in amounts]


async def test_a_budget_survives_a_restart(log: Log) -> None:
    async with limiter(log, BUDGET):
        assert isinstance(await _answer(log, arguments={"amount": 90}), IntentCleared)
    async with limiter(log, BUDGET):
        assert isinstance(await _answer(log, arguments={"amount": 20}), Outcome)

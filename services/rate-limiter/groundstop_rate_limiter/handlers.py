"""Meter each classified intent once; what was metered before a crash is found in the log, not metered again."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from groundstop import subjects
from groundstop.bus.consumer import Facts, Route
from groundstop.bus.message import Delivery, Wait
from groundstop.bus.policies import Policies
from groundstop.clock import Clock
from groundstop.events import IntentAdmitted, IntentClassified, IntentCleared, IntentEdited
from groundstop.log import Log

from groundstop_rate_limiter.buckets import Refusal
from groundstop_rate_limiter.budgets import Exhausted
from groundstop_rate_limiter.domain import Meters, deferred, may_wait, meter, throttled
from groundstop_rate_limiter.edited import as_classified, cleared_by_people
from groundstop_rate_limiter.metered import Metered

FORGET_EVERY_S = 60.0
FOLDED = (subjects.pattern("intent.admitted"), subjects.pattern("intent.cleared"))


def make_routes(log: Log, policies: Policies, meters: Meters, metered: Metered, clock: Clock) -> dict[str, Route]:
    """What the rate-limiter does with each kind of fact."""

    def on_intent_classified(classified: IntentClassified, delivery: Delivery) -> Facts | Coroutine[Any, Any, Facts]:
        if not metered.is_new(delivery):
            return meter_again(classified, delivery)
        policy = policies.of(classified.judgement.policy_version, delivery.tries)
        answer = meter(classified, policy, meters, clock())
        return hold_back(classified, answer) if isinstance(answer, Refusal | Exhausted) else answer

    async def meter_again(classified: IntentClassified, delivery: Delivery) -> Facts:
        """It came before: what was said then stands in the log, unless it was told to wait."""
        if await metered_before(classified):
            return None
        policy = policies.of(classified.judgement.policy_version, delivery.tries)
        answer = meter(classified, policy, meters, clock())
        return await hold_back(classified, answer) if isinstance(answer, Refusal | Exhausted) else answer

    async def hold_back(classified: IntentClassified, refused: Refusal | Exhausted) -> Facts:
        now = clock()
        if not may_wait(classified, refused, now):
            return throttled(classified, refused, now)
        await log.publish_once(deferred(classified, refused, now))
        raise Wait(refused.retry_after_s)

    async def metered_before(classified: IntentClassified) -> bool:
        who = (classified.tenant, classified.agent, classified.intent)
        kinds = ("intent.admitted", "intent.cleared", "outcome")
        return bool(await log.newest([subjects.any_detail(kind, *who) for kind in kinds]))

    async def on_intent_edited(edited: IntentEdited, delivery: Delivery) -> Facts:
        """People agreed to another call than was metered before."""
        who = (edited.tenant, edited.agent, edited.intent)
        if await log.newest([subjects.any_detail(kind, *who) for kind in ("intent.cleared", "outcome")]):
            return None
        classified = as_classified(edited)
        answer = meter(classified, policies.of(edited.judgement.policy_version, delivery.tries), meters, clock())
        if isinstance(answer, Refusal | Exhausted):
            return throttled(classified, answer, clock())
        if not isinstance(answer, IntentCleared):
            raise AssertionError(f"what people agreed to proceeds; got {answer.kind}")
        return cleared_by_people(answer, edited)

    return {
        "intent.classified": Route(IntentClassified, on_intent_classified),
        "intent.edited": Route(IntentEdited, on_intent_edited),
    }


class Fold:
    """Rebuilds the meters from recorded admissions before the first intent is metered, and keeps them small."""

    def __init__(self, log: Log, meters: Meters, clock: Clock, window_s: float) -> None:
        self._log = log
        self._meters = meters
        self._clock = clock
        self._window_s = window_s

    async def start(self) -> None:
        """Read the admissions of the longest window of any limit."""
        since = self._clock().timestamp() - self._window_s
        async for stored in self._log.until_now(patterns=FOLDED, since=since):
            model = IntentCleared if stored.subject.startswith("gs.intent.cleared.") else IntentAdmitted
            self._meters.remember(model.model_validate_json(stored.payload).charges)
        self._forgetting = asyncio.create_task(self._forget(), name="forget full buckets")

    async def _forget(self) -> None:
        while True:
            self._meters.forget_before(self._clock().timestamp())
            await self._clock.sleep(FORGET_EVERY_S)

    async def stop(self) -> None:
        """Keep them as they are."""
        self._forgetting.cancel()
        await asyncio.gather(self._forgetting, return_exceptions=True)

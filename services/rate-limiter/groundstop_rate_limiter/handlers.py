"""Meter each classified intent once; what was metered before a crash is found in the log, not metered again."""

from collections.abc import Coroutine
from typing import Any

from groundstop import subjects
from groundstop.bus.consumer import Facts, Route
from groundstop.bus.dead_letter import ending
from groundstop.bus.message import Delivery, Wait
from groundstop.clock import Clock
from groundstop.events import IntentClassified, IntentCleared, IntentEdited
from groundstop.log import Log
from groundstop.policy_holder import PolicyFollower

from groundstop_rate_limiter.buckets import Refusal
from groundstop_rate_limiter.budgets import Exhausted
from groundstop_rate_limiter.domain import ACTOR, Meters, deferred, may_wait, meter, throttled
from groundstop_rate_limiter.edited import as_classified, cleared_by_people
from groundstop_rate_limiter.leader import MeteringLeader


def make_routes(
    log: Log, policies: PolicyFollower, meters: Meters, turn: MeteringLeader, clock: Clock
) -> dict[str, Route]:
    """What the rate-limiter does with each kind of fact."""

    def on_intent_classified(classified: IntentClassified, delivery: Delivery) -> Facts | Coroutine[Any, Any, Facts]:
        if not (turn.ready and turn.is_new(delivery, classified)):
            return meter_again(classified, delivery)
        policy = policies.of(classified.judgement.policy_version, delivery.tries)
        answer = meter(classified, policy, meters, clock())
        return hold_back(classified, answer) if isinstance(answer, Refusal | Exhausted) else answer

    async def meter_again(classified: IntentClassified, delivery: Delivery) -> Facts:
        """It came before: what was said then stands in the log, unless it was told to wait."""
        await turn.come()
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
        await turn.come()
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

    on_refused = ending(log, ACTOR, clock)
    return {
        "intent.classified": Route(IntentClassified, on_intent_classified, on_refused=on_refused),
        "intent.edited": Route(IntentEdited, on_intent_edited, on_refused=on_refused),
    }

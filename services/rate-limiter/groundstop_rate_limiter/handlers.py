"""Meter each classified intent once; what was metered before a crash is found in the log, not metered again."""

from groundstop import subjects
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.events import Fact, IntentAdmitted, IntentClassified, IntentCleared
from groundstop.log import Log
from groundstop.policy import Policy

from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.domain import meter
from groundstop_rate_limiter.metered import Metered

FOLDED = (subjects.pattern("intent.admitted"), subjects.pattern("intent.cleared"))


def make_routes(log: Log, policy: Policy, buckets: Buckets, metered: Metered, clock: Clock) -> dict[str, Route]:
    """What the rate-limiter does with each kind of fact."""

    async def metered_before(classified: IntentClassified) -> bool:
        who = (classified.tenant, classified.agent, classified.intent)
        kinds = ("intent.admitted", "intent.cleared", "outcome")
        return bool(await log.newest([subjects.any_detail(kind, *who) for kind in kinds]))

    async def meter_again(classified: IntentClassified) -> Fact | None:
        if await metered_before(classified):
            return None
        return meter(classified, policy, buckets, clock())

    def on_intent_classified(classified: IntentClassified, delivery: Delivery):  # type: ignore[no-untyped-def]
        if not metered.is_new(delivery):
            return meter_again(classified)
        return meter(classified, policy, buckets, clock())

    return {"intent.classified": Route(IntentClassified, on_intent_classified)}


class Fold:
    """Rebuilds the buckets from recorded admissions before the first intent is metered."""

    def __init__(self, log: Log, buckets: Buckets, clock: Clock, window_s: float) -> None:
        self._log = log
        self._buckets = buckets
        self._clock = clock
        self._window_s = window_s

    async def start(self) -> None:
        """Read the admissions of the longest window of any limit."""
        since = self._clock().timestamp() - self._window_s
        async for stored in self._log.until_now(patterns=FOLDED, since=since):
            model = IntentCleared if stored.subject.startswith("gs.intent.cleared.") else IntentAdmitted
            self._buckets.remember(model.model_validate_json(stored.payload).charges)
        self._buckets.forget_before(self._clock().timestamp())

    async def stop(self) -> None:
        """Nothing to end."""

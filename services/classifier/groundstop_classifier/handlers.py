"""Three moves each: decode, decide, publish. Decoding and publishing are the consumer's."""

from groundstop.bus.burying import ending
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery
from groundstop.catalogue import Catalogue
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import Fact, IntentClassified, IntentSubmitted, MessageDead, Outcome
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.policy import Policy, prepare
from groundstop.words import Reason, Status

from groundstop_classifier.domain import ACTOR, check_time, classify, refusal, same_submission, unreadable
from groundstop_classifier.tasks import Tasks


class Bench:
    """The judge that sits: replaced whole when a policy is published, so no intent is judged by two."""

    def __init__(self, policy: Policy, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.judge = prepare(policy, catalogue)

    def seat(self, policy: Policy) -> None:
        """Judge by ``policy`` from now on. A policy in shadow mode decides beside the one that is enforced."""
        self.judge = prepare(policy, self._catalogue, enforced=self.judge.policy)


def make_routes(
    log: Log, bench: Bench, catalogue: Catalogue, tasks: Tasks, clock: Clock, clock_skew_max_s: float
) -> dict[str, Route]:
    """What the classifier does with each kind of fact."""

    def on_intent_submitted(submitted: IntentSubmitted, _: Delivery) -> IntentClassified:
        now = clock()
        check_time(submitted, now, clock_skew_max_s)
        task = tasks.of(submitted.tenant, submitted.task)
        return classify(submitted, bench.judge, catalogue, now, history=task.history, provenance=task.provenance)

    def on_unreadable(delivery: Delivery, error: BadInput) -> IntentClassified:
        return unreadable(delivery.subject, delivery.seq, error, clock(), bench.judge.version)

    def on_intent_refused(classified: IntentClassified, _: Delivery) -> Outcome:
        return refusal(classified, clock())

    async def on_classified_before(second: Fact, delivery: Delivery) -> None:
        """An id used twice: harmless when it says the same, recorded when it does not."""
        assert isinstance(second, IntentClassified)
        first = await log.last_fact(IntentClassified, second.once())
        if first is None or same_submission(first, second):
            return
        await log.publish_once(
            MessageDead(
                id=derived_id(str(delivery.seq), "dead"),
                at=clock(),
                cause=first.id,
                actor=ACTOR,
                service=ACTOR,
                seq=delivery.seq,
                original_subject=delivery.subject,
                reason_code=Reason.DUPLICATE_ID,
                reason=f"intent {second.intent} was submitted before with other content; the first one stands",
                tries=delivery.tries,
            )
        )

    return {
        "intent.submitted": Route(IntentSubmitted, on_intent_submitted, on_unreadable, on_classified_before),
        "intent.classified": Route(
            IntentClassified, on_intent_refused, on_refused=ending(log, ACTOR, clock, Status.REFUSED)
        ),
    }

"""Three moves each: decode, decide, publish. Decoding and publishing are the consumer's."""

from collections.abc import Callable

from groundstop.bus.consumer import Route
from groundstop.bus.dead_letter import dead, ending
from groundstop.bus.delivery import DOOR
from groundstop.bus.message import Delivery
from groundstop.catalogue import Catalogue
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import Fact, IntentClassified, IntentSubmitted, MessageDead, Outcome
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.policy_holder import JudgeHolder
from groundstop.vocabulary import Reason, Status

from groundstop_classifier.admission import admitted, make_door
from groundstop_classifier.domain import ACTOR, check_time, classify, refusal, same_submission, unreadable
from groundstop_classifier.tasks import Tasks


def refuse(holder: JudgeHolder, clock: Clock) -> Callable[[Delivery, BadInput], IntentClassified]:
    """Makes the judgement of a message on an intent's subject that is not looked at any further."""

    def refused(delivery: Delivery, error: BadInput) -> IntentClassified:
        where = f"{'intake' if delivery.in_intake else 'log'}:{delivery.seq}"
        return unreadable(delivery.subject, where, error, clock(), holder.judge.version)

    return refused


def make_routes(
    log: Log, holder: JudgeHolder, catalogue: Catalogue, tasks: Tasks, clock: Clock, clock_skew_max_s: float
) -> tuple[dict[str, Route], dict[str, Route]]:
    """What the classifier does with each kind of fact in the log, and with what is said in the intake."""
    on_unreadable = refuse(holder, clock)

    def on_intent_submitted(submitted: IntentSubmitted, _: Delivery) -> IntentClassified:
        """Of an earlier version, whose agents wrote into the log themselves."""
        now = clock()
        check_time(submitted, now, clock_skew_max_s)
        task = tasks.of(submitted.tenant, submitted.task)
        return classify(submitted, holder.judge, catalogue, now, history=task.history, provenance=task.provenance)

    def on_submission_said(said: IntentSubmitted, delivery: Delivery) -> tuple[IntentSubmitted, IntentClassified]:
        """The submission and its judgement in one go. What can be read is in the log, whatever is thought of it."""
        submitted = admitted(said, delivery)
        try:
            return submitted, on_intent_submitted(submitted, delivery)
        except BadInput as error:
            return submitted, on_unreadable(delivery, error)

    def on_unreadable_said(delivery: Delivery, error: BadInput) -> tuple[Fact, ...]:
        """Refused, and kept as it came: nothing else holds it."""
        return on_unreadable(delivery, error), dead(delivery, DOOR.name, error, delivery.tries, clock())

    def on_intent_refused(classified: IntentClassified, _: Delivery) -> Outcome:
        return refusal(classified, clock())

    async def on_classified_before(second: Fact, delivery: Delivery) -> None:
        """An id used twice: harmless when it says the same, recorded when it does not."""
        if not isinstance(second, IntentClassified):
            return  # only its submission was there before: a process ended between the two
        first = await log.last_fact(IntentClassified, second.once())
        if first is None or same_submission(first, second):
            return
        await log.publish_once(
            MessageDead(
                id=derived_id(f"{DOOR.name if delivery.in_intake else 'log'}:{delivery.seq}", "dead"),
                at=clock(),
                cause=first.id,
                actor=ACTOR,
                service=DOOR.name if delivery.in_intake else ACTOR,
                seq=delivery.seq,
                original_subject=delivery.subject,
                reason_code=Reason.DUPLICATE_ID,
                reason=f"intent {second.intent} was submitted before with other content; the first one stands",
                tries=delivery.tries,
            )
        )

    said = Route(IntentSubmitted, on_submission_said, on_unreadable_said, on_classified_before)
    in_log = {
        "intent.submitted": Route(IntentSubmitted, on_intent_submitted, on_unreadable, on_classified_before),
        "intent.classified": Route(
            IntentClassified, on_intent_refused, on_refused=ending(log, ACTOR, clock, Status.REFUSED)
        ),
    }
    return in_log, {"intent.submitted": said, **make_door(tasks)}

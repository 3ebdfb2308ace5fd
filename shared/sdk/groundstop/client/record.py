"""What is said about an intent from outside of its life: a thumb, a cost."""

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import CostRecorded, Feedback, IntentSubmitted
from groundstop.events.record import TOOL_ENTRY
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.log import Log
from groundstop.log.intake import Intake
from groundstop.vocabulary import Reason

RATINGS = {"up": 1, "down": -1}


async def submission(log: Log, intent: str) -> IntentSubmitted:
    """What was proposed as ``intent``, of whichever agent. Raises BadInput for an intent that the log does not hold."""
    pattern = subjects.pattern("intent.submitted", intent=subjects.token(intent, "intent"))
    found = await log.last_fact(IntentSubmitted, pattern)
    if found is None:
        raise BadInput(Reason.INVALID_FIELDS, f"there is no intent {intent!r}")
    return found


def _about(submitted: IntentSubmitted, actor: str) -> dict[str, str]:
    return {
        "cause": submitted.id,
        "trace": submitted.trace or trace_of(submitted.intent),
        "actor": actor,
        "tenant": submitted.tenant,
        "agent": submitted.agent,
        "intent": submitted.intent,
        "task": submitted.task,
    }


async def feedback(
    intake: Intake, clock: Clock, actor: str, submitted: IntentSubmitted, rating: str, comment: str
) -> bool:
    """Record one user's thumb, ``up`` or ``down``. False when this user has said so before: the first one stands.

    Raises BadInput for another rating.
    """
    if rating not in RATINGS:
        raise BadInput(Reason.INVALID_FIELDS, f"rating {rating!r} is neither 'up' nor 'down'")
    fact = Feedback(
        id=derived_id(submitted.seed, f"feedback:{actor}"), at=clock(), user=actor, rating=RATINGS[rating],
        comment=comment, **_about(submitted, actor),
    )  # fmt: skip
    return await intake.say(fact)


async def record_cost(
    intake: Intake,
    clock: Clock,
    actor: str,
    submitted: IntentSubmitted,
    *,
    entry: str | None,
    source: str,
    cost: float,
    tokens_in: int,
    tokens_out: int,
    human_s: float,
) -> bool:
    """Record what something cost; see Client.record_cost."""
    token = subjects.token(entry or new_id(), "entry")
    if token == TOOL_ENTRY:
        raise BadInput(Reason.INVALID_FIELDS, f"entry {TOOL_ENTRY!r} is the executors' own: take another name")
    fact = CostRecorded(
        id=derived_id(submitted.seed, f"cost:{token}"), at=clock(), entry=token, source=source,
        cost_micros=round(cost * 1e6), tokens_in=tokens_in, tokens_out=tokens_out, human_s=human_s,
        **_about(submitted, actor),
    )  # fmt: skip
    return await intake.say(fact)

"""What the classifier says about one submission. Pure."""

from collections.abc import Callable
from datetime import datetime

from groundstop import subjects
from groundstop.catalogue import Catalogue
from groundstop.digest import digest
from groundstop.errors import BadInput
from groundstop.events import Call, IntentClassified, IntentSubmitted, Judgement, Outcome
from groundstop.ids import derived_id, trace_of
from groundstop.policy import EMPTY, Judge, TaskHistory
from groundstop.screening.provenance import Provenance
from groundstop.vocabulary import Band, Reason, Risk, Route, Status

from groundstop_classifier.screens import brought_in, seen_in_arguments, seen_in_words

ACTOR = "classifier"


def check_time(submitted: IntentSubmitted, now: datetime, clock_skew_max_s: float) -> None:
    """Raises BadInput for a submission from the future."""
    ahead = (submitted.at - now).total_seconds()
    if ahead > clock_skew_max_s:
        raise BadInput(
            Reason.CLOCK_IN_FUTURE, f"submitted {ahead:.0f} s in the future, at most {clock_skew_max_s:g} s are allowed"
        )


def classify(
    submitted: IntentSubmitted,
    judge: Judge,
    catalogue: Catalogue,
    now: datetime,
    *,
    history: TaskHistory = EMPTY,
    provenance: Callable[[], Provenance] = Provenance,
) -> IntentClassified:
    """The judgement of one submission, given what its task has done and heard. Raises BadInput without canonical form.

    Screening the agent's own words and tracing arguments to the texts that brought them in cost time; both are done
    for what could do harm.
    """
    proposal = submitted.proposal()
    tool = catalogue.get(proposal.tool)
    call = Call(
        tool=proposal.tool,
        tool_version=proposal.tool_version,
        arguments=proposal.arguments,
        digest=digest(proposal.tenant, proposal.agent, proposal.tool, proposal.tool_version, proposal.arguments),
        action_type=tool.action_type if tool is not None else "unknown",
    )
    judgement = judge.decide(proposal, history, now=now)
    seen = seen_in_arguments(proposal)
    if judgement.risk is not Risk.SAFE:
        seen += seen_in_words(proposal) + brought_in(proposal, provenance())
    if seen:
        judgement = judge.decide(proposal, history, now=now, findings=seen)
    return IntentClassified.caused_by(submitted, now, ACTOR, proposal=proposal, call=call, judgement=judgement)


def unreadable(subject: str, where: str, error: BadInput, now: datetime, policy_version: str) -> IntentClassified:
    """The refusal of something on an intent's subject that is no intent; ``where`` names the message.

    Raises BadInput when the subject is none.
    """
    address = subjects.parse(subject)
    cause = derived_id(where, "unreadable")
    return IntentClassified(
        id=derived_id(cause, "intent.classified"),
        at=now,
        cause=cause,
        trace=trace_of(address.intent),
        actor=ACTOR,
        tenant=address.tenant,
        agent=address.agent,
        intent=address.intent,
        task=address.intent,
        proposal=None,
        call=None,
        judgement=Judgement(
            risk=Risk.DANGEROUS,
            band=Band.VERY_LOW,
            route=Route.REFUSE,
            reasons=(str(error),),
            reason_code=error.reason,
            policy_version=policy_version,
        ),
        reason=str(error),
    )


def refusal(classified: IntentClassified, now: datetime) -> Outcome:
    """The end of an intent that was refused."""
    judgement, call = classified.judgement, classified.call
    return Outcome.caused_by(
        classified,
        now,
        ACTOR,
        status=Status.THROTTLED if judgement.reason_code is Reason.RATE_LIMITED else Status.REFUSED,
        reason_code=judgement.reason_code,
        reason="; ".join(judgement.reasons)[:2000],
        tool=call.tool if call is not None else "",
        action_type=call.action_type if call is not None else "",
        risk=judgement.risk,
        policy_version=judgement.policy_version,
        duration_ms=0.0,
    )


def same_submission(first: IntentClassified, second: IntentClassified) -> bool:
    """True when a second submission under one id says the same thing as the first."""
    if first.call is None or second.call is None:
        return first.call is second.call
    return first.call.digest == second.call.digest

"""What the rate-limiter says about one classified intent. Pure but for the buckets it is handed."""

from datetime import datetime, timedelta

from groundstop.events import Charge, IntentAdmitted, IntentClassified, IntentCleared, Outcome
from groundstop.policy import Limit, Policy
from groundstop.policy.basics import CallSubject
from groundstop.words import Reason, Route, Status

from groundstop_rate_limiter.buckets import Buckets, Refusal

ACTOR = "rate-limiter"


def buckets_of(classified: IntentClassified, policy: Policy) -> list[tuple[Limit, str]]:
    """The buckets one intent draws from, each named by its limit and the values that the limit is kept per."""
    proposal, call = classified.proposal, classified.call
    assert proposal is not None and call is not None, "only readable intents are metered"
    risk = classified.judgement.risk
    values = {
        "tenant": proposal.tenant,
        "agent": proposal.agent,
        "task": proposal.task,
        "user": proposal.user,
        "tool": call.tool,
        "action_type": call.action_type,
        "risk": risk.value,
    }
    subject = CallSubject(
        tenant=proposal.tenant, agent=proposal.agent, tool=call.tool, action_type=call.action_type, risk=risk
    )
    return [
        (limit, "|".join((limit.name, *(values[name] for name in limit.per)))) for limit in policy.limits_for(subject)
    ]


def meter(
    classified: IntentClassified, policy: Policy, buckets: Buckets, now: datetime
) -> IntentCleared | IntentAdmitted | Outcome:
    """Charge the buckets and let the intent on, or end it as throttled with the time to come back."""
    answer = buckets.charge(buckets_of(classified, policy), now.timestamp())
    if isinstance(answer, Refusal):
        return throttled(classified, answer, now)
    if classified.judgement.route is Route.PROCEED:
        return cleared(classified, policy, answer, now)
    return IntentAdmitted.caused_by(
        classified,
        now,
        ACTOR,
        proposal=classified.proposal,
        call=classified.call,
        judgement=classified.judgement,
        charges=answer,
    )


def cleared(classified: IntentClassified, policy: Policy, charges: tuple[Charge, ...], now: datetime) -> IntentCleared:
    """The clearance that the policy gives by itself."""
    proposal = classified.proposal
    assert proposal is not None, "only readable intents are cleared"
    return IntentCleared.caused_by(
        classified,
        now,
        ACTOR,
        call=classified.call,
        risk=classified.judgement.risk,
        user=proposal.user,
        policy_version=classified.judgement.policy_version,
        expires_at=now + timedelta(seconds=policy.clearance_ttl_s),
        deadline=proposal.deadline,
        charges=charges,
    )


def throttled(classified: IntentClassified, refusal: Refusal, now: datetime) -> Outcome:
    """The end of an intent that came too soon."""
    call, limit = classified.call, refusal.limit
    assert call is not None, "only readable intents are metered"
    return Outcome.caused_by(
        classified,
        now,
        ACTOR,
        status=Status.THROTTLED,
        reason_code=Reason.RATE_LIMITED,
        reason=(
            f"limit {limit.name!r} allows {limit.count:g} in {limit.period_s:g} s (burst {limit.burst}) "
            f"per {', '.join(limit.per)}; {refusal.bucket!r} is empty"
        ),
        retry_after_s=round(refusal.retry_after_s, 3),
        tool=call.tool,
        action_type=call.action_type,
        risk=classified.judgement.risk,
        policy_version=classified.judgement.policy_version,
    )

"""What the rate-limiter says about one classified intent. Pure but for the meters it is handed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from groundstop.events import (
    Call,
    Charge,
    CostRecorded,
    IntentAdmitted,
    IntentClassified,
    IntentCleared,
    IntentDeferred,
    Outcome,
)
from groundstop.intent import Intent
from groundstop.policy import Budget, Limit, Policy
from groundstop.policy.basics import CallSubject
from groundstop.policy.metering import OnLimit
from groundstop.vocabulary import Ceiling, Reason, Route, Status

from groundstop_rate_limiter.buckets import Buckets, Refusal
from groundstop_rate_limiter.budgets import Budgets, Draw, Exhausted

ACTOR = "rate-limiter"


@dataclass(frozen=True, slots=True)
class Meters:
    """Everything that is counted."""

    buckets: Buckets
    budgets: Budgets

    def remember(self, charges: Sequence[Charge]) -> None:
        """Fold one recorded admission in."""
        self.buckets.remember(charges)
        self.budgets.remember(charges)

    def forget_before(self, now: float) -> None:
        """Drop what no longer limits anything."""
        self.buckets.forget_before(now)
        self.budgets.forget_before(now)


def window_s(policy: Policy) -> float:
    """How far back admissions still count for any limit or budget."""
    limits = (limit.period_s * limit.burst / limit.count + limit.period_s for limit in policy.limits)
    return max((*limits, *(budget.window_s for budget in policy.budgets)), default=0.0)


def read(classified: IntentClassified) -> tuple[Intent, Call]:
    """Proposal and call. Only readable intents reach the meters: the others were refused."""
    if classified.proposal is None or classified.call is None:
        raise AssertionError(f"intent {classified.intent} was classified {classified.judgement.route} without a call")
    return classified.proposal, classified.call


def meter(
    classified: IntentClassified, policy: Policy, meters: Meters, now: datetime
) -> IntentCleared | IntentAdmitted | Refusal | Exhausted:
    """Charge every bucket and budget and let the intent on, or say which has no room, charging none."""
    proposal, call = read(classified)
    values = _values(proposal, call, classified)
    about = _about(proposal, call, classified)
    at = now.timestamp()
    draws = [
        Draw(budget, _owner(budget.per, values), budget.charge(call.arguments)) for budget in policy.budgets_for(about)
    ]
    wanted = [(limit, f"{limit.name}|{_owner(limit.per, values)}") for limit in policy.limits_for(about)]
    refused = meters.buckets.refusal(wanted, at)
    if refused is not None:
        return refused
    drawn = meters.budgets.charge(draws, at)
    if isinstance(drawn, Exhausted):
        return drawn
    charges = meters.buckets.charge(wanted, at) + drawn
    if classified.judgement.route is Route.PROCEED:
        return _cleared(classified, policy, charges, now)
    return IntentAdmitted.caused_by(
        classified, now, ACTOR, proposal=proposal, call=call, judgement=classified.judgement, charges=charges
    )


def spent(cost: CostRecorded, classified: IntentClassified, policy: Policy) -> list[Draw]:
    """What a reported cost draws, on every budget that its call is under."""
    if classified.proposal is None or classified.call is None:
        return []
    values = _values(classified.proposal, classified.call, classified)
    tokens = cost.tokens_in + cost.tokens_out
    return [
        Draw(budget, _owner(budget.per, values), amount)
        for budget in policy.budgets_for(_about(classified.proposal, classified.call, classified))
        if (amount := budget.reported(cost.cost_micros, tokens)) > 0
    ]


def _about(proposal: Intent, call: Call, classified: IntentClassified) -> CallSubject:
    return CallSubject(proposal.tenant, proposal.agent, call.tool, call.action_type, classified.judgement.risk)


def _values(proposal: Intent, call: Call, classified: IntentClassified) -> Mapping[str, str]:
    return {
        "tenant": proposal.tenant,
        "agent": proposal.agent,
        "task": proposal.task,
        "user": proposal.user,
        "tool": call.tool,
        "action_type": call.action_type,
        "risk": classified.judgement.risk.value,
    }


def _owner(per: Sequence[str], values: Mapping[str, str]) -> str:
    """The values that a limit is kept per, in its order; a bar inside a value cannot make two owners one."""
    return "|".join([values[name].replace("%", "%25").replace("|", "%7C") for name in per])


def _cleared(classified: IntentClassified, policy: Policy, charges: tuple[Charge, ...], now: datetime) -> IntentCleared:
    """The clearance that the policy gives by itself."""
    proposal, call = read(classified)
    return IntentCleared.caused_by(
        classified,
        now,
        ACTOR,
        call=call,
        risk=classified.judgement.risk,
        user=proposal.user,
        policy_version=classified.judgement.policy_version,
        expires_at=now + timedelta(seconds=policy.clearance_ttl_s),
        deadline=proposal.deadline,
        charges=charges,
        warning=_warning(classified),
    )


def _warning(classified: IntentClassified) -> str:
    """What a confused agent hears with its outcome, so that it can find its way by itself before people are asked."""
    judgement = classified.judgement
    if not judgement.answer:
        return ""
    seen = next((finding.detail for finding in judgement.findings if finding.kind == "confused"), "")
    advice = " Read the summary of the task before going on." if judgement.answer == "context_reset" else ""
    return f"This task seems to go in circles ({seen.partition(':')[0].replace('_', ' ')}).{advice}"


def may_wait(classified: IntentClassified, refused: Refusal | Exhausted, now: datetime) -> bool:
    """Whether the limit lets a call wait, and the wait would end within its bound."""
    if refused.limit.on_limit is not OnLimit.WAIT:
        return False
    waited_s = (now - classified.at).total_seconds()
    return waited_s + refused.retry_after_s <= refused.limit.wait_max_s


def deferred(classified: IntentClassified, refused: Refusal | Exhausted, now: datetime) -> IntentDeferred:
    """The fact that an intent waits for its turn."""
    until = now + timedelta(seconds=refused.retry_after_s)
    return IntentDeferred.caused_by(classified, now, ACTOR, until=until, bucket=refused.bucket)


def throttled(classified: IntentClassified, refused: Refusal | Exhausted, now: datetime) -> Outcome:
    """The end of an intent that came too soon."""
    _, call = read(classified)
    return Outcome.caused_by(
        classified,
        now,
        ACTOR,
        status=Status.THROTTLED,
        reason_code=Reason.RATE_LIMITED,
        reason=f"{_rule(refused.limit)} per {', '.join(refused.limit.per)}; {refused.bucket!r} has no room",
        retry_after_s=round(refused.retry_after_s, 3),
        tool=call.tool,
        action_type=call.action_type,
        risk=classified.judgement.risk,
        policy_version=classified.judgement.policy_version,
        over=Ceiling.BUDGET if isinstance(refused, Exhausted) else Ceiling.LIMIT,
    )


def _rule(limit: Limit | Budget) -> str:
    if isinstance(limit, Budget):
        return f"budget {limit.name!r} allows {limit.amount:g} ({limit.unit}) in {limit.window_s:g} s"
    return f"limit {limit.name!r} allows {limit.count:g} in {limit.period_s:g} s (burst {limit.burst})"

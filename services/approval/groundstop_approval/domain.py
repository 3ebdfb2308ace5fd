"""Cases as values: what is asked, what a decision of each kind may be, and what follows from it. Pure."""

from datetime import datetime, timedelta
from typing import Any

from groundstop.errors import RequestFailed
from groundstop.events import (
    CaseDecided,
    CaseDue,
    CaseOpened,
    CaseTimer,
    IntentAdmitted,
    IntentClassified,
    IntentCleared,
    Outcome,
)
from groundstop.ids import derived_id
from groundstop.policy import Policy
from groundstop.words import CaseKind, Reason, Route, Status, Verdict

ACTOR = "approval"

KIND_OF_ROUTE = {
    Route.CONFIRM: CaseKind.CONFIRMATION,
    Route.APPROVE: CaseKind.APPROVAL,
    Route.CLARIFY: CaseKind.CLARIFICATION,
    Route.ESCALATE: CaseKind.APPROVAL,
}

VERDICTS = {
    CaseKind.APPROVAL: (Verdict.APPROVED, Verdict.DENIED),
    CaseKind.CONFIRMATION: (Verdict.APPROVED, Verdict.DENIED),
    CaseKind.CLARIFICATION: (Verdict.ANSWERED, Verdict.DENIED),
}

END_OF_VERDICT = {
    Verdict.DENIED: (Status.DENIED, Reason.DENIED),
    Verdict.EXPIRED: (Status.EXPIRED, Reason.CASE_EXPIRED),
    Verdict.ANSWERED: (Status.NEEDS_CLARIFICATION, Reason.NEEDS_CLARIFICATION),
}


def open_case(cause: IntentAdmitted | IntentClassified, policy: Policy) -> CaseOpened:
    """The case that an admitted or a classified intent needs. Its expiry counts from the cause, so it is always the same."""
    assert cause.proposal is not None and cause.call is not None, "only readable intents become cases"
    kind = KIND_OF_ROUTE[cause.judgement.route]
    return CaseOpened.caused_by(
        cause,
        cause.at,
        ACTOR,
        case_kind=kind,
        question=question(kind, cause),
        call=cause.call,
        judgement=cause.judgement,
        proposal=cause.proposal,
        expires_at=cause.at + timedelta(seconds=policy.expiry_s(kind, cause.judgement.risk)),
    )


def question(kind: CaseKind, cause: IntentAdmitted | IntentClassified) -> str:
    """What is asked, in one sentence."""
    proposal = cause.proposal
    assert proposal is not None
    if kind is CaseKind.CLARIFICATION:
        return f"{proposal.agent} is not sure about {proposal.tool}: what did you mean?"
    if kind is CaseKind.CONFIRMATION:
        assumed = "; ".join(proposal.assumptions) or "nothing it stated"
        return f"{proposal.agent} wants to run {proposal.tool}, assuming {assumed}. Is that right?"
    return f"May {proposal.agent} run {proposal.tool}?"


def timer_of(opened: CaseOpened) -> CaseTimer:
    """The timer that ends the case when nobody decides."""
    return CaseTimer.caused_by(opened, opened.at, ACTOR, case_kind=opened.case_kind)


def decision(opened: CaseOpened, verdict: Verdict, by: str, note: str, at: datetime, answer: Any = None) -> CaseDecided:
    """One decision of a case. Raises RequestFailed for a verdict that its kind does not know."""
    allowed = VERDICTS.get(opened.case_kind, ())
    if verdict is not Verdict.EXPIRED and verdict not in allowed:
        options = ", ".join(allowed)
        raise RequestFailed("wrong_verdict", f"a {opened.case_kind} can be {options}, not {verdict}")
    _, reason = END_OF_VERDICT.get(verdict, (None, Reason.APPROVED))
    return CaseDecided(
        **_carried(opened),
        id=derived_id(opened.id, f"case.decided:{by}:{verdict}:{at.isoformat()}"),
        at=at,
        cause=opened.id,
        actor=by,
        case_kind=opened.case_kind,
        verdict=verdict,
        by=by,
        note=note,
        answer=answer,
        reason_code=reason,
        call=opened.call,
        risk=opened.judgement.risk,
        user=opened.proposal.user,
        policy_version=opened.judgement.policy_version,
        deadline=opened.proposal.deadline,
    )


def _carried(opened: CaseOpened) -> dict[str, str]:
    return {name: getattr(opened, name) for name in ("tenant", "agent", "intent", "task", "trace")}


def expiry(due: CaseDue, opened: CaseOpened) -> CaseDecided:
    """Silence is a no."""
    hours = (opened.expires_at - opened.at).total_seconds() / 3600
    return decision(opened, Verdict.EXPIRED, ACTOR, f"nobody decided in {hours:.3g} h", opened.expires_at)


def consequence(decided: CaseDecided, policy: Policy) -> IntentCleared | Outcome:
    """What a decision brings about: a clearance for exactly the call that was shown, or the end of the intent."""
    if decided.verdict is Verdict.APPROVED:
        return IntentCleared.caused_by(
            decided,
            decided.at,
            ACTOR,
            call=decided.call,
            risk=decided.risk,
            user=decided.user,
            policy_version=decided.policy_version,
            expires_at=decided.at + timedelta(seconds=policy.clearance_ttl_s),
            deadline=decided.deadline,
            by=decided.by,
        )
    status, reason = END_OF_VERDICT[decided.verdict]
    said = f": {decided.note}" if decided.note else ""
    return Outcome.caused_by(
        decided,
        decided.at,
        ACTOR,
        status=status,
        reason_code=reason,
        reason=f"{decided.case_kind} {decided.verdict} by {decided.by}{said}",
        result=decided.answer,
        tool=decided.call.tool,
        action_type=decided.call.action_type,
        risk=decided.risk,
        policy_version=decided.policy_version,
    )

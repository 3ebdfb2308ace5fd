"""Cases as values: what is asked when, and what follows from a decision. Pure."""

from datetime import datetime, timedelta

from groundstop.digest import digest
from groundstop.errors import BadInput
from groundstop.events import (
    Call,
    CaseDecided,
    CaseEdited,
    CaseOpened,
    CaseTimer,
    ExecutionExhausted,
    IntentAdmitted,
    IntentClassified,
    IntentCleared,
    IntentEdited,
    IntentFact,
    Judgement,
    Need,
    Outcome,
    TaskHandoff,
)
from groundstop.intent import Intent
from groundstop.policy import Judge, Policy, Requirement
from groundstop.policy.basics import CallSubject
from groundstop.vocabulary import Band, CaseKind, Reason, Risk, Route, Status, Verdict

from groundstop_approval.domain.state import CaseState
from groundstop_approval.domain.transitions import decision

ACTOR = "approval"
HANDOFF_TOOL = "handoff"

KIND_OF_ROUTE = {
    Route.CONFIRM: CaseKind.CONFIRMATION,
    Route.APPROVE: CaseKind.APPROVAL,
    Route.CLARIFY: CaseKind.CLARIFICATION,
    Route.ESCALATE: CaseKind.APPROVAL,
}

Ending = tuple[Status, Reason]
_ENDINGS: dict[Verdict, Ending] = {
    Verdict.DENIED: (Status.DENIED, Reason.DENIED),
    Verdict.EXPIRED: (Status.EXPIRED, Reason.CASE_EXPIRED),
    Verdict.WITHDRAWN: (Status.CANCELLED, Reason.WITHDRAWN),
    Verdict.ANSWERED: (Status.COMPLETED_MANUALLY, Reason.ANSWERED),
    Verdict.GIVEN_BACK: (Status.COMPLETED_MANUALLY, Reason.GIVEN_BACK),
    Verdict.TAKEN_OVER: (Status.COMPLETED_MANUALLY, Reason.TAKEN_OVER),
}
_OF_KIND: dict[CaseKind, dict[Verdict, Ending]] = {
    CaseKind.CLARIFICATION: {Verdict.ANSWERED: (Status.NEEDS_CLARIFICATION, Reason.NEEDS_CLARIFICATION)},
    CaseKind.MANUAL: {
        Verdict.ANSWERED: (Status.COMPLETED_MANUALLY, Reason.DONE_BY_HAND),
        Verdict.DENIED: (Status.FAILED, Reason.ATTEMPTS_EXHAUSTED),
        Verdict.EXPIRED: (Status.FAILED, Reason.ATTEMPTS_EXHAUSTED),
    },
}
ENDINGS = {kind: _ENDINGS | _OF_KIND.get(kind, {}) for kind in CaseKind}
"""How an intent ends by kind of case and verdict; ``approved`` does not end it."""


def need_of(proposal: Intent, call: Call, judgement: Judgement, policy: Policy, judge: Judge, at: object) -> Need:
    """Who has to agree: what the policy asks for this call, and what its rules ask for these arguments, together."""
    subject = CallSubject(proposal.tenant, proposal.agent, call.tool, call.action_type, judgement.risk)
    asked = judge.decision(proposal, now=at).need  # type: ignore[arg-type]  # the time of the cause: always the same
    both = Requirement.all_of((policy.approval_for(subject), asked))
    return Need(people=both.people, groups=both.groups)


def open_case(cause: IntentAdmitted | IntentClassified, policy: Policy, need: Need) -> CaseOpened:
    """The case of an admitted or a classified intent. Its expiry counts from the cause, so it is always the same."""
    assert cause.proposal is not None and cause.call is not None, "only readable intents become cases"
    kind = KIND_OF_ROUTE[cause.judgement.route]
    asked = need if kind in (CaseKind.APPROVAL, CaseKind.CONFIRMATION) else Need()
    return _opened(
        cause, kind, cause.proposal, cause.call, cause.judgement, policy, question_of(kind, cause.proposal), asked
    )


def _opened(
    cause: IntentFact,
    kind: CaseKind,
    proposal: Intent,
    call: Call,
    judgement: Judgement,
    policy: Policy,
    question: str,
    need: Need,
) -> CaseOpened:
    return CaseOpened.caused_by(
        cause,
        cause.at,
        ACTOR,
        case_kind=kind,
        question=question,
        call=call,
        judgement=judgement,
        proposal=proposal,
        need=need,
        expires_at=cause.at + timedelta(seconds=policy.expiry_s(kind, judgement.risk)),
    )


def question_of(kind: CaseKind, proposal: Intent) -> str:
    """What is asked, in one sentence."""
    if kind is CaseKind.CLARIFICATION:
        return f"{proposal.agent} is not sure about {proposal.tool}: what did you mean?"
    if kind is CaseKind.CONFIRMATION:
        assumed = "; ".join(proposal.assumptions) or "nothing it stated"
        return f"{proposal.agent} wants to run {proposal.tool}, assuming {assumed}. Is that right?"
    return f"May {proposal.agent} run {proposal.tool}?"


def open_reconciliation(unknown: Outcome, classified: IntentClassified, policy: Policy) -> CaseOpened | None:
    """The question that an unknown outcome leaves; None for an intent that was never readable."""
    if classified.call is None or classified.proposal is None:
        return None
    question = f"Did {unknown.tool} happen? {unknown.reason}"[:2000]
    return _opened(
        unknown,
        CaseKind.RECONCILIATION,
        classified.proposal,
        classified.call,
        classified.judgement,
        policy,
        question,
        Need(),
    )


def open_manual(exhausted: ExecutionExhausted, classified: IntentClassified, policy: Policy) -> CaseOpened | None:
    """The request to do by hand what could not be done; None for an intent that was never readable."""
    if classified.proposal is None:
        return None
    question = f"{exhausted.call.tool} failed {exhausted.attempts} times: {exhausted.error}. Do it by hand, or drop it?"
    return _opened(
        exhausted,
        CaseKind.MANUAL,
        classified.proposal,
        exhausted.call,
        classified.judgement,
        policy,
        question[:2000],
        Need(),
    )


def open_handoff(asked: TaskHandoff, policy: Policy) -> CaseOpened:
    """The case of a hand-off. It has no call of a tool; what was asked for stands in its place."""
    arguments = {"task": asked.task, "reason": asked.reason}
    proposal = Intent(
        tenant=asked.tenant,
        agent=asked.agent,
        intent=asked.intent,
        task=asked.task,
        tool=HANDOFF_TOOL,
        arguments=arguments,
        reasoning=asked.reason,
        user=asked.user,
    )
    call = Call(
        tool=HANDOFF_TOOL,
        tool_version="1",
        arguments=arguments,
        digest=digest(asked.tenant, asked.agent, HANDOFF_TOOL, "1", arguments),
        action_type=HANDOFF_TOOL,
    )
    judgement = Judgement(risk=Risk.SAFE, band=Band.HIGH, route=Route.ESCALATE, reasons=("A person was asked for.",))
    question = f"{asked.by} asks for a person in task {asked.task}: {asked.reason}"[:2000]
    return _opened(asked, CaseKind.HANDOFF, proposal, call, judgement, policy, question, Need())


def timer_of(opened: CaseOpened) -> CaseTimer:
    """The timer that ends the case when nobody decides."""
    return CaseTimer.caused_by(opened, opened.at, ACTOR, case_kind=opened.case_kind)


def expiry(state: CaseState) -> CaseDecided:
    """Silence is a no."""
    opened = state.opened
    hours = (opened.expires_at - opened.at).total_seconds() / 3600
    return decision(state, Verdict.EXPIRED, ACTOR, f"nobody decided in {hours:.3g} h", opened.expires_at)


def consequence(decided: CaseDecided, policy: Policy) -> IntentCleared | Outcome | None:
    """What a decision brings about: a clearance for exactly the call that was decided upon, or the end of the intent.

    None: nothing follows (drills, and reconciliations, which come after the end).
    """
    if decided.drill or decided.case_kind is CaseKind.RECONCILIATION:
        return None
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
            by=", ".join(decided.approvers) or decided.by,
        )
    status, reason = ENDINGS[decided.case_kind][decided.verdict]
    said = f": {decided.note}" if decided.note else ""
    return Outcome.caused_by(
        decided,
        decided.at,
        ACTOR,
        status=status,
        reason_code=reason,
        reason=f"{decided.case_kind} {decided.verdict.replace('_', ' ')} by {decided.by}{said}",
        result=decided.answer,
        tool=decided.call.tool,
        action_type=decided.call.action_type,
        risk=decided.risk,
        policy_version=decided.policy_version,
    )


def not_decided(decided: CaseDecided, at: datetime, error: BadInput) -> Outcome:
    """The end of an intent whose decision was not made here: nobody can decide it any more."""
    return Outcome.caused_by(
        decided,
        at,
        ACTOR,
        status=Status.FAILED,
        reason_code=error.reason,
        reason=str(error),
        tool=decided.call.tool,
        action_type=decided.call.action_type,
        risk=decided.risk,
        policy_version=decided.policy_version,
    )


def edited_intent(decided: CaseDecided, opened: CaseOpened, edit: CaseEdited) -> IntentEdited:
    """What goes back to be metered when people said yes to an edited call."""
    proposal = opened.proposal.model_copy(update={"arguments": decided.call.arguments})
    return IntentEdited.caused_by(
        decided,
        decided.at,
        ACTOR,
        proposal=proposal,
        call=decided.call,
        judgement=edit.judgement,
        asked_digest=opened.call.digest,
        approvers=decided.approvers,
    )


def was_edited(decided: CaseDecided) -> bool:
    """Whether people said yes to another call than was proposed."""
    return (
        decided.verdict is Verdict.APPROVED
        and bool(decided.asked_digest)
        and decided.asked_digest != decided.call.digest
    )


def call_with(call: Call, tenant: str, agent: str, arguments: dict[str, object]) -> Call:
    """The same tool with other arguments, under a digest of its own. Raises BadInput for what JSON cannot carry."""
    fresh = digest(tenant, agent, call.tool, call.tool_version, arguments)
    return call.model_copy(update={"arguments": arguments, "digest": fresh})

"""Who may do what with a case. Pure; every refusal has a code, a sentence and what the asker needs to go on."""

from datetime import datetime

from groundstop.callers import AGENT_ROLE
from groundstop.errors import RequestFailed
from groundstop.vocabulary import CaseKind, ErrorCode, Verdict

from groundstop_approval.domain.people import Directory, Person
from groundstop_approval.domain.state import CaseState

VERDICTS: dict[CaseKind, tuple[Verdict, ...]] = {
    CaseKind.APPROVAL: (Verdict.APPROVED, Verdict.DENIED, Verdict.ANSWERED),
    CaseKind.CONFIRMATION: (Verdict.APPROVED, Verdict.DENIED, Verdict.ANSWERED),
    CaseKind.CLARIFICATION: (Verdict.ANSWERED, Verdict.DENIED),
    CaseKind.HANDOFF: (Verdict.GIVEN_BACK, Verdict.TAKEN_OVER),
    CaseKind.MANUAL: (Verdict.ANSWERED, Verdict.DENIED),
    CaseKind.RECONCILIATION: (Verdict.HAPPENED, Verdict.DID_NOT_HAPPEN, Verdict.CANNOT_TELL),
}
FOR_THE_USER = (CaseKind.CONFIRMATION, CaseKind.CLARIFICATION)
"""Asked of the end user: the one on whose behalf the agent acts may answer, whatever their role."""
EDITABLE = (CaseKind.APPROVAL, CaseKind.CONFIRMATION)


def check_open(state: CaseState, now: datetime) -> None:
    """Raises RequestFailed (already_decided, expired) unless the case can still be decided."""
    if (decided := state.decided) is not None:
        raise RequestFailed(
            ErrorCode.ALREADY_DECIDED,
            f"case {state.opened.case} was {decided.verdict} by {decided.by} at {decided.at:%Y-%m-%d %H:%M:%S} UTC",
            {
                "verdict": decided.verdict,
                "by": decided.by,
                "note": decided.note,
                "at": decided.at.isoformat(),
                "seq": state.decided_seq,
            },
        )
    if now >= state.opened.expires_at:
        raise RequestFailed(
            ErrorCode.EXPIRED,
            f"the time of case {state.opened.case} is up: silence was a no",
            {"expires_at": state.opened.expires_at.isoformat()},
        )


def check_verdict(state: CaseState, verdict: Verdict) -> None:
    """Raises RequestFailed(wrong_verdict) for a verdict that the kind of case does not know."""
    allowed = VERDICTS[state.opened.case_kind]
    if verdict not in allowed:
        raise RequestFailed(
            ErrorCode.WRONG_VERDICT,
            f"a {state.opened.case_kind} can be {', '.join(allowed)}, not {verdict}",
            {"verdicts": list(allowed)},
        )


def check_unclaimed(state: CaseState, person: Person, now: datetime) -> None:
    """Raises RequestFailed(claimed) while somebody else works on the case."""
    claim = state.held_by(now)
    if claim is not None and claim.by != person.name:
        raise RequestFailed(
            ErrorCode.CLAIMED,
            f"{claim.by} works on case {state.opened.case} until {claim.until:%H:%M:%S} UTC",
            {"by": claim.by, "until": claim.until.isoformat()},
        )


def why_self(state: CaseState, person: Person, directory: Directory) -> str:
    """Why the case is the person's own, or nothing. Nobody decides what they or their agent proposed."""
    opened = state.opened
    if person.name == opened.agent:
        return "it proposed this itself"
    if person.name in directory.owners_of(opened.agent):
        return f"{person.name} owns {opened.agent}, which proposed this"
    if person.name in directory.operators:
        return f"{person.name} operates the executors that would run this"
    if opened.proposal.user == person.name and opened.case_kind not in (*FOR_THE_USER, CaseKind.HANDOFF):
        return f"{opened.agent} proposed this on behalf of {person.name}"
    return ""


def check_separation(state: CaseState, person: Person, directory: Directory) -> None:
    """Raises RequestFailed(self_approval)."""
    if because := why_self(state, person, directory):
        raise RequestFailed(
            ErrorCode.SELF_APPROVAL, f"{person.name} cannot decide this: {because}", {"because": because}
        )


def check_role(state: CaseState, person: Person) -> None:
    """Raises RequestFailed (not_allowed, not_in_group) for people of the wrong role or group."""
    opened = state.opened
    if opened.case_kind in FOR_THE_USER and opened.proposal.user == person.name:
        return
    if not person.decides:
        raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} has no role that decides cases")
    groups = (*state.need.groups, *state.escalated)
    if state.need.groups and not person.groups.intersection(groups):
        names = ", ".join(groups)
        raise RequestFailed(
            ErrorCode.NOT_IN_GROUP, f"somebody of {names} is asked; {person.name} is not", {"groups": list(groups)}
        )


def check_may_decide(state: CaseState, person: Person, directory: Directory, now: datetime) -> None:
    """Raises RequestFailed unless the person may decide this case now."""
    check_open(state, now)
    check_separation(state, person, directory)
    check_role(state, person)
    check_unclaimed(state, person, now)


def may_decide(state: CaseState, person: Person, directory: Directory, now: datetime) -> tuple[bool, str]:
    """Whether the person may decide the case now, and if not, why."""
    try:
        check_may_decide(state, person, directory, now)
    except RequestFailed as error:
        return False, str(error)
    if person.name in state.approvers:
        return False, f"{person.name} said yes already; somebody else is needed"
    return True, ""


def may_withdraw(state: CaseState, person: Person, directory: Directory) -> bool:
    """The agent that proposed it, its user and its owner may take a proposal back.

    An agent that is called like a user, or like another tenant's agent, is neither.
    """
    opened = state.opened
    if person.caller.role == AGENT_ROLE:
        return (person.caller.tenant, person.name) == (opened.tenant, opened.agent)
    return person.name in {opened.agent, opened.proposal.user, *directory.owners_of(opened.agent)}

"""What people do with cases, as facts: decide or vote, edit, claim, release, withdraw. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from groundstop.errors import RequestFailed
from groundstop.events import (
    Call,
    CaseClaimed,
    CaseDecided,
    CaseEdited,
    CaseFact,
    CaseReleased,
    CaseVoted,
    Judgement,
    Need,
)
from groundstop.ids import derived_id
from groundstop.vocabulary import ErrorCode, Reason, Risk, Route, Verdict

from groundstop_approval.domain.changes import changes
from groundstop_approval.domain.people import Directory, Person
from groundstop_approval.domain.rules import (
    EDITABLE,
    check_may_decide,
    check_open,
    check_unclaimed,
    check_verdict,
    may_withdraw,
)
from groundstop_approval.domain.state import CaseState

F = TypeVar("F", bound=CaseFact)

CLAIMS_MAX = 1_000
EDITS_MAX = 50

REASON_OF = {
    Verdict.APPROVED: Reason.APPROVED,
    Verdict.DENIED: Reason.DENIED,
    Verdict.EXPIRED: Reason.CASE_EXPIRED,
    Verdict.ANSWERED: Reason.ANSWERED,
    Verdict.WITHDRAWN: Reason.WITHDRAWN,
    Verdict.GIVEN_BACK: Reason.GIVEN_BACK,
    Verdict.TAKEN_OVER: Reason.TAKEN_OVER,
    Verdict.HAPPENED: Reason.RECONCILED,
    Verdict.DID_NOT_HAPPEN: Reason.RECONCILED,
    Verdict.CANNOT_TELL: Reason.RECONCILED,
}


def decide(
    state: CaseState,
    person: Person,
    verdict: Verdict,
    directory: Directory,
    now: datetime,
    *,
    note: str = "",
    answer: Any = None,
    digest: str = "",
    read_s: float | None = None,
    batch: int = 1,
) -> CaseDecided | CaseVoted:
    """The decision, or the vote when more people have to agree. The last vote needed is the decision itself.

    Raises RequestFailed with the codes of docs/reference/commands.md.
    """
    check_open(state, now)
    check_verdict(state, verdict)
    check_may_decide(state, person, directory, now)
    check_digest(state, digest)
    if verdict is not Verdict.APPROVED:
        return decision(state, verdict, person.name, note, now, answer=answer, read_s=read_s, batch=batch)
    if person.name in state.approvers:
        raise RequestFailed(
            ErrorCode.ALREADY_VOTED,
            f"{person.name} said yes already; {state.need.people} different people are needed",
            {"votes": len(state.approvers), "needed": state.need.people},
        )
    approvers = (*state.approvers, person.name)
    if len(approvers) < state.need.people:
        return voted(state, person.name, note, now)
    return decision(state, verdict, person.name, note, now, approvers=approvers, read_s=read_s, batch=batch)


def check_digest(state: CaseState, digest: str) -> None:
    """Raises RequestFailed(changed) when ``digest`` is given and is not the newest revision's."""
    if digest and digest != state.call.digest:
        raise RequestFailed(
            ErrorCode.CHANGED,
            "the case shows another call now: read it again before you decide",
            {"digest": state.call.digest, "revision": state.revision},
        )


def _made(model: type[F], state: CaseState, actor: str, at: datetime, key: str, **fields: Any) -> F:
    opened = state.opened
    who = {name: getattr(opened, name) for name in ("tenant", "agent", "intent", "task", "trace", "case_kind")}
    return model(
        id=derived_id(opened.id, f"{model.kind}:{key}:{at.isoformat()}"),
        at=at,
        cause=opened.id,
        actor=actor,
        **who,
        **fields,
    )


def decision(
    state: CaseState,
    verdict: Verdict,
    by: str,
    note: str,
    at: datetime,
    *,
    answer: Any = None,
    approvers: tuple[str, ...] = (),
    read_s: float | None = None,
    batch: int = 1,
) -> CaseDecided:
    """The decision as a fact, whoever made it; the rules are the callers'."""
    opened = state.opened
    return _made(
        CaseDecided,
        state,
        by,
        at,
        f"{by}:{verdict}",
        verdict=verdict,
        by=by,
        note=note,
        answer=answer,
        reason_code=REASON_OF[verdict],
        call=state.call,
        risk=state.judgement.risk,
        user=opened.proposal.user,
        policy_version=state.judgement.policy_version,
        deadline=opened.proposal.deadline,
        approvers=approvers,
        revision=state.revision,
        asked_digest=opened.call.digest,
        band=opened.judgement.band,
        decided_in_s=round((at - opened.at).total_seconds(), 3),
        read_s=None if read_s is None else round(read_s, 3),
        batch=batch,
        drill=opened.drill,
    )


def voted(state: CaseState, by: str, note: str, at: datetime) -> CaseVoted:
    """A yes to the newest revision that is not yet enough."""
    return _made(
        CaseVoted,
        state,
        by,
        at,
        f"{state.revision}:{by}",
        approver=by,
        verdict=Verdict.APPROVED,
        note=note,
        revision=state.revision,
        digest=state.call.digest,
    )


def edit(
    state: CaseState,
    person: Person,
    call: Call,
    judged: tuple[Judgement, Need],
    directory: Directory,
    now: datetime,
    *,
    note: str,
    digest: str = "",
) -> CaseEdited:
    """The next revision. What it makes dangerous needs a second person: nobody alone approves what they wrote.

    Raises RequestFailed with the codes of docs/reference/commands.md.
    """
    check_may_decide(state, person, directory, now)
    check_digest(state, digest)
    judgement, asked = judged
    if state.opened.case_kind not in EDITABLE:
        raise RequestFailed(ErrorCode.WRONG_VERDICT, f"a {state.opened.case_kind} has no call to edit")
    if state.revision >= EDITS_MAX:
        raise RequestFailed(
            ErrorCode.INVALID_REQUEST, f"the case was edited {EDITS_MAX} times: deny it, or approve what is there"
        )
    if not note.strip():
        raise RequestFailed(ErrorCode.NOTE_REQUIRED, "an edit needs a note: why is it better like this?")
    if call.digest == state.call.digest:
        raise RequestFailed(ErrorCode.INVALID_REQUEST, "the edit changes nothing; approve the case as it is")
    if judgement.route is Route.REFUSE:
        raise RequestFailed(ErrorCode.EDIT_REFUSED, "; ".join(judgement.reasons), {"reasons": list(judgement.reasons)})
    need = asked.model_copy(update={"people": max(asked.people, 2)}) if judgement.risk is Risk.DANGEROUS else asked
    return _made(
        CaseEdited,
        state,
        person.name,
        now,
        f"{state.revision + 1}",
        revision=state.revision + 1,
        by=person.name,
        note=note,
        call=call,
        judgement=judgement,
        need=need,
        diff=changes(state.call.arguments, call.arguments),
    )


def claim(state: CaseState, person: Person, directory: Directory, now: datetime, *, take: bool) -> CaseClaimed:
    """The next claim. Raises RequestFailed (claimed) while somebody else holds it and ``take`` is not given."""
    check_open(state, now)
    held = state.held_by(now)
    if held is not None and held.by != person.name and not take:
        check_unclaimed(state, person, now)
    number = state.claims + 1
    if number > CLAIMS_MAX:
        raise RequestFailed(ErrorCode.INVALID_REQUEST, f"the case was claimed {CLAIMS_MAX} times: decide it")
    return _made(
        CaseClaimed,
        state,
        person.name,
        now,
        str(number),
        number=number,
        by=person.name,
        until=now + timedelta(seconds=directory.claim_s),
        taken_from=held.by if held is not None and held.by != person.name else "",
    )


def release(state: CaseState, person: Person, now: datetime) -> CaseReleased | None:
    """The end of the person's claim; None when nobody holds the case. Raises RequestFailed(claimed) for others'."""
    check_open(state, now)
    held = state.held_by(now)
    if held is None:
        return None
    check_unclaimed(state, person, now)
    return _made(CaseReleased, state, person.name, now, str(held.number), number=held.number, by=person.name)


def withdraw(state: CaseState, person: Person, directory: Directory, now: datetime, *, note: str) -> CaseDecided:
    """The proposal is taken back. Raises RequestFailed (not_allowed) for anybody but its agent, user and owner."""
    check_open(state, now)
    if not may_withdraw(state, person, directory):
        raise RequestFailed(
            ErrorCode.NOT_ALLOWED, f"only {state.opened.agent}, its user or its owner can withdraw this"
        )
    return decision(state, Verdict.WITHDRAWN, person.name, note, now)


def settled_edit(state: CaseState) -> CaseDecided | None:
    """The decision that an edit is when its editor's yes is enough; always the same for the same edit."""
    if not state.edits or state.decided is not None or len(state.approvers) < state.need.people:
        return None
    edit = state.edits[-1]
    return decision(state, Verdict.APPROVED, edit.by, edit.note, edit.at, approvers=state.approvers)


def shape(arguments: Mapping[str, Any]) -> Any:
    """The shape of arguments: keys and types, without the values. Lists have the shapes of their items, each once."""
    return _shape(dict(arguments))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _shape(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(sorted({str(_shape(item)) for item in value})))
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def kind_of_work(state: CaseState) -> Any:
    """What two cases must share to be decided in one go."""
    opened = state.opened
    return opened.tenant, opened.case_kind, state.call.tool, state.judgement.risk, str(shape(state.call.arguments))

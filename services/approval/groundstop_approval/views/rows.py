"""How a case looks to whoever asks: one row, its history, its page. Pure."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from groundstop.commands.cases import CaseDecision, CaseRow, EditShown, NeedShown, Vote
from groundstop.events import Call, Change, Need
from groundstop.intent import Intent

from groundstop_approval.domain.rules import VERDICTS
from groundstop_approval.domain.state import CaseState
from groundstop_approval.views.masks import mask

MASKED_KEPT = 4096


@lru_cache(maxsize=MASKED_KEPT)
def _masked(arguments: bytes) -> tuple[bytes, tuple[str, ...]]:
    shown, paths = mask(orjson.loads(arguments))
    return orjson.dumps(shown), tuple(paths)


def masked_call(call: Call) -> tuple[Call, tuple[str, ...]]:
    """A call with its secrets masked, and the masked paths. Screened once per arguments."""
    shown, paths = _masked(orjson.dumps(call.arguments))
    return call.model_copy(update={"arguments": orjson.loads(shown)}), paths


def masked_proposal(proposal: Intent) -> Intent:
    """A proposal with the secrets in its arguments masked."""
    return proposal.model_copy(update={"arguments": masked_json(proposal.arguments)})


def masked_json(arguments: dict[str, Any]) -> Any:
    """Arguments with their secrets masked."""
    return orjson.loads(_masked(orjson.dumps(arguments))[0])


def need_shown(need: Need) -> NeedShown:
    """Who has to agree, as answers say it."""
    return NeedShown(people=need.people, groups=need.groups, two_person=need.people > 1)


def row(state: CaseState, now: datetime) -> CaseRow:
    """The case as lists show it."""
    opened, held = state.opened, state.held_by(now)
    call, paths = masked_call(state.call)
    return CaseRow(
        case=opened.case,
        id=opened.id,
        at=opened.at,
        cause=opened.cause,
        trace=opened.trace,
        actor=opened.actor,
        tenant=opened.tenant,
        agent=opened.agent,
        intent=opened.intent,
        task=opened.task,
        case_kind=opened.case_kind,
        question=opened.question,
        call=call,
        judgement=state.judgement,
        proposal=masked_proposal(opened.proposal),
        expires_at=opened.expires_at,
        need=need_shown(state.need),
        drill=opened.drill and state.decided is not None,  # a drill that is known to be one tests nobody
        signature=opened.signature,
        revision=state.revision,
        votes=tuple(_vote(state, name) for name in state.approvers),
        claimed_by=held.by if held else None,
        claimed_until=held.until if held else None,
        reminded=state.reminded,
        escalated_to=state.escalated[-1] if state.escalated else "",
        time_left_s=max(0.0, round((opened.expires_at - now).total_seconds(), 1)),
        verdicts=VERDICTS[opened.case_kind],
        masked=paths,
    )


def _vote(state: CaseState, approver: str) -> Vote:
    edit = state.edits[-1] if state.edits else None
    if edit is not None and edit.by == approver:
        return Vote(approver=approver, at=edit.at, note=edit.note)
    vote = next(v for v in state.votes if v.approver == approver and v.revision == state.revision)
    return Vote(approver=approver, at=vote.at, note=vote.note)


def decision_shown(state: CaseState) -> CaseDecision | None:
    """The decision with the call's secrets masked, None while there is none."""
    if state.decided is None:
        return None
    shown = dict(state.decided) | {"call": masked_call(state.decided.call)[0]}
    return CaseDecision(**shown, seq=state.decided_seq)


def edits(state: CaseState) -> tuple[EditShown, ...]:
    """Every revision with what it changed, secrets masked."""
    return tuple(
        EditShown(
            revision=edit.revision,
            by=edit.by,
            at=edit.at,
            note=edit.note,
            diff=tuple(masked_change(change) for change in edit.diff),
        )
        for edit in state.edits
    )


def masked_change(change: Change) -> Change:
    """One difference, its values masked under the name that they have."""
    name = change.path.rpartition(".")[2]
    before, after = (mask({name: value})[0].get(name) for value in (change.before, change.after))
    return Change(path=change.path, before=before, after=after)

"""How a case looks to whoever asks: one row, its history, its page. Pure."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from groundstop_approval.masks import mask
from groundstop_approval.rules import VERDICTS
from groundstop_approval.state import CaseState

MASKED_KEPT = 4096


@lru_cache(maxsize=MASKED_KEPT)
def _masked(arguments: bytes) -> tuple[bytes, tuple[str, ...]]:
    shown, paths = mask(orjson.loads(arguments))
    return orjson.dumps(shown), tuple(paths)


def masked_call(call: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A call as JSON with its secrets masked, and the masked paths. Screened once per arguments."""
    shown, paths = _masked(orjson.dumps(call["arguments"]))
    return {**call, "arguments": orjson.loads(shown)}, list(paths)


def row(state: CaseState, now: datetime) -> dict[str, Any]:
    """The row of docs/reference/commands.md."""
    opened = state.opened.model_dump(mode="json")
    call, paths = masked_call(state.call.model_dump(mode="json"))
    opened["proposal"]["arguments"] = masked_call(opened["proposal"])[0]["arguments"]
    held = state.held_by(now)
    return {
        "case": state.opened.case,
        **opened,
        "call": call,
        "judgement": state.judgement.model_dump(mode="json"),
        "revision": state.revision,
        "need": state.need.model_dump(mode="json") | {"two_person": state.need.people > 1},
        "drill": state.opened.drill and state.decided is not None,  # a drill that is known to be one tests nobody
        "votes": [{"approver": name, **_vote(state, name)} for name in state.approvers],
        "claimed_by": held.by if held else None,
        "claimed_until": held.until.isoformat() if held else None,
        "reminded": state.reminded,
        "escalated_to": state.escalated[-1] if state.escalated else "",
        "time_left_s": max(0.0, round((state.opened.expires_at - now).total_seconds(), 1)),
        "verdicts": list(VERDICTS[state.opened.case_kind]),
        "masked": paths,
    }


def _vote(state: CaseState, approver: str) -> dict[str, Any]:
    edit = state.edits[-1] if state.edits else None
    if edit is not None and edit.by == approver:
        return {"at": edit.at.isoformat(), "note": edit.note}
    vote = next(v for v in state.votes if v.approver == approver and v.revision == state.revision)
    return {"at": vote.at.isoformat(), "note": vote.note}


def decided_row(state: CaseState) -> dict[str, Any] | None:
    """The decision as JSON with the call's secrets masked, None while there is none."""
    if state.decided is None:
        return None
    fact = state.decided.model_dump(mode="json")
    return {**fact, "call": masked_call(fact["call"])[0], "seq": state.decided_seq}


def edits(state: CaseState) -> list[dict[str, Any]]:
    """Every revision with what it changed, secrets masked."""
    return [
        {
            "revision": edit.revision,
            "by": edit.by,
            "at": edit.at.isoformat(),
            "note": edit.note,
            "diff": [masked_change(change.model_dump(mode="json")) for change in edit.diff],
        }
        for edit in state.edits
    ]


def masked_change(change: dict[str, Any]) -> dict[str, Any]:
    """One difference, its values masked under the name that they have."""
    name = change["path"].rpartition(".")[2]
    shown = {side: mask({name: change[side]})[0].get(name) for side in ("before", "after")}
    return {**change, **shown}

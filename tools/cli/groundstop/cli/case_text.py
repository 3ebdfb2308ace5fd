"""Cases and grants as people read them in a terminal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from groundstop.commands.cases import Briefing, PreviewShown, SimilarCases
from groundstop.commands.grants import Grant
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table


def line_of(kind: str, fact: dict[str, Any]) -> str:
    """One fact about a case in a few words, nothing for what people need not see."""
    match kind:
        case "case.opened":
            return str(fact["question"])
        case "case.decided":
            return f"{fact['verdict']} by {fact['by']}: {fact['note']}"
        case "case.voted":
            return f"yes by {fact['approver']}, more people are needed: {fact['note']}"
        case "case.edited":
            return f"edited by {fact['by']}, judged {fact['judgement']['risk']}: {fact['note']}"
        case "case.claimed":
            return f"claimed by {fact['by']} until {fact['until']}"
        case "case.released":
            return f"released by {fact['by']}"
        case "case.reminded":
            return f"still undecided; expires at {fact['expires_at']}"
        case "case.escalated":
            return f"escalated to {fact['group']}; expires at {fact['expires_at']}"
    return ""


def case_panel(told: Briefing) -> Panel:
    """A briefing."""
    shown, what, why, evidence = told.case, told.what, told.why, told.evidence
    preview = told.preview or PreviewShown()
    need = f"{len(shown.votes)} of {shown.need.people} said yes" if shown.need.people > 1 else ""
    rows = {
        "would": what.sentence,
        "preview": preview.text or preview.problem or "",
        "call": f"{what.tool} {orjson.dumps(what.arguments).decode()}",
        "digest": what.digest,
        "asked by": f"{shown.tenant}/{shown.agent}, task {shown.task}" + _for(why.user),
        "because": why.reasoning or "it did not say",
        "assuming": "; ".join(why.assumptions) or "nothing it stated",
        "judged": f"{evidence.risk}, confidence {evidence.confidence}: {'; '.join(evidence.reasons)}",
        "reaches": told.blast.sentence,
        "undo": told.undo.how,
        "before": _before(told.similar),
        "people": need,
        "edits": "; ".join(f"{edit.by}: {edit.note}" for edit in told.edits),
        "claimed": shown.claimed_by or "",
        "you": "" if told.may.decide else f"cannot decide this: {told.may.because}",
        "until": f"{_time(shown.expires_at)} ({told.time_left_s:.0f} s left)",
    }
    lines = [shown.question, "", *(f"{name:<10} {value}" for name, value in rows.items() if value)]
    if summary := told.summary:
        parts = {"done": summary.done, "pending": summary.pending, "failed": summary.failed}
        lines += ["", *(f"{name:<10} {'; '.join(part)}" for name, part in parts.items())]
    if decided := told.decided:
        lines += ["", f"{decided.verdict} by {decided.by} at {_time(decided.at)}: {decided.note}"]
    return Panel(escape("\n".join(lines)), title=escape(shown.case))


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _for(user: str) -> str:
    return f", on behalf of {user}" if user else ""


def _before(similar: SimilarCases) -> str:
    if not similar.known:
        return ""
    return (
        f"{similar.total} like it: {similar.approved} approved, {similar.denied} denied, "
        f"{similar.expired} expired; {similar.succeeded} succeeded, {similar.failed} failed"
    )


def grant_table(found: Sequence[Grant]) -> Table:
    """Grants, one a line."""
    table = Table("grant", "agent", "tool", "when", "used", "until", "by", "state", box=None)
    for grant in found:
        used, state = f"{grant.used} of {grant.uses}", "in force" if grant.active else grant.ended
        who, until = f"{grant.tenant}/{grant.agent}", grant.until.isoformat()
        row = (grant.grant, who, grant.tool, grant.condition, used, until, grant.by, state)
        table.add_row(*(escape(cell) for cell in row))
    return table

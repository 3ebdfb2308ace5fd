"""What a person should know before deciding. Pure."""

from datetime import datetime
from typing import Any

from groundstop.catalogue import Idempotency, Tool
from groundstop.commands.cases import (
    ArgumentNamed,
    Blast,
    Briefing,
    Evidence,
    MayDecide,
    PreviewShown,
    SimilarCases,
    UndoKnown,
    What,
    Why,
)
from groundstop.commands.tasks import TaskSummary
from groundstop.vocabulary import Risk

from groundstop_approval.domain.state import CaseState
from groundstop_approval.views.masks import leaves
from groundstop_approval.views.rows import decision_shown, edits, row

TARGETS_MAX = 20
TARGET_NAMES = frozenset(
    """to cc bcc recipient recipients email address user customer account order id path file table database db url host
    repository repo branch bucket topic channel phone invoice ticket name target resource namespace cluster service
    """.split()  # noqa: SIM905 - a list of words reads better without quotes
)
AMOUNT_NAMES = frozenset({"amount", "total", "price", "sum", "value_cents", "amount_cents", "limit", "budget"})


def briefing(
    state: CaseState,
    tool: Tool | None,
    now: datetime,
    may: tuple[bool, str],
    similar: SimilarCases,
    preview: PreviewShown | None = None,
    summary: TaskSummary | None = None,
) -> Briefing:
    """What a person should know before deciding."""
    shown = row(state, now)
    proposal, judgement = state.opened.proposal, state.judgement
    arguments = shown.call.arguments
    return Briefing(
        case=shown,
        decided=decision_shown(state),
        what=What(
            sentence=sentence(state.call.tool, arguments, tool),
            tool=state.call.tool,
            description=tool.description if tool else "nobody has described this tool",
            action_type=state.call.action_type,
            arguments=arguments,
            masked=shown.masked,
            digest=state.call.digest,
        ),
        why=Why(
            reasoning=proposal.reasoning,
            assumptions=proposal.assumptions,
            user=proposal.user,
            task=proposal.task,
            step=proposal.step,
        ),
        evidence=Evidence(
            risk=judgement.risk,
            band=judgement.band,
            confidence=proposal.confidence,
            reasons=judgement.reasons,
            findings=judgement.findings,
        ),
        blast=blast(arguments, state.call.action_type, judgement.risk),
        undo=undo(tool),
        similar=similar,
        preview=preview,
        edits=edits(state),
        summary=summary,
        may=MayDecide(decide=may[0], because=may[1]),
        time_left_s=shown.time_left_s,
    )


def sentence(name: str, arguments: dict[str, Any], tool: Tool | None) -> str:
    """What would happen, in one line: what the tool says of itself and what it would be called with."""
    said = tool.description.strip().splitlines()[0] if tool and tool.description.strip() else name
    values = ", ".join(f"{key} = {_short(value)}" for key, value in arguments.items())
    return f"{said.rstrip('.')}: {values}" if values else said


def blast(arguments: dict[str, Any], action_type: str, risk: Risk) -> Blast:
    """What the call reaches, read off its arguments: whom or what it names, how many, how much."""
    found = list(leaves(arguments))
    targets = [ArgumentNamed(path=path, value=value) for path, name, value in found if name.lower() in TARGET_NAMES]
    amounts = [
        value for _, name, value in found
        if name.lower() in AMOUNT_NAMES and isinstance(value, int | float) and not isinstance(value, bool)
    ]  # fmt: skip
    amount = max(amounts, default=None)
    parts = [f"{risk} {action_type}"]
    parts += [f"{len(targets)} target{'s' * (len(targets) != 1)} named"] if targets else ["no target named"]
    parts += [f"an amount of {amount:g}"] if amount is not None else []
    return Blast(
        action_type=action_type,
        risk=risk,
        targets=tuple(targets[:TARGETS_MAX]),
        amount=amount,
        count=len(targets),
        sentence=", ".join(parts),
    )


def undo(tool: Tool | None) -> UndoKnown:
    """Whether and how the effect can be taken back, as the catalogue says."""
    if tool is None:
        return UndoKnown(possible=False, how="The tool is not in the catalogue: nothing is known about undoing it.")
    declared = getattr(tool, "undo", None)
    if declared:
        return UndoKnown(possible=True, how=f"By {declared if isinstance(declared, str) else declared.tool}.")
    if tool.risk is Risk.SAFE:
        return UndoKnown(possible=True, how="It changes nothing that would have to be undone.")
    again = "" if tool.idempotency is Idempotency.NONE else " Running it twice does no further harm."
    return UndoKnown(possible=False, how=f"The catalogue names no undo for this tool.{again}")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""Which entries of a section hold for a call."""

from collections.abc import Sequence
from typing import Any

from groundstop.policy.candidates import Batch, Candidates, Entry
from groundstop.policy.cel_quick import ruled_out
from groundstop.policy.conditions import FALSE, TRUE, Condition, Held, evaluate, none_holds
from groundstop.policy.rules import Conditioned
from groundstop.policy.stages.call import Call
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Risk

JOINED_MIN = 8
"""From so many entries on, asking all at once costs less than asking each."""


def holding(call: Call, walk: Walk, stage: str, section: Candidates[Entry]) -> list[tuple[Entry, Held]]:
    """The entries that hold for this call, in the order of the file.

    A batch of which none can hold is passed over, unless every answer is to be noted. Entries that name risks look at
    the risk as it was before any of this section, so that their order in the file does not matter.
    """
    found: list[tuple[int, Entry, Held]] = []
    for batch in section.batches:
        for index, entry, condition in batch.entries if walk.thorough else _worth_asking(call, batch):
            held, why_not = _entry_holds(call, walk.risk, entry, condition)
            if held.holds:
                found.append((index, entry, held))
            else:
                walk.note(stage, why_not, applied=False, entry=entry.id)
    if walk.thorough:
        for entry, why_not in section.elsewhere:
            walk.note(stage, why_not, applied=False, entry=entry.id)
    if len(found) > 1:
        found.sort(key=lambda item: item[0])
    return [(entry, held) for _, entry, held in found]


def _worth_asking(call: Call, batch: Batch[Entry]) -> Sequence[tuple[int, Entry, Condition | None]]:
    """The entries of a batch that may hold: those left by the quick comparisons, unless the engine rules all out."""
    arguments = call.proposal.arguments
    if not batch.needs <= arguments.keys():
        return ()
    left = [item for item in batch.entries if item[2] is None or not ruled_out(item[2].quick, arguments)]
    if len(left) >= JOINED_MIN and batch.program is not None and not _may_hold(call, batch.program):
        return ()
    return left


def _entry_holds(call: Call, risk: Risk, entry: Conditioned, condition: Condition | None) -> tuple[Held, str]:
    proposal = call.proposal
    if not entry.match.caller_holds(proposal.tenant, proposal.agent):
        return FALSE, f"{entry.id} is about other callers."
    if entry.match.risk and risk not in entry.match.risk:
        return FALSE, f"{entry.id} is about other risks."
    return _ask(call, condition), f"{entry.id} does not hold: {entry.when}"


def _ask(call: Call, condition: Condition | None) -> Held:
    if condition is None:
        return TRUE
    arguments = call.proposal.arguments
    if not condition.needs <= arguments.keys() or ruled_out(condition.quick, arguments):
        return FALSE
    try:
        context = call.context()
    except Exception as error:  # values that conditions cannot carry: not being able to tell must hold the call
        return Held(True, f"the arguments could not be read ({str(error)[:120]})")
    return evaluate(condition, context)


def _may_hold(call: Call, program: Any) -> bool:
    try:
        context = call.context()
    except Exception:  # asking each entry then says so in words
        return True
    return not none_holds(program, context)

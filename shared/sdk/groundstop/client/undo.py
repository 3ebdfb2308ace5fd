"""What was done in a scope since a time, and taking it back: inverse calls, newest first, through the same pipeline."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from groundstop import subjects
from groundstop.controls import Target, covers
from groundstop.events import Control, Halt, IntentUndone, Outcome, UndoCall
from groundstop.ids import derived_id
from groundstop.log import Log, Stored
from groundstop.vocabulary import Risk, Status

if TYPE_CHECKING:
    from groundstop.client.client import Client

TRIES_MAX = 10
LISTED = (Status.SUCCEEDED, Status.UNKNOWN)
"""What a review shows: what was done, and what may have been."""


@dataclass(frozen=True, slots=True)
class CompletedAction:
    """One thing that was done, or may have been. ``seq`` orders deeds; ``undone_by`` is the intent that undid it."""

    seq: int
    outcome: Outcome
    undone_by: str = ""

    @property
    def target(self) -> Target:
        """What a halt may name about it."""
        done = self.outcome
        risk = done.risk or Risk.DANGEROUS
        return Target(done.tenant, done.agent, done.task, done.action_type, done.tool, risk)

    @property
    def receipt(self) -> UndoCall | None:
        """The call that takes it back, if there is one and it is still needed."""
        return None if self.undone_by or self.outcome.status is not Status.SUCCEEDED else self.outcome.undo

    def why_not(self) -> str:
        """Why it cannot be taken back; empty when it can."""
        if self.undone_by:
            return f"already undone by {self.undone_by}"
        if self.outcome.status is not Status.SUCCEEDED:
            return f"it is {self.outcome.status}: find out first whether it happened"
        return "" if self.outcome.undo is not None else f"{self.outcome.tool} has no undo"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What became of taking back one deed: ``done``, ``not_possible``, ``failed``, or ``waiting`` for somebody."""

    intent: str
    tool: str
    result: str
    reason: str = ""
    undo_intent: str = ""


async def deeds(
    log: Log,
    wanted: Callable[[CompletedAction], bool],
    since: float | None = None,
    unreadable: Callable[[Stored], None] = lambda _: None,
) -> list[CompletedAction]:
    """Everything done that is ``wanted``, oldest first, since a time (seconds since 1970; None: since ever).

    What does not count as a fact (Log.fact) is handed to ``unreadable`` and left out: it must not hide all the others.
    """
    patterns = (*(subjects.pattern("outcome", status) for status in LISTED), subjects.pattern("intent.undone"))
    found: dict[str, CompletedAction] = {}
    async for stored in log.until_now(1, patterns, since=since):
        undone = stored.subject.startswith("gs.intent.undone.")
        fact = log.fact(IntentUndone, stored) if undone else log.fact(Outcome, stored)
        if fact is None:
            unreadable(stored)
        else:
            _note(found, stored.seq, fact, wanted)
    return list(found.values())


def _note(
    found: dict[str, CompletedAction], seq: int, fact: IntentUndone | Outcome, wanted: Callable[[CompletedAction], bool]
) -> None:
    if isinstance(fact, IntentUndone):
        if (deed := found.get(fact.whose)) is not None:
            found[fact.whose] = replace(deed, undone_by=fact.undo_intent)
    elif fact.tool and wanted(done := CompletedAction(seq, fact)):
        found[fact.whose] = done


async def halt_named(log: Log, control: str) -> Halt | None:
    """The halt ``control`` (or what begins so), in force or lifted, from the log. None when there never was one."""
    async for stored in log.until_now(1, (subjects.control(0),)):
        table = log.fact(Control, stored)
        for halt in () if table is None else table.halts:
            if halt.control.startswith(control):
                return halt
    return None


def in_scope(scope: str, tenant: str = "") -> Callable[[CompletedAction], bool]:
    """What a halt of ``scope``, and of ``tenant`` where one is named, would have stopped."""
    return lambda deed: covers(scope, deed.target, tenant)


async def undo(client: "Client", chosen: Iterable[CompletedAction], timeout_s: float, by: str = "") -> list[UndoResult]:
    """Take back ``chosen``, newest first, each waiting for the one before; what cannot be is said and passed over.

    ``by`` is the person for whom the client's agent does it, where these are two.
    """
    found = []
    for deed in sorted(chosen, key=lambda deed: deed.seq, reverse=True):
        found.append(await _undo(client, deed, timeout_s, by or client.agent))
    return found


async def _undo(client: "Client", deed: CompletedAction, timeout_s: float, by: str) -> UndoResult:
    done, receipt = deed.outcome, deed.receipt
    if receipt is None:
        return UndoResult(done.intent, done.tool, "not_possible", deed.why_not(), deed.undone_by)
    if done.tenant != client.tenant:
        return UndoResult(done.intent, done.tool, "not_possible", f"it is of tenant {done.tenant}, not {client.tenant}")
    ticket = await client.submit(
        receipt.tool,
        receipt.arguments,
        intent=await _fresh_id(client.log, done.intent),
        task=f"undo-{done.intent}"[:64],  # of its own: what one undo has read is no evidence against the next
        confidence=1.0,
        reasoning=f"Undo of intent {done.intent} ({done.tool}) of {done.agent}.",
        user=by,
    )
    try:
        outcome = await ticket.outcome(timeout_s)
    except TimeoutError:
        return UndoResult(done.intent, done.tool, "waiting", f"no outcome in {timeout_s:g} s", ticket.intent)
    if not outcome.status.good:
        return UndoResult(done.intent, done.tool, "failed", f"{outcome.status}: {outcome.reason}", ticket.intent)
    await client.intake.say(IntentUndone.caused_by(done, outcome.at, by, undo_intent=ticket.intent, by=by))
    return UndoResult(done.intent, done.tool, "done", "", ticket.intent)


async def _fresh_id(log: Log, intent: str) -> str:
    """The id of the next try: the same until the last one has ended badly, so that asking twice is harmless."""
    for number in range(1, TRIES_MAX):
        name = derived_id(intent, f"undo:{number}")
        ended = await log.last_fact(Outcome, subjects.pattern("outcome", intent=name))
        if ended is None or ended.status.good:
            return name
    return derived_id(intent, f"undo:{TRIES_MAX}")


def lines(undoings: Iterable[UndoResult]) -> list[dict[str, Any]]:
    """For programs."""
    return [asdict(undoing) for undoing in undoings]

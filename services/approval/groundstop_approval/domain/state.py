"""What the facts of one case add up to. Pure: the inbox, the commands and the tests fold with the same function."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from groundstop.events import (
    Call,
    CaseClaimed,
    CaseDecided,
    CaseEdited,
    CaseEscalated,
    CaseFact,
    CaseOpened,
    CaseReleased,
    CaseReminded,
    CaseVoted,
    Judgement,
    Need,
)
from groundstop.stored import Stored


@dataclass(frozen=True, slots=True)
class CaseState:
    """An opened case and everything that happened to it. ``seq`` is the newest fact after the opening, 0 for none."""

    opened: CaseOpened
    edits: tuple[CaseEdited, ...] = ()
    votes: tuple[CaseVoted, ...] = ()
    claim: CaseClaimed | None = None
    claims: int = 0
    reminded: int = 0
    escalated: tuple[str, ...] = ()
    decided: CaseDecided | None = None
    decided_seq: int = 0
    seq: int = 0

    @property
    def revision(self) -> int:
        """0 as proposed, then one more for each edit."""
        return len(self.edits)

    @property
    def call(self) -> Call:
        """The call of the newest revision."""
        return self.edits[-1].call if self.edits else self.opened.call

    @property
    def judgement(self) -> Judgement:
        """What the policy says about the newest revision."""
        return self.edits[-1].judgement if self.edits else self.opened.judgement

    @property
    def need(self) -> Need:
        """Who has to agree to the newest revision."""
        return self.edits[-1].need if self.edits else self.opened.need

    @property
    def approvers(self) -> tuple[str, ...]:
        """Whose yes the newest revision has: its editor's first, then the votes for exactly its call."""
        editor = (self.edits[-1].by,) if self.edits else ()
        voters = (v.approver for v in self.votes if v.revision == self.revision and v.digest == self.call.digest)
        return tuple(dict.fromkeys((*editor, *voters)))

    def held_by(self, now: datetime) -> CaseClaimed | None:
        """The claim in force."""
        return self.claim if self.claim is not None and now < self.claim.until else None


def _edited(state: CaseState, fact: CaseEdited) -> CaseState:
    # Real world: none. Edits are stored one after the other; a revision out of order was written by nobody.
    return replace(state, edits=(*state.edits, fact)) if fact.revision == state.revision + 1 else state


def _claimed(state: CaseState, fact: CaseClaimed) -> CaseState:
    return replace(state, claim=fact, claims=max(state.claims, fact.number))


def _released(state: CaseState, fact: CaseReleased) -> CaseState:
    released = state.claim is not None and state.claim.number == fact.number
    return replace(state, claim=None) if released else state


def _decided(state: CaseState, fact: CaseDecided) -> CaseState:
    return state if state.decided is not None else replace(state, decided=fact)


_FOLD: dict[type[CaseFact], Callable[..., CaseState]] = {
    CaseVoted: lambda state, fact: replace(state, votes=(*state.votes, fact)),
    CaseEdited: _edited,
    CaseClaimed: _claimed,
    CaseReleased: _released,
    CaseReminded: lambda state, fact: replace(state, reminded=state.reminded + 1),
    CaseEscalated: lambda state, fact: replace(state, escalated=(*state.escalated, fact.group)),
    CaseDecided: _decided,
}
MODELS = {model.kind: model for model in _FOLD}


def after(state: CaseState, fact: CaseFact, seq: int = 0) -> CaseState:
    """The state after one more fact; a kind that changes nothing only moves ``seq``."""
    fold = _FOLD.get(type(fact))
    changed = state if fold is None else fold(state, fact)
    if changed.decided is not None and state.decided is None:
        changed = replace(changed, decided_seq=seq)
    return replace(changed, seq=max(seq, state.seq))


Read = Callable[[Any, Stored], Any]
"""Makes a fact of a message, by its model: Log.fact or Log.believed."""


def decoded(model: Any, stored: Stored) -> Any:
    """A fact that was read before."""
    return model.model_validate_json(stored.payload)


def case_fact(stored: Stored, read: Read = decoded) -> CaseFact | None:
    """The fact in a message about a case, None for one that changes no state (a fired timer), or that counts not."""
    model = MODELS.get(".".join(stored.subject.split(".", 3)[1:3]))
    return None if model is None else read(model, stored)


def fold(opened: CaseOpened, changes: Iterable[Stored], read: Read = decoded) -> CaseState:
    """The state of a case from the messages after its opening, in any order."""
    state = CaseState(opened)
    for stored in sorted(changes, key=lambda message: message.seq):
        fact = case_fact(stored, read)
        state = replace(state, seq=max(state.seq, stored.seq)) if fact is None else after(state, fact, stored.seq)
    return state

"""An intent, a proposed tool call, and its life as one table."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ToolName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Text = Annotated[str, StringConstraints(max_length=20_000)]


class Frozen(BaseModel):
    """Base of everything on the wire: immutable, and tolerant of fields that a newer writer added."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")


class Intent(Frozen):
    """What an agent proposes, in its own words. ``confidence`` is in [0, 1]; None means that it was not stated."""

    tenant: Token
    agent: Token
    intent: Token
    task: Token
    step: int = Field(default=0, ge=0, le=1_000_000)
    tool: ToolName
    tool_version: Annotated[str, StringConstraints(max_length=64)] = "1"
    arguments: dict[str, Any] = Field(default_factory=dict)
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    reasoning: Text = ""
    assumptions: tuple[Text, ...] = Field(default=(), max_length=50)
    user: Annotated[str, StringConstraints(max_length=256)] = ""
    deadline: datetime | None = None


class State(StrEnum):
    """Where an intent is in its life."""

    NONE = "none"
    SUBMITTED = "submitted"
    CLASSIFIED = "classified"
    DEFERRED = "deferred"
    ADMITTED = "admitted"
    WAITING = "waiting_for_people"
    DECIDED = "decided"
    CLEARED = "cleared"
    STARTED = "started"
    RETRYING = "retrying"
    ENDED = "ended"
    GRANTED = "granted"
    """A standing grant in force: grants are kept like intents, under an id of their own."""


S = State
TABLE: dict[tuple[State, str], State] = {
    (S.NONE, "intent.submitted"): S.SUBMITTED,
    (S.SUBMITTED, "intent.classified"): S.CLASSIFIED,
    # Real world: what cannot be read is refused without a submission that could be stored.
    (S.NONE, "intent.classified"): S.CLASSIFIED,
    # Real world: a message that is no intent at all is refused without being classified.
    (S.SUBMITTED, "outcome"): S.ENDED,
    (S.CLASSIFIED, "intent.cleared"): S.CLEARED,
    (S.CLASSIFIED, "intent.admitted"): S.ADMITTED,
    (S.CLASSIFIED, "intent.deferred"): S.DEFERRED,
    (S.CLASSIFIED, "case.opened"): S.WAITING,
    (S.CLASSIFIED, "outcome"): S.ENDED,
    (S.DEFERRED, "intent.cleared"): S.CLEARED,
    (S.DEFERRED, "intent.admitted"): S.ADMITTED,
    (S.DEFERRED, "outcome"): S.ENDED,
    (S.ADMITTED, "case.opened"): S.WAITING,
    # Real world: somebody takes the task over, and what it has under way is cancelled wherever it is.
    (S.ADMITTED, "outcome"): S.ENDED,
    (S.WAITING, "outcome"): S.ENDED,
    # A standing grant stands in for the people.
    (S.ADMITTED, "intent.cleared"): S.CLEARED,
    (S.WAITING, "case.voted"): S.WAITING,
    (S.WAITING, "case.edited"): S.WAITING,
    (S.WAITING, "case.claimed"): S.WAITING,
    (S.WAITING, "case.released"): S.WAITING,
    (S.WAITING, "case.nudge"): S.WAITING,
    (S.WAITING, "case.reminded"): S.WAITING,
    (S.WAITING, "case.escalated"): S.WAITING,
    # Real world: the timer fires while a decision is on its way; the server lets one of the two be the decision.
    (S.WAITING, "case.due"): S.WAITING,
    (S.WAITING, "case.decided"): S.DECIDED,
    (S.DECIDED, "case.due"): S.DECIDED,
    # Real world: a reminder's timer is not removed by the decision; it fires and is ignored.
    (S.DECIDED, "case.nudge"): S.DECIDED,
    (S.CLEARED, "case.nudge"): S.CLEARED,
    (S.STARTED, "case.nudge"): S.STARTED,
    (S.RETRYING, "case.nudge"): S.RETRYING,
    # Real world: the reminder was being recorded when the decision came.
    (S.DECIDED, "case.reminded"): S.DECIDED,
    (S.CLEARED, "case.reminded"): S.CLEARED,
    (S.STARTED, "case.reminded"): S.STARTED,
    (S.RETRYING, "case.reminded"): S.RETRYING,
    (S.DECIDED, "case.escalated"): S.DECIDED,
    (S.CLEARED, "case.escalated"): S.CLEARED,
    (S.STARTED, "case.escalated"): S.STARTED,
    (S.RETRYING, "case.escalated"): S.RETRYING,
    # What was edited is metered anew before it is cleared.
    (S.DECIDED, "intent.edited"): S.DECIDED,
    # Real world: the expiry fired in the moment of the decision and is stored after what followed from it.
    (S.CLEARED, "case.due"): S.CLEARED,
    (S.STARTED, "case.due"): S.STARTED,
    (S.RETRYING, "case.due"): S.RETRYING,
    (S.DECIDED, "intent.cleared"): S.CLEARED,
    (S.DECIDED, "outcome"): S.ENDED,
    (S.CLEARED, "execution.started"): S.STARTED,
    # Real world: a clearance expires while its scope is halted, or its tool was removed.
    (S.CLEARED, "outcome"): S.ENDED,
    (S.STARTED, "execution.failed"): S.RETRYING,
    (S.STARTED, "outcome"): S.ENDED,
    # Real world: the executor died during the attempt; for an idempotent tool another one starts the next.
    (S.STARTED, "execution.started"): S.STARTED,
    (S.RETRYING, "execution.started"): S.STARTED,
    # Real world: a probe found that what was cut off had not happened, once the resume let it ask.
    (S.RETRYING, "execution.failed"): S.RETRYING,
    # Out of tries and of fallbacks: a person does it by hand, or drops it.
    (S.RETRYING, "execution.exhausted"): S.WAITING,
    (S.STARTED, "execution.exhausted"): S.WAITING,
    (S.WAITING, "case.opened"): S.WAITING,
    # A drill for reviewers is a case without an intent before it.
    (S.NONE, "case.opened"): S.WAITING,
    (S.RETRYING, "outcome"): S.ENDED,
    # Real world: an attempt that was given up for lost reports its failure after the outcome was recorded.
    (S.ENDED, "execution.failed"): S.ENDED,
    # Real world: a reconciliation case is opened because an outcome is unknown, and decided after it.
    (S.ENDED, "case.opened"): S.ENDED,
    (S.ENDED, "case.decided"): S.ENDED,
    (S.ENDED, "case.due"): S.ENDED,
    (S.ENDED, "case.voted"): S.ENDED,
    (S.ENDED, "case.claimed"): S.ENDED,
    (S.ENDED, "case.released"): S.ENDED,
    (S.ENDED, "case.nudge"): S.ENDED,
    (S.ENDED, "case.reminded"): S.ENDED,
    (S.ENDED, "case.escalated"): S.ENDED,
    # A hand-off is a piece of human work without a proposal before it.
    (S.NONE, "task.handoff"): S.ADMITTED,
    (S.ENDED, "task.resumed"): S.ENDED,
    (S.NONE, "grant.given"): S.GRANTED,
    (S.GRANTED, "grant.used"): S.GRANTED,
    (S.GRANTED, "grant.revoked"): S.ENDED,
    (S.ENDED, "feedback"): S.ENDED,
    # What was done is taken back by another intent.
    (S.ENDED, "intent.undone"): S.ENDED,
    # Costs come at any time, also before and long after the end: they change nothing.
    **{(state, "cost.recorded"): state for state in State},
}


class ImpossibleFact(Exception):
    """A history holds a fact that cannot follow the state before it."""


def step(state: State, kind: str) -> State:
    """The state after a fact of ``kind``. Raises ImpossibleFact when the table has no such row."""
    try:
        return TABLE[state, kind]
    except KeyError:
        raise ImpossibleFact(f"{kind} cannot follow {state}") from None


def replay(kinds: Iterable[str]) -> State:
    """The state after a whole history of one intent, in log order. Timers being set are not part of its life."""
    state = State.NONE
    for kind in kinds:
        if not kind.startswith("timer."):
            state = step(state, kind)
    return state

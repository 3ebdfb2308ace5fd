"""Facts of a task: who has it in hand, and what was said in it."""

from datetime import datetime
from typing import Annotated

from groundstop import subjects
from groundstop.events.fact import Fact, IntentFact, Signature
from groundstop.intent import Frozen, Text, Token
from pydantic import StringConstraints


class TaskHandoff(IntentFact):
    """Somebody asks for a person: the task is paused. ``intent`` is the hand-off's id."""

    kind = "task.handoff"

    reason: Text
    by: Token
    user: str = ""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    @property
    def seed(self) -> str:
        return self.whose


class TaskResumed(IntentFact):
    """The pause of a handed-off task ends."""

    kind = "task.resumed"

    by: Token
    note: Text = ""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""


class Pause(Frozen):
    """One task that waits for a person. ``handoff`` names the hand-off that paused it."""

    handoff: Token
    task: Token
    by: str
    at: datetime


class TaskPaused(Fact):
    """Every open pause of one agent's tasks after a change: the newest one is the state."""

    kind = "task.paused"

    tenant: Token
    agent: Token
    pauses: tuple[Pause, ...] = ()
    replaces: int = 0
    """Sequence of the table that this one was made from, 0 for none."""
    signature: Signature = ""

    def subject(self) -> str:
        return subjects.paused(self.tenant, self.agent)


class Turn(IntentFact):
    """One turn of a task's conversation; the intent's place in the subject is taken by the turn's own id."""

    text: Annotated[str, StringConstraints(max_length=200_000)]
    user: str = ""


class UserTurn(Turn):
    """What the user said: the only text that may bring new goals and recipients into a task."""

    kind = "turn.user"


class AgentTurn(Turn):
    """What the agent said."""

    kind = "turn.agent"

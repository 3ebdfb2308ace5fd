"""Facts of a task: who has it in hand, and what was said in it."""

from typing import Annotated

from pydantic import StringConstraints

from groundstop.events.fact import IntentFact, Signature
from groundstop.intent import Text, Token


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

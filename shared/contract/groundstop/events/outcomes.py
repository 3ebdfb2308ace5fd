"""How an intent ended, and what took its effect back."""

from typing import Any

from groundstop.events.fact import IntentFact, Signature
from groundstop.intent import Frozen, Text, Token
from groundstop.vocabulary import Ceiling, Reason, Risk, Status


class UndoCall(Frozen):
    """A receipt: the call that takes an effect back."""

    tool: str
    arguments: dict[str, Any]


class Outcome(IntentFact):
    """The one terminal fact of an intent.

    ``tried`` names the tools whose attempts failed, in order; ``verified`` is what the tool's verify said, None for
    nothing; ``over`` what had no room for a call that was throttled.
    """

    kind = "outcome"

    status: Status
    reason_code: Reason
    reason: Text = ""
    result: Any = None
    tool: str = ""
    action_type: str = ""
    risk: Risk | None = None
    attempts: int = 0
    retry_after_s: float | None = None
    warning: Text = ""
    duration_ms: float | None = None
    executor: str = ""
    policy_version: str = ""
    undo: UndoCall | None = None
    tried: tuple[str, ...] = ()
    verified: bool | None = None
    over: Ceiling | None = None
    signature: Signature = ""
    """Of who says it, where somebody acts upon it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return (self.status.value,)


class IntentUndone(IntentFact):
    """The effect of an intent was taken back by another one, ``undo_intent``."""

    kind = "intent.undone"

    undo_intent: Token
    by: Token

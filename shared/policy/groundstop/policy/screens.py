"""What is done about what the screens see, per kind of finding and source of the text."""

from enum import StrEnum
from typing import Literal

from groundstop.policy.basics import Section
from pydantic import Field

SOURCES = ("argument", "user_turn", "agent_turn", "tool_description", "tool_output")
KINDS = ("prompt_injection", "secret", "pii", "hidden_text", "unscanned", "provenance", "delegated")
Kind = Literal["prompt_injection", "secret", "pii", "hidden_text", "unscanned", "provenance", "delegated"]


class Action(StrEnum):
    """What a finding leads to, mildest first."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    HOLD = "hold"
    REFUSE = "refuse"


class BySource(Section):
    """The action for one kind of finding, by where the text came from."""

    argument: Action = Action.FLAG
    user_turn: Action = Action.FLAG
    agent_turn: Action = Action.FLAG
    tool_description: Action = Action.FLAG
    tool_output: Action = Action.FLAG


_INJECTION = BySource(argument=Action.HOLD, tool_description=Action.REFUSE, tool_output=Action.HOLD)
_SECRET = BySource(
    argument=Action.HOLD,
    user_turn=Action.REDACT,
    agent_turn=Action.REDACT,
    tool_description=Action.REDACT,
    tool_output=Action.REDACT,
)
_HIDDEN = BySource(
    argument=Action.HOLD,
    user_turn=Action.HOLD,
    agent_turn=Action.HOLD,
    tool_description=Action.REFUSE,
    tool_output=Action.HOLD,
)
_UNSCANNED = BySource(argument=Action.HOLD)
_PROVENANCE = BySource(argument=Action.HOLD, user_turn=Action.HOLD, agent_turn=Action.HOLD, tool_output=Action.HOLD)


class Delegation(Section):
    """How much a user may leave to a source ("everyone in this list") before a person looks at it: so many values in
    one call, and addresses of these domains alone (of any, where none is named)."""

    values_max: int = Field(strict=True, default=20, ge=0, le=10_000)
    domains: tuple[str, ...] = Field(default=(), max_length=500)


class Screens(Section):
    """Kinds of findings and what each leads to. ``hold_safe`` lets a finding hold safe actions as well."""

    prompt_injection: BySource = _INJECTION
    secret: BySource = _SECRET
    pii: BySource = BySource()
    hidden_text: BySource = _HIDDEN
    unscanned: BySource = _UNSCANNED
    provenance: BySource = _PROVENANCE
    delegated: BySource = BySource()
    delegation: Delegation = Delegation()
    hold_safe: bool = False
    excerpt_chars_max: int = Field(strict=True, default=160, ge=0, le=1_000)

    def action(self, kind: str, source: str) -> Action:
        """What a finding of ``kind`` in text from ``source`` leads to; kinds nobody knows are flagged."""
        by_source = getattr(self, kind, None) if kind in KINDS else None
        return getattr(by_source, source, Action.FLAG) if source in SOURCES else Action.FLAG

    def table(self) -> dict[tuple[str, str], str]:
        """(kind, source) -> action, as plain words: the form that groundstop.screening's own functions take."""
        return {(kind, source): self.action(kind, source).value for kind in KINDS for source in SOURCES}

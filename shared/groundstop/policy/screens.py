"""What is done about what the screens see, per kind of finding and source of the text."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from groundstop.policy.basics import Section

SOURCES = ("argument", "user_turn", "agent_turn", "tool_description", "tool_output")
KINDS = ("prompt_injection", "secret", "pii", "hidden_text", "unscanned", "provenance")
Kind = Literal["prompt_injection", "secret", "pii", "hidden_text", "unscanned", "provenance"]


class Action(StrEnum):
    """What a finding leads to, mildest first."""

    IGNORE = "ignore"
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


_INJECTION = BySource(argument=Action.HOLD, tool_description=Action.HOLD, tool_output=Action.FLAG)
_SECRET = BySource(argument=Action.HOLD, agent_turn=Action.REDACT, tool_output=Action.REDACT)
_HELD = BySource(argument=Action.HOLD, user_turn=Action.HOLD, agent_turn=Action.HOLD)


class Screens(Section):
    """Kinds of findings and what each leads to. ``hold_safe`` lets a finding hold safe actions as well."""

    prompt_injection: BySource = _INJECTION
    secret: BySource = _SECRET
    pii: BySource = BySource()
    hidden_text: BySource = BySource()
    unscanned: BySource = _HELD
    provenance: BySource = _HELD
    hold_safe: bool = False
    excerpt_chars_max: int = Field(default=160, ge=0, le=1_000)

    def action(self, kind: str, source: str) -> Action:
        """What a finding of ``kind`` in text from ``source`` leads to; kinds nobody knows are flagged."""
        by_source = getattr(self, kind, None) if kind in KINDS else None
        return getattr(by_source, source, Action.FLAG) if source in SOURCES else Action.FLAG

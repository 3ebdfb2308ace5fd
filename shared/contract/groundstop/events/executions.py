"""Attempts of an executor, and the circuit breakers of tools."""

from datetime import datetime

from groundstop import subjects
from groundstop.events.fact import Fact, IntentFact, Signature
from groundstop.events.judgement import Call
from groundstop.intent import Text
from groundstop.vocabulary import Reason, Risk
from pydantic import Field


class ExecutionStarted(IntentFact):
    """The fenced claim of one attempt: ``executor`` holds it, knowing the controls up to ``epoch`` on ``lane``."""

    kind = "execution.started"

    attempt: int = Field(ge=1)
    executor: str
    lane: int = Field(ge=0, lt=subjects.LANES)
    epoch: int = Field(ge=0)
    call_digest: str
    tool: str
    action_type: str
    risk: Risk
    fallback_for: str = ""
    """The cleared tool, when another one that its catalogue entry names stands in for it."""

    def detail(self) -> tuple[str, ...]:
        return (str(self.attempt),)

    def once(self) -> str:
        return self.subject()


class ExecutionFailed(IntentFact):
    """One attempt failed; ``retry_in_s`` says when the next starts, None that there is none."""

    kind = "execution.failed"

    attempt: int = Field(ge=1)
    executor: str
    tool: str
    action_type: str
    reason_code: Reason
    error: Text
    retry_in_s: float | None = None
    duration_ms: float = 0.0
    uncertain: bool = False
    """True when the attempt may have had its effect all the same."""
    next_tool: str = ""
    """The fallback that the next attempt uses; empty: the same tool."""

    def detail(self) -> tuple[str, ...]:
        return (str(self.attempt),)

    def once(self) -> str:
        return self.subject()


class ExecutionExhausted(IntentFact):
    """Attempts and fallbacks are used up and nothing happened: a person is asked to do it by hand, or to drop it.

    Whoever writes it does not write the outcome: that follows from the manual case.
    """

    kind = "execution.exhausted"

    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    reason_code: Reason
    error: Text = ""
    attempts: int = 0
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""


class BreakerFact(Fact):
    """A fact about the circuit breaker of one tool; each follows the newest one that its writer knew."""

    tool: str

    def subject(self) -> str:
        return subjects.breaker(self.kind, self.tool)


class ToolBroken(BreakerFact):
    """The tool failed ``failures`` times in a row: nobody starts it before ``until``, and then one at a time."""

    kind = "tool.broken"

    until: datetime
    failures: int
    opened: int = 1
    """How often in a row it was found broken, this time included."""
    error: Text = ""


class ToolMended(BreakerFact):
    """The tool works again."""

    kind = "tool.mended"

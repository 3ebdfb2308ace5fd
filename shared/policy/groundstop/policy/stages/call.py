"""One proposal on its way through the stages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.policy.compiling import WHOLE_INTENT
from groundstop.policy.conditions import context_of
from groundstop.policy.history import TaskHistory
from groundstop.policy.model import Policy
from groundstop.policy.prepared import PreparedTool
from groundstop.policy.rules import Rule


@dataclass(slots=True)
class Call:
    """Everything the stages look at. ``findings`` are what the screens saw, each with the source of its text.

    ``matched`` are the rules that hold, found by the stage that raises the risk and used again for their routes.
    """

    policy: Policy
    proposal: Intent
    tool: PreparedTool
    history: TaskHistory
    now: datetime
    findings: tuple[tuple[str, Finding], ...] = ()
    matched: tuple[Rule, ...] = ()
    _context: Any = None

    def context(self) -> Any:
        """What conditions see; built when the first one is asked, with no more than any of them mentions.

        Raises ValueError for arguments that conditions cannot carry.
        """
        if self._context is None:
            self._context = context_of(self._variables(self.tool.refusals.names | self.tool.rules.names))
        return self._context

    def _variables(self, names: frozenset[str]) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        if "intent" in names:
            whole = WHOLE_INTENT in names
            variables["intent"] = {field: v for field, v in intent_facts(self.proposal) if whole or field in names}
        if "tool" in names:
            variables["tool"] = self.tool.facts
        if "task" in names:
            variables["task"] = self.history.view(self.now.timestamp())
        if "now" in names:
            variables["now"] = self.now
        return variables


def intent_facts(proposal: Intent) -> Iterator[tuple[str, Any]]:
    """What a condition may read as ``intent``. An unstated confidence reads as -1, below every threshold."""
    yield "arguments", proposal.arguments
    yield "tenant", proposal.tenant
    yield "agent", proposal.agent
    yield "task", proposal.task
    yield "step", proposal.step
    yield "tool", proposal.tool
    yield "tool_version", proposal.tool_version
    yield "user", proposal.user
    yield "confidence", -1.0 if proposal.confidence is None else float(proposal.confidence)
    yield "reasoning", proposal.reasoning
    yield "assumptions", list(proposal.assumptions)

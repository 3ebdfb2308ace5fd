"""A policy made ready for one tool: everything that does not depend on the call is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundstop.catalogue import Tool
from groundstop.policy.candidates import Candidates, Programs, candidates
from groundstop.policy.compiling import compile_condition
from groundstop.policy.globs import compile_globs, matches
from groundstop.policy.model import Policy
from groundstop.policy.people import Approval
from groundstop.policy.rules import Refusal, Rule, ToolSettings
from groundstop.policy.shapes import Shape
from groundstop.policy.thresholds import Thresholds
from groundstop.policy.witnesses import Witness, witness


@dataclass(frozen=True, slots=True)
class PreparedTool:
    """What the policy has to say about one tool, whoever calls it and with whatever arguments."""

    tool: Tool | None
    name: str
    action_type: str
    shape: Shape
    witness: Witness
    thresholds: Thresholds
    settings: tuple[tuple[str, ToolSettings], ...]
    in_scope: bool
    refusals: Candidates[Refusal]
    rules: Candidates[Rule]
    approvals: tuple[Approval, ...]
    facts: Mapping[str, Any]


class Preparer:
    """Makes PreparedTools of one policy; the conditions of its entries are compiled once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._refusals = [(entry, compile_condition(entry.when)) for entry in policy.refusals]
        self._rules = [(entry, compile_condition(entry.when)) for entry in policy.rules]
        self._programs: Programs = {}
        self._settings = [(glob, compile_globs((glob,)), entry) for glob, entry in policy.tools.items()]

    def tool(self, tool: Tool) -> PreparedTool:
        """A tool of the catalogue."""
        return self._make(tool, tool.name, tool.action_type, Shape(tool.parameters))

    def unknown(self, name: str) -> PreparedTool:
        """A tool that nobody declared: judged by its name alone, and dangerous. Made anew for each call."""
        return self._make(None, name, "", Shape({}))

    def _make(self, tool: Tool | None, name: str, action_type: str, shape: Shape) -> PreparedTool:
        policy = self._policy
        facts = _facts(tool, name, action_type)
        programs = None if tool is None else self._programs
        return PreparedTool(
            tool=tool,
            name=name,
            action_type=action_type,
            shape=shape,
            witness=witness(tool, name, policy.hazards),
            thresholds=policy.confidence.thresholds_for(action_type),
            settings=tuple((glob, entry) for glob, holds, entry in self._settings if holds is None or holds(name)),
            in_scope=_in_scope(policy, name, action_type),
            refusals=candidates(self._refusals, facts, programs),
            rules=candidates(self._rules, facts, programs),
            approvals=tuple(a for a in policy.approvals if a.match.tool_holds(name, action_type)),
            facts=facts,
        )


def _in_scope(policy: Policy, name: str, action_type: str) -> bool:
    scope = policy.scope
    if not scope.tools and not scope.action_types:
        return not scope.closed
    return bool(
        (scope.tools and matches(name, scope.tools))
        or (scope.action_types and action_type and matches(action_type, scope.action_types))
    )


def _facts(tool: Tool | None, name: str, action_type: str) -> dict[str, Any]:
    """What a condition sees as ``tool``. ``risk`` is what was declared, dangerous for a tool that nobody declared."""
    return {
        "name": name,
        "version": tool.version if tool else "",
        "action_type": action_type,
        "risk": tool.risk.value if tool else "dangerous",
        "idempotency": tool.idempotency.value if tool else "none",
        "known": tool is not None,
    }

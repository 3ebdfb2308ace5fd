"""A policy made ready for one tool: everything that does not depend on the call is worked out once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundstop.catalogue import Tool
from groundstop.policy.conditions import Condition, Group, compile_condition, group, mentioned
from groundstop.policy.globs import compile_globs, matches
from groundstop.policy.model import Policy
from groundstop.policy.people import Approval
from groundstop.policy.rules import Conditioned, Refusal, Rule, ToolSettings
from groundstop.policy.shapes import Shape
from groundstop.policy.thresholds import Thresholds
from groundstop.policy.witnesses import Witness, witness

Entry = TypeVar("Entry", bound=Conditioned)


@dataclass(frozen=True, slots=True)
class Candidates(Generic[Entry]):
    """The entries that can be about one tool, in order, with their conditions singly and in groups."""

    entries: tuple[tuple[Entry, Condition | None], ...]
    groups: tuple[Group, ...]
    names: frozenset[str]


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
    """Makes PreparedTools of one policy; entries are compiled once, groups once per distinct set of entries."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._refusals = [(entry, compile_condition(entry.when)) for entry in policy.refusals]
        self._rules = [(entry, compile_condition(entry.when)) for entry in policy.rules]
        self._groups: dict[tuple[str, tuple[str, ...]], tuple[Group, ...]] = {}
        self._settings = [(glob, compile_globs((glob,)), entry) for glob, entry in policy.tools.items()]

    def tool(self, tool: Tool) -> PreparedTool:
        """A tool of the catalogue."""
        return self._make(tool, tool.name, tool.action_type, Shape(tool.parameters), self._grouped)

    def unknown(self, name: str) -> PreparedTool:
        """A tool that nobody declared: judged by its name alone, and dangerous."""
        return self._make(None, name, "", Shape({}), self._single)

    def _make(
        self, tool: Tool | None, name: str, action_type: str, shape: Shape, grouping: "Callable[..., Any]"
    ) -> PreparedTool:
        policy = self._policy
        return PreparedTool(
            tool=tool,
            name=name,
            action_type=action_type,
            shape=shape,
            witness=witness(tool, name, policy.hazards),
            thresholds=policy.confidence.thresholds_for(action_type),
            settings=tuple((glob, entry) for glob, holds, entry in self._settings if holds is None or holds(name)),
            in_scope=_in_scope(policy, name, action_type),
            refusals=grouping("refusals", _about(self._refusals, name, action_type)),
            rules=grouping("rules", _about(self._rules, name, action_type)),
            approvals=tuple(a for a in policy.approvals if a.match.tool_holds(name, action_type)),
            facts=_facts(tool, name, action_type),
        )

    def _grouped(self, kind: str, entries: Sequence[tuple[Entry, Condition | None]]) -> Candidates[Entry]:
        key = kind, tuple(entry.id for entry, _ in entries)
        if key not in self._groups:
            self._groups[key] = group([condition for _, condition in entries])
        return Candidates(tuple(entries), self._groups[key], mentioned(c for _, c in entries))

    def _single(self, _kind: str, entries: Sequence[tuple[Entry, Condition | None]]) -> Candidates[Entry]:
        whole = (Group(None, 0, len(entries)),) if entries else ()
        return Candidates(tuple(entries), whole, mentioned(c for _, c in entries))


def _about(
    entries: Sequence[tuple[Entry, Condition | None]], name: str, action_type: str
) -> list[tuple[Entry, Condition | None]]:
    return [pair for pair in entries if pair[0].match.tool_holds(name, action_type)]


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

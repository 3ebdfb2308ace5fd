"""Confusion beyond one task: an agent whose tasks go astray, and a tool that fails for everybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from groundstop.policy.thresholds import ConfusionLimits

NAMES_MAX = 2_000
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Failing:
    """A tool that has failed ``times`` in a row, for these tasks (as many as are kept)."""

    times: int = 0
    tasks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Astray:
    """Something that a person should look at: ``scope`` is an agent or a tool, written as halts write it."""

    scope: str
    says: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fold over all tasks of a tenant. Immutable and bounded: names heard of longest ago are dropped."""

    failing: Mapping[str, Failing] = field(default_factory=lambda: MappingProxyType({}))
    confused: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))

    def ended(self, task: str, tool: str, *, failed: bool) -> "Fleet":
        """After an attempt of ``tool`` in ``task`` ended."""
        if not failed:
            return replace(self, failing=_without(self.failing, tool)) if tool in self.failing else self
        before = self.failing.get(tool, Failing())
        tasks = before.tasks if len(before.tasks) >= NAMES_MAX else before.tasks | {task}
        return replace(self, failing=_with(self.failing, tool, Failing(before.times + 1, tasks)))

    def lost(self, agent: str, task: str, at_s: float) -> "Fleet":
        """After a task of ``agent`` was found confused at ``at_s`` (seconds since 1970)."""
        tasks = _with(self.confused.get(agent, {}), task, at_s)
        return replace(self, confused=_with(self.confused, agent, tasks))

    def astray(self, limits: ConfusionLimits, now_s: float) -> Iterator[Astray]:
        """What is beyond its threshold now. A tool counts when it fails for more than one task."""
        for tool, failing in self.failing.items():
            if failing.times >= limits.fleet_failures and len(failing.tasks) > 1:
                says = f"{tool} failed {failing.times} times in a row, in {len(failing.tasks)} tasks"
                yield Astray(f"tool={tool}", says)
        for agent, tasks in self.confused.items():
            recent = sum(now_s - at_s <= limits.agent_window_s for at_s in tasks.values())
            if recent >= limits.agent_tasks:
                yield Astray(f"agent={agent}", f"{recent} tasks of {agent} went in circles lately")


def _with(values: Mapping[str, _Value], name: str, value: _Value) -> Mapping[str, _Value]:
    """The mapping with ``name`` as its newest entry."""
    kept = {**_without(values, name), name: value}
    if len(kept) > NAMES_MAX:
        kept.pop(next(iter(kept)))
    return MappingProxyType(kept)


def _without(values: Mapping[str, _Value], name: str) -> Mapping[str, _Value]:
    return MappingProxyType({key: value for key, value in values.items() if key != name})

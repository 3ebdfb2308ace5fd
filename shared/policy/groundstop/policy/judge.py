"""The decision: one pure function of an intent, its tool, the policy and the history of its task."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundstop.catalogue import Tool
from groundstop.events import Finding, Judgement
from groundstop.intent import Intent
from groundstop.policy.basics import Mode
from groundstop.policy.defaults import default_policy
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.model import Policy
from groundstop.policy.people import Requirement
from groundstop.policy.prepared import PreparedTool, Preparer
from groundstop.policy.stages import STAGES, Call
from groundstop.policy.thresholds import Answer
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Reason, Route

REASONS_MAX = 24
REASON_CHARS_MAX = 600

Screen = Callable[[Mapping[str, Any], str], Iterable[Finding]]
"""A screen: (structure, source of its text) -> findings, each with the path of the text in the structure."""

Seen = Iterable[tuple[str, Finding]]
"""Findings with the source of the text each was seen in (see groundstop.policy.screens.SOURCES)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement with what else the policy has to say about it.

    ``need`` is who has to agree if it goes to people; ``answer`` what is done about a confused task; ``shadow`` what
    would have been decided but is not enforced.
    """

    judgement: Judgement
    need: Requirement
    answer: Answer = Answer.NONE
    shadow: tuple[str, ...] = ()


class Judge:
    """A policy made ready for a catalogue. Immutable: a new policy is a new judge, so no intent sees a mixture."""

    def __init__(
        self, policy: Policy, tools: Iterable[Tool], *, screen: Screen | None = None, beside: "Judge | None" = None
    ) -> None:
        self.policy = policy
        self.version = policy.version
        self._preparer = Preparer(policy)
        self._tools: Mapping[str, PreparedTool] = {tool.name: self._preparer.tool(tool) for tool in tools}
        self._screen = screen
        self._beside = beside

    def decide(
        self, proposal: Intent, history: TaskHistory = EMPTY, *, now: datetime, findings: Seen = ()
    ) -> Judgement:
        """The judgement of ``proposal``. ``now`` is aware; ``findings`` are what the screens saw, and where."""
        return self.decision(proposal, history, now=now, findings=findings).judgement

    def decision(
        self, proposal: Intent, history: TaskHistory = EMPTY, *, now: datetime, findings: Seen = ()
    ) -> Decision:
        """The judgement with its approval requirement and what a shadow policy or rule would have changed."""
        seen = self.seen(proposal, findings)
        walk = self.walk(proposal, history, now=now, findings=seen)
        shadow = tuple(note.says for note in walk.notes if note.shadow)
        if self._beside is not None:
            shadow += _difference(walk, self._beside.walk(proposal, history, now=now, findings=seen), self._beside)
        return Decision(_judgement(walk, self.version, shadow), walk.need, walk.answer, shadow)

    def seen(self, proposal: Intent, findings: Seen = ()) -> tuple[tuple[str, Finding], ...]:
        """``findings`` and what this judge's own screen sees in the arguments and in the agent's words."""
        return (*findings, *self._screened(proposal))

    def _screened(self, proposal: Intent) -> Iterator[tuple[str, Finding]]:
        if self._screen is not None:
            spoken = {"reasoning": proposal.reasoning, "assumptions": list(proposal.assumptions)}
            for source, value in (("argument", proposal.arguments), ("agent_turn", spoken)):
                yield from ((source, finding) for finding in self._screen(value, source))

    def prepared(self, name: str) -> PreparedTool:
        """What the policy has to say about a tool; one that nobody declared is prepared anew for each call."""
        return self._tools.get(name) or self._preparer.unknown(name)

    def walk(
        self,
        proposal: Intent,
        history: TaskHistory = EMPTY,
        *,
        now: datetime,
        findings: Seen = (),
        thorough: bool = False,
    ) -> Walk:
        """The way to the decision: the one code path behind judgements and explanations."""
        call = Call(self.policy, proposal, self.prepared(proposal.tool), history, now, tuple(findings))
        walk = Walk(thorough=thorough)
        for stage in STAGES:
            stage(call, walk)
            if walk.ended:
                break
        return walk


def prepare(
    policy: Policy, catalogue: Iterable[Tool], *, screen: Screen | None = None, enforced: Policy | None = None
) -> Judge:
    """A judge for ``policy``. A policy in shadow mode decides beside ``enforced`` (the built-in default if None)."""
    tools = tuple(catalogue)
    if policy.mode is Mode.SHADOW:
        return Judge(enforced or default_policy(), tools, screen=screen, beside=Judge(policy, tools))
    return Judge(policy, tools, screen=screen)


def decide(
    proposal: Intent,
    tool: Tool | None,
    policy: Policy,
    history: TaskHistory = EMPTY,
    *,
    now: datetime,
    findings: Seen = (),
) -> Judgement:
    """One decision, prepared for and thrown away: for tools and tests. Services keep a Judge."""
    tools = () if tool is None else (tool.model_copy(update={"name": proposal.tool}),)
    return prepare(policy, tools).decide(proposal, history, now=now, findings=findings)


def _judgement(walk: Walk, version: str, shadow: tuple[str, ...]) -> Judgement:
    reasons = [note.says[:REASON_CHARS_MAX] for note in walk.notes if note.applied and not note.shadow]
    return Judgement(
        risk=walk.risk,
        band=walk.band,
        route=walk.route,
        reasons=tuple(reasons[:REASONS_MAX]),
        findings=tuple(walk.findings),
        reason_code=walk.code if walk.route is not Route.PROCEED else Reason.POLICY,
        policy_version=version,
        shadow=shadow,
        answer="" if walk.answer is Answer.NONE else walk.answer.value,
    )


def _difference(walk: Walk, other: Walk, judge: Judge) -> tuple[str, ...]:
    name = f"Policy {judge.policy.name} ({judge.version})"
    if (walk.route, walk.risk) == (other.route, other.risk):
        return (f"{name} agrees.",)
    return (f"{name} would have said {other.route} ({other.risk}) instead of {walk.route} ({walk.risk}).",)

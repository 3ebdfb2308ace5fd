"""Why a call is decided as it is: the way that was walked, for people and as JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from groundstop.intent import Intent
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.judge import Judge, Seen
from groundstop.policy.stages.routing import MEANING
from groundstop.policy.walk import Note, Walk
from groundstop.vocabulary import Route

QUESTIONS = {
    "size": "Can the call be read at all?",
    "tool": "Is the tool known?",
    "schema": "Do the arguments fit the tool?",
    "scope": "Is the tool allowed here?",
    "risk": "What could the action break?",
    "tools": "Does the policy say anything about this tool by name?",
    "refusals": "Is it forbidden outright?",
    "rules": "Do any rules apply?",
    "confidence": "How sure is the agent?",
    "route": "What follows from risk and confidence?",
    "approval": "Who would have to agree?",
    "confusion": "Is the agent going in circles?",
    "screens": "Was anything suspicious seen?",
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One question with its answers; ``passed`` are entries that were asked and do not apply."""

    stage: str
    question: str
    answers: tuple[str, ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision tree that was walked. ``text()`` is for anybody, ``json()`` for programs."""

    call: str
    conclusion: str
    policy: str
    branches: tuple[Branch, ...]
    shadow: tuple[str, ...]
    walk: Walk

    def text(self) -> str:
        """The whole tree in plain words."""
        lines = [f"{self.call}", f"=> {self.conclusion}", ""]
        for branch in self.branches:
            lines.append(branch.question)
            lines += [f"  - {answer}" for answer in branch.answers or ("No.",)]
            if branch.passed and branch.stage in ("rules", "refusals"):
                lines.append(f"  ({_others(len(branch.passed))})")
        lines += [f"Not enforced, only recorded: {says}" for says in self.shadow]
        return "\n".join([*lines, f"Decided by policy {self.policy}."])

    def json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        walk = self.walk
        return {
            "call": self.call,
            "risk": walk.risk.value,
            "band": walk.band.value,
            "route": walk.route.value,
            "reason_code": walk.code.value,
            "conclusion": self.conclusion,
            "policy": self.policy,
            "need": walk.need.model_dump(mode="json"),
            "tree": [
                {"stage": b.stage, "question": b.question, "answers": list(b.answers), "passed": list(b.passed)}
                for b in self.branches
            ],
            "shadow": list(self.shadow),
            "findings": [finding.model_dump(mode="json") for finding in walk.findings],
        }


def explain(
    judge: Judge, proposal: Intent, history: TaskHistory = EMPTY, *, now: datetime, findings: Seen = ()
) -> Explanation:
    """Walk the very stages that decide, noting also what did not apply."""
    walk = judge.walk(proposal, history, now=now, findings=judge.seen(proposal, findings), thorough=True)
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in list(proposal.arguments.items())[:8])
    return Explanation(
        call=f"{proposal.agent} wants {proposal.tool}({arguments})",
        conclusion=_conclusion(walk),
        policy=f"{judge.policy.name} {judge.version}",
        branches=tuple(_branches(walk.notes)),
        shadow=tuple(note.says for note in walk.notes if note.shadow),
        walk=walk,
    )


def _branches(notes: Iterable[Note]) -> Iterator[Branch]:
    for stage, group in groupby(notes, key=lambda note: note.stage):
        some = [note for note in group if not note.shadow]
        if stage in ("rules", "refusals"):
            answers = tuple(note.says for note in some if note.applied)
            passed = tuple(note.says for note in some if not note.applied)
        else:
            answers, passed = tuple(note.says for note in some), ()
        yield Branch(stage, QUESTIONS.get(stage, stage), answers, passed)


def _conclusion(walk: Walk) -> str:
    reason = walk.decided_by.rstrip(".")
    if walk.route is Route.PROCEED or not reason or walk.decided_at == "route":
        return f"{walk.risk.value.capitalize()}: {MEANING[walk.route]}."
    return f"{walk.risk.value.capitalize()}: {MEANING[walk.route]} ({reason})."


def _others(count: int) -> str:
    return (
        "1 other was looked at and does not apply" if count == 1 else f"{count} others were looked at and do not apply"
    )


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

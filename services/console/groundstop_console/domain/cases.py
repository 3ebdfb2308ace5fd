"""A case as people see it: one line of the inbox, look-alikes side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from groundstop.commands.cases import CaseRow
from groundstop.events import Call

from groundstop_console.domain.masking import shown
from groundstop_console.domain.people import Person, Role

SUMMARY_CHARS = 140
LOOK_ALIKES_MIN = 3

KINDS = {
    "approval": "Approval",
    "confirmation": "Confirmation",
    "clarification": "Question",
    "handoff": "Hand-off",
    "manual": "By hand",
    "reconciliation": "Reconcile",
}
SILENCE = {
    "handoff": "If nobody decides, the task stays paused.",
    "manual": "If nobody decides, it fails.",
    "reconciliation": "If nobody decides, it stays unknown.",
}
"""What no decision comes to; a case of another kind is denied."""
URGENT_PART = 0.25
"""A case with less than this part of its time left is shown as urgent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One open case in the inbox. ``arguments`` and what is derived from them are masked already."""

    case: str
    kind: str
    intent: str
    tenant: str
    agent: str
    task: str
    tool: str
    risk: str
    digest: str
    question: str
    summary: str
    arguments: Mapping[str, Any]
    opened: datetime
    until: datetime
    claimed_by: str = ""
    quorum: str = ""
    look: str = ""

    @property
    def kind_name(self) -> str:
        """The kind in a word."""
        return KINDS.get(self.kind, self.kind)

    @property
    def silence(self) -> str:
        """What happens when nobody decides in time."""
        return SILENCE.get(self.kind, "If nobody decides, it is denied.")

    def urgent(self, now: datetime) -> bool:
        """True when most of the time is gone."""
        whole = (self.until - self.opened).total_seconds()
        return whole > 0 and (self.until - now).total_seconds() / whole < URGENT_PART


def line_of(case: CaseRow, person: Person) -> Line:
    """The line of a case as the approval service tells it."""
    arguments = shown(case.call.arguments, person)
    return Line(
        case=case.case,
        kind=case.case_kind,
        intent=case.intent,
        tenant=case.tenant,
        agent=case.agent,
        task=case.task,
        tool=case.call.tool,
        risk=case.judgement.risk,
        digest=case.call.digest,
        question=case.question if person.may(Role.APPROVER) else "",
        summary=summary(arguments),
        arguments=arguments,
        opened=case.at,
        until=case.expires_at,
        claimed_by=case.claimed_by or "",
        quorum=f"{len(case.votes)} of {case.need.people}" if case.need.people > 1 else "",
        look=look_of(case.call),
    )


def summary(arguments: Any) -> str:
    """The arguments in one short line."""
    if not isinstance(arguments, Mapping):
        return brief(arguments)
    text = ", ".join(f"{name} {brief(value)}" for name, value in arguments.items())
    return text if len(text) <= SUMMARY_CHARS else f"{text[: SUMMARY_CHARS - 1]}…"


def brief(value: Any) -> str:
    """A value in a few words."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= 60 else f"{text[:59]}…"


def look_of(call: Call) -> str:
    """What look-alikes have in common: the tool and the names of its arguments."""
    return f"{call.tool}({','.join(sorted(call.arguments))})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of the inbox; empty fields let everything pass."""

    kind: str = ""
    risk: str = ""
    agent: str = ""
    tenant: str = ""
    text: str = ""

    def lets(self, line: Line) -> bool:
        """True when ``line`` is wanted."""
        exact = all(getattr(self, name) in ("", getattr(line, name)) for name in ("kind", "risk", "agent", "tenant"))
        words = self.text.lower().split()
        hay = " ".join((line.tool, line.agent, line.task, line.intent, line.summary, line.question)).lower()
        return exact and all(word in hay for word in words)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that look alike, or a single one."""

    look: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Inbox:
    """The open cases as a page: all of them counted, those that were wanted in groups."""

    total: int
    found: int
    groups: Sequence[Group]
    risks: Mapping[str, int] = field(default_factory=dict)
    agents: Sequence[str] = ()


def grouped(lines: Sequence[Line]) -> list[Group]:
    """Look-alikes together, where the oldest of them stands; fewer than LOOK_ALIKES_MIN stay single."""
    alike: dict[str, list[Line]] = {}
    for line in lines:
        alike.setdefault(line.look, []).append(line)
    groups: list[Group] = []
    for line in lines:
        family = alike.get(line.look)
        if family is None:
            continue
        if len(family) >= LOOK_ALIKES_MIN:
            groups.append(Group(line.look, family))
            del alike[line.look]
        else:
            groups.append(Group(line.look, [line]))
    return groups

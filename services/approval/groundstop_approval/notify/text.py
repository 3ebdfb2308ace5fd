"""Events as people are told of them: what happened, in which words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from groundstop.events import (
    CaseDecided,
    CaseEscalated,
    CaseOpened,
    CaseReminded,
    Control,
    Fact,
    Outcome,
    ReviewerAlarmed,
)
from groundstop.vocabulary import Reason

from groundstop_approval.domain.notifications import Notifications, Template

FIELD_CHARS_MAX = 1_000

WORDS: dict[str, Template] = {
    "case.opened": Template(
        title="[{risk}] {question}",
        body="{question}\n\nCall: {tool}\nReasoning: {reasoning}\n"
        "Expires: {expires_at}. If nobody decides, it is denied.\n\n{link}",
    ),
    "case.reminded": Template(
        title="Still undecided: {case}", body="Nobody has decided {case} yet. Expires: {expires_at}.\n\n{link}"
    ),
    "case.escalated": Template(
        title="Escalated to {group}: {case}",
        body="{case} is undecided. Group {group} may now decide it. Expires: {expires_at}.\n\n{link}",
    ),
    "case.decided": Template(
        title="{verdict}: {tool} of {agent}", body="{case} was {verdict} by {by}. {note}\n\n{link}"
    ),
    "control.halt": Template(
        title="Halted: {scope}",
        body="{by} has halted {scope}: {reason}\nNo call in this scope runs until it is resumed. {tasks}",
    ),
    "control.resume": Template(title="Resumed: {scope}", body="{by} has resumed {scope}: {reason}. {tasks}"),
    "outcome.failed": Template(
        title="{tool} failed", body="{tool} of {agent} failed: {reason}\n\nWhat you can do: {options}"
    ),
    "outcome.unknown": Template(
        title="Unknown effect: {tool}",
        body="It is not known whether {tool} of {agent} took effect: {reason}\n\nWhat you can do: {options}",
    ),
    "reviewer.alarmed": Template(title="Reviewer alarm", body="{sentence}"),
}

OPTIONS: dict[Reason, str] = {
    Reason.TOOL_TIMED_OUT: "check whether it happened, then try again later, do it manually, or drop it",
    Reason.ATTEMPTS_EXHAUSTED: "try again in a few minutes, do it manually, or drop it",
    Reason.TOOL_FAILED: "correct the arguments and propose it again, do it manually, or drop it",
    Reason.TOOL_MISSING: "declare the tool in the catalogue, do it manually, or drop it",
    Reason.EXECUTOR_LOST: "check whether it happened and decide its reconciliation case",
    Reason.HALTED: "check whether it happened; it can be proposed again after the resume",
}
CARRIED = (
    "tenant", "agent", "task", "tool", "verdict", "by", "note", "group", "scope", "reason", "expires_at", "sentence",
    "risk", "status",
)  # fmt: skip
"""Fields of facts that people outside may read."""
ANY_OPTION = "try again in a few minutes, do it manually, or drop it"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. ``about`` is a case or an intent; ``fields`` fill the templates."""

    name: str
    id: str
    at: datetime
    about: str
    fields: Mapping[str, str]
    fact: Fact


def event_of(fact: Fact, opened: CaseOpened | None = None) -> Event | None:
    """The event in a fact; None when nobody is told of it. ``opened`` gives a case's later facts their context."""
    name = _NAMES.get(type(fact))
    if isinstance(fact, Control):
        name = f"control.{fact.action}" if fact.action in ("halt", "resume") else None
    elif isinstance(fact, Outcome):
        name = f"outcome.{fact.status}"
    if name is None or name not in WORDS:
        return None
    if getattr(fact, "drill", False) and name == "case.decided":
        return None
    return Event(
        name, fact.id, fact.at, getattr(fact, "case", getattr(fact, "intent", "")), _fields(fact, opened), fact
    )


_NAMES: dict[type[Fact], str] = {
    CaseOpened: "case.opened",
    CaseReminded: "case.reminded",
    CaseEscalated: "case.escalated",
    CaseDecided: "case.decided",
    ReviewerAlarmed: "reviewer.alarmed",
}


def _fields(fact: Fact, opened: CaseOpened | None) -> dict[str, str]:
    fields: dict[str, Any] = dict(_opening(opened)) if opened is not None else {}
    fields |= _opening(fact) if isinstance(fact, CaseOpened) else {}
    fields |= {name: value for name in CARRIED if (value := getattr(fact, name, None)) not in (None, "")}
    if isinstance(fact, CaseDecided):
        fields["tool"] = fact.call.tool
    if isinstance(fact, Outcome):
        fields["options"] = OPTIONS.get(fact.reason_code, ANY_OPTION)
    fields["case"] = getattr(fact, "case", "")
    return {name: plain(value) for name, value in fields.items()}


def _opening(opened: CaseOpened) -> dict[str, Any]:
    """What may leave the house about a case: never its arguments."""
    return {
        "question": opened.question,
        "tool": opened.call.tool,
        "risk": opened.judgement.risk,
        "reasoning": opened.proposal.reasoning or "it did not say",
        "user": opened.proposal.user,
        "expires_at": opened.expires_at,
    }


def plain(value: Any) -> str:
    """A value on one line without control characters: nobody injects a header or a second paragraph."""
    text = value.strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, datetime) else str(value)
    return "".join(char if char.isprintable() else " " for char in text)[:FIELD_CHARS_MAX]


def words(event: Event, settings: Notifications, more: Mapping[str, str]) -> tuple[str, str]:
    """Title and body. A field that an event does not have reads as nothing."""
    template, default = settings.templates.get(event.name, Template()), WORDS[event.name]  # type: ignore[call-overload]
    link = settings.link.replace("{case}", event.about) if settings.link else ""
    fields = {"link": link, **event.fields, **more}
    return tuple(
        _filled(own or standard, fields).strip() for own, standard in zip(*map(_both, (template, default)), strict=True)
    )  # type: ignore[return-value]


def _both(template: Template) -> tuple[str, str]:
    return template.title, template.body


def _filled(text: str, fields: Mapping[str, str]) -> str:
    """``{name}`` replaced by its field; nothing else of format strings is understood."""
    parts = Formatter().parse(text)
    return "".join(before + (fields.get(name, "") if name else "") for before, name, _, _ in parts)

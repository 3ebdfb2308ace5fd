"""What the bus carries, derived from the code: the address of every fact, who writes it and which services take it.

AsyncAPI (groundstop.asyncapi) and the tables of docs/reference/facts.md (groundstop.doctables) are made of this. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundstop import subjects
from groundstop.bus.delivery import DURABLES
from groundstop.errors import GroundstopError
from groundstop.events import KINDS, Fact
from groundstop.intent import State
from groundstop.vocabulary import CaseKind, Route, Status, Verdict

WRITERS: Mapping[str, tuple[str, ...]] = {
    "intent.submitted": ("agent",),
    "intent.classified": ("classifier",),
    "intent.admitted": ("rate-limiter",),
    "intent.cleared": ("rate-limiter", "approval"),
    "intent.deferred": ("rate-limiter",),
    "intent.edited": ("approval",),
    "intent.undone": ("operator",),
    "case.due": ("log",),
    "case.nudge": ("log",),
    "case": ("approval",),
    "timer": ("approval",),
    "grant": ("approval",),
    "task": ("approval",),
    "execution": ("executor",),
    "outcome": ("classifier", "rate-limiter", "approval", "executor"),
    "turn": ("agent",),
    "feedback": ("user",),
    "cost": ("agent", "executor"),
    "control": ("guard", "approval", "executor"),
    "executor": ("executor",),
    "tool": ("executor",),
    "notification": ("approval",),
    "reviewer": ("approval",),
    "chain": ("audit",),
    "record": ("audit",),
    "policy": ("approval",),
    "keys": ("operator",),
    "message": ("every service",),
}
"""Kind, or family, to who may write it. ``log``: the server itself, when a scheduled message is due."""

REPLACED = frozenset(
    {
        "control",
        "task.paused",
        "policy.published",
        "keys.published",
        "tool.broken",
        "tool.mended",
        "chain.writer",
        "record.held",
    }
)
"""Kinds of which the newest is the state: each is written with the sequence of the one that it replaces."""

OUTSIDE = frozenset({"agent", "user", "operator"})
"""Writers that are not part of the control plane."""

ENUMS: Mapping[str, tuple[str, ...]] = {
    "route": tuple(member.value for member in Route),
    "case_kind": tuple(member.value for member in CaseKind),
    "verdict": tuple(member.value for member in Verdict),
    "status": tuple(member.value for member in Status),
    "lane": tuple(map(str, range(subjects.LANES))),
}

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class _Named(str):
    """Stands in for the value of a field: whatever is taken from it says which field it was."""

    @property
    def value(self) -> str:
        return str(self)

    def __getattr__(self, name: str) -> "_Named":
        return _Named(f"{{{name}}}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact. ``address`` and ``once`` are subjects with ``{field}`` where the fact decides the token."""

    name: str
    model: type[Fact]
    address: str
    once: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]

    @property
    def says(self) -> str:
        """The first sentence of the model's docstring."""
        return first_sentence(self.model.__doc__)

    @property
    def once_per(self) -> str:
        """The fields of which at most one such fact exists for each combination; empty where the newest one counts."""
        if self.name in REPLACED:
            return ""
        return ", ".join(name for name in placeholders(self.once) if name not in ("tenant", "agent"))


def kinds() -> list[Kind]:
    """Every kind of fact, in the order of groundstop.events.KINDS."""
    return [kind_of(name, model) for name, model in KINDS.items()]


def kind_of(name: str, model: type[Fact]) -> Kind:
    """What the code says about one kind. Raises GroundstopError for one that nobody is said to write."""
    unchecked: Any = model.model_construct
    fact: Fact = unchecked(**{field: _Named(f"{{{field}}}") for field in model.model_fields})
    address = _legible(fact.subject())
    writers = WRITERS.get(name) or WRITERS.get(name.partition(".")[0])
    if writers is None:
        raise GroundstopError(f"who writes {name!r}? add it to WRITERS in groundstop.addresses")
    return Kind(name, model, address, _legible(fact.once()), writers, readers_of(address))


def _legible(subject: str) -> str:
    """A tool's name may hold what a token may not, so its token is made from it: show that field."""
    return subject.replace(subjects.tool_token("{tool}"), "{tool}")


def placeholders(address: str) -> list[str]:
    """Names of the fields in an address, in order."""
    return _PLACEHOLDER.findall(address)


def readers_of(address: str) -> tuple[str, ...]:
    """Names of the durables whose filters may match a subject of this address."""
    return tuple(d.name for d in DURABLES if any(overlaps(pattern, address) for pattern in d.subjects))


def overlaps(pattern: str, address: str) -> bool:
    """Whether a filter can match a subject of ``address``, whose placeholders stand for any token."""
    wanted, given = pattern.split("."), address.split(".")
    for position, token in enumerate(wanted):
        if token == ">":
            return len(given) > position
        if position >= len(given):
            return False
        if token not in ("*", given[position]) and not _PLACEHOLDER.search(given[position]):
            return False
    return len(wanted) == len(given)


def first_sentence(text: str | None) -> str:
    """The first sentence of a docstring, on one line."""
    flat = " ".join((text or "").split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", flat, maxsplit=1)[0]


def moves(table: Mapping[tuple[State, str], State]) -> Iterable[tuple[State, dict[State, list[str]]]]:
    """The life of an intent by state: which facts lead where."""
    for state in State:
        there: dict[State, list[str]] = {}
        for (before, kind), after in table.items():
            if before is state:
                there.setdefault(after, []).append(kind)
        if there:
            yield state, there

"""One trace per intent, made of its facts: each span ends where a fact was stored and begins where its cause was. Pure.

Nothing is measured beside the log: what a trace shows is what was recorded, a crash loses no span, and a span's id is
that of its fact. An agent's own traceparent is kept: the intent is then a span inside the agent's trace.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from groundstop.ids import trace_of

INTENTS_MAX = 50_000
"""Intents whose beginning is remembered; the one that was quiet longest goes first."""
BAD = ("failed", "unknown")
NAMES = {
    "intent.classified": "classify", "intent.admitted": "meter", "intent.deferred": "wait_for_limit",
    "intent.cleared": "clear", "case.opened": "open_case", "case.decided": "wait_for_people",
    "execution.failed": "execute_tool", "outcome": "conclude",
}  # fmt: skip
ATTRIBUTES = ("route", "risk", "band", "policy_version", "status", "reason_code", "verdict", "case_kind", "attempt")


@dataclass(frozen=True, slots=True)
class Span:
    """A span as OpenTelemetry has it: ids in hex, times in nanoseconds since 1970, ``parent`` empty for a root."""

    trace: str
    id: str
    parent: str
    name: str
    service: str
    begin_ns: int
    end_ns: int
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    failed: bool = False


@dataclass(slots=True)
class _Intent:
    begin_ns: int
    tool: str
    times: dict[str, int]
    """Event id to when it was stored."""
    started_ns: int = 0


class Spans:
    """Folds facts in the order of the log into finished spans."""

    def __init__(self) -> None:
        self._intents: OrderedDict[tuple[str, str], _Intent] = OrderedDict()

    def add(self, kind: str, time_ns: int, fact: Mapping[str, Any]) -> Iterator[Span]:
        """The spans that end with this fact."""
        trace, key = str(fact.get("trace") or ""), (str(fact.get("tenant")), str(fact.get("intent")))
        if len(trace) != 55:
            return
        if kind == "intent.submitted":
            self._intents[key] = _Intent(time_ns, str(fact.get("tool") or ""), {str(fact["id"]): time_ns})
            if len(self._intents) > INTENTS_MAX:
                self._intents.popitem(last=False)
        intent = self._intents.get(key)
        if intent is None:
            return
        self._intents.move_to_end(key)
        intent.times[str(fact["id"])] = time_ns
        if kind == "execution.started":
            intent.started_ns = time_ns
        root = _root(trace, key[1])
        if kind in NAMES:
            yield from self._child(kind, time_ns, fact, intent, root)
        if kind == "outcome":
            yield _whole(time_ns, fact, intent, root)
            intent.times.clear()

    def _child(
        self, kind: str, time_ns: int, fact: Mapping[str, Any], intent: _Intent, root: tuple[str, str, str]
    ) -> Iterator[Span]:
        ran = bool(intent.started_ns) and kind in ("execution.failed", "outcome")
        name, begin_ns = NAMES[kind], intent.times.get(str(fact.get("cause")), intent.begin_ns)
        attributes = _attributes(fact)
        if ran:
            tool = str(fact.get("tool") or intent.tool)
            name, begin_ns, intent.started_ns = f"execute_tool {tool}", intent.started_ns, 0
            attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool,
                           "gen_ai.tool.call.id": str(fact["intent"])}  # fmt: skip
        bad = kind == "execution.failed" or fact.get("status") in BAD
        service = str(fact.get("actor") or "groundstop")
        yield Span(root[0], _span_id(str(fact["id"])), root[1], name, service, begin_ns, time_ns, attributes, bad)


def _whole(time_ns: int, fact: Mapping[str, Any], intent: _Intent, root: tuple[str, str, str]) -> Span:
    trace, own, parent = root
    attributes = _attributes(fact) | {"gen_ai.tool.name": intent.tool}
    bad = fact.get("status") in BAD
    return Span(
        trace, own, parent, f"intent {intent.tool}", str(fact["agent"]), intent.begin_ns, time_ns, attributes, bad
    )


def _root(trace: str, intent: str) -> tuple[str, str, str]:
    """Trace id, the intent's own span, and its parent: none for a trace that began with the intent."""
    if trace == trace_of(intent):
        return trace[3:35], trace[36:52], ""
    return trace[3:35], _span_id(f"{intent}:intent"), trace[36:52]


def _span_id(text: str) -> str:
    try:
        return UUID(text).hex[16:]
    except ValueError:
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _attributes(fact: Mapping[str, Any]) -> dict[str, str | int | float]:
    judgement = fact.get("judgement")
    flat = {**fact, **(judgement if isinstance(judgement, dict) else {})}
    found: dict[str, str | int | float] = {
        f"groundstop.{name}": flat[name] for name in ATTRIBUTES if isinstance(flat.get(name), str | int | float)
    }
    who = {f"groundstop.{name}": str(fact.get(name) or "") for name in ("tenant", "agent", "task", "intent")}
    return found | who

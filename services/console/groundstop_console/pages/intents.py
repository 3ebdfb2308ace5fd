"""Intents: what agents propose, newest first; and the way of one of them."""

from typing import Any

from groundstop.ids import new_id
from starlette.responses import Response

from groundstop_console.domain import stories
from groundstop_console.domain.masking import shown
from groundstop_console.web.visit import Visit

PAGE = 100
STATES = {"open": "Open", "waiting": "Waiting for people", "good": "Done", "bad": "Not done", "unknown": "Unknown"}


async def page(visit: Visit) -> Response:
    """The table with its search."""
    return visit.page("intents.html", **_context(visit))


async def rows(visit: Visit) -> Response:
    """The table alone, for refreshing."""
    return visit.page("parts/intents_list.html", **_context(visit))


def _context(visit: Visit) -> dict[str, Any]:
    words, tone = visit.query("q")[:200].lower().split(), visit.query("state")
    seen = visit.view.rows()
    found = [row for row in seen if row.matches(words) and tone in ("", row.tone)]
    return {
        "rows": found[:PAGE],
        "found": len(found),
        "seen": len(seen),
        "many_tenants": len({row.tenant for row in seen}) > 1,
        "q": visit.query("q")[:200],
        "state": tone,
        "states": STATES,
        "caught_up": visit.view.caught_up,
    }


async def trace(visit: Visit) -> Response:
    """Every fact about one intent, with how long each took, and why in words."""
    return visit.page("trace.html", **await _story(visit))


async def trace_body(visit: Visit) -> Response:
    """The timeline alone, for refreshing."""
    return visit.page("parts/trace_body.html", **await _story(visit))


async def _story(visit: Visit) -> dict[str, Any]:
    intent = visit.path("intent")
    found = await visit.view.trace(intent)
    steps, row = found.steps, None
    for step in steps:
        row = stories.folded(row, step.kind, step.fact, step.time)
    row = row or stories.unread(intent, found.tenant, visit.desk.clock())
    moments = stories.timeline(steps)
    return {
        "intent": intent,
        "row": row,
        "moments": moments,
        "why": stories.why(steps),
        "facts": {moment.step.seq: shown(moment.step.fact, visit.person) for moment in moments},
        "whole_ms": moments[-1].step.after_ms if moments else 0.0,
        "said_by_me": any(m.step.kind == "feedback" and m.step.actor == visit.person.name for m in moments),
        "entry": new_id(),
        "call": list(shown(dict(row.arguments), visit.person).items()),
        "confidence": steps[0].fact.get("confidence") if steps else None,
        "aside": found.set_aside,
        "open_case": _open_case(steps),
    }


def _open_case(steps: list[Any]) -> str:
    """The newest case of the intent that nobody has decided; empty when there is none."""
    decided = {_case_of(step) for step in steps if step.kind == "case.decided"}
    opened = [_case_of(step) for step in steps if step.kind == "case.opened"]
    return next((case for case in reversed(opened) if case not in decided), "")


def _case_of(step: Any) -> str:
    return f"{step.fact.get('intent')}-{step.fact.get('case_kind')}"

"""Intents: what agents propose, newest first; and the way of one of them."""

from typing import Any

from groundstop.ids import new_id
from starlette.responses import Response

from groundstop_console.domain import intent_view
from groundstop_console.domain.masking import shown
from groundstop_console.web.request_context import RequestContext

PAGE = 100
STATES = {"open": "Open", "waiting": "Waiting for people", "good": "Done", "bad": "Not done", "unknown": "Unknown"}


async def page(ctx: RequestContext) -> Response:
    """The table with its search."""
    return ctx.page("intents.html", **_context(ctx))


async def rows(ctx: RequestContext) -> Response:
    """The table alone, for refreshing."""
    return ctx.page("parts/intents_list.html", **_context(ctx))


def _context(ctx: RequestContext) -> dict[str, Any]:
    words, tone = ctx.query("q")[:200].lower().split(), ctx.query("state")
    seen = ctx.view.rows()
    found = [row for row in seen if row.matches(words) and tone in ("", row.tone)]
    return {
        "rows": found[:PAGE],
        "found": len(found),
        "seen": len(seen),
        "many_tenants": len({row.tenant for row in seen}) > 1,
        "q": ctx.query("q")[:200],
        "state": tone,
        "states": STATES,
        "caught_up": ctx.view.caught_up,
    }


async def trace(ctx: RequestContext) -> Response:
    """Every fact about one intent, with how long each took, and why in words."""
    return ctx.page("trace.html", **await _story(ctx))


async def trace_body(ctx: RequestContext) -> Response:
    """The timeline alone, for refreshing."""
    return ctx.page("parts/trace_body.html", **await _story(ctx))


async def _story(ctx: RequestContext) -> dict[str, Any]:
    intent = ctx.path("intent")
    found = await ctx.view.trace(intent)
    steps, row = found.steps, None
    for step in steps:
        row = intent_view.folded(row, step.kind, step.fact, step.time)
    row = row or intent_view.unread(intent, found.tenant, ctx.app_state.clock())
    moments = intent_view.timeline(steps)
    return {
        "intent": intent,
        "row": row,
        "moments": moments,
        "why": intent_view.why(steps),
        "facts": {moment.step.seq: shown(moment.step.fact, ctx.person) for moment in moments},
        "whole_ms": moments[-1].step.after_ms if moments else 0.0,
        "said_by_me": any(m.step.kind == "feedback" and m.step.actor == ctx.person.name for m in moments),
        "entry": new_id(),
        "call": list(shown(dict(row.arguments), ctx.person).items()),
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

"""The controls: the halt, who obeys it, what is running, and lifting it again."""

from collections import Counter
from typing import Any

from groundstop.controls import BadScope, check_scope
from groundstop.errors import GroundstopError
from groundstop.events import Control, Halt
from groundstop.vocabulary import Risk
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters import undoing
from groundstop_console.domain import scopes
from groundstop_console.domain.people import Role, may_halt
from groundstop_console.web.request_context import RequestContext

FLIGHTS_MAX = 50
HISTORY_MAX = 20
WAIT_S = 3.0
DEEDS_MAX = 200
UNDONE = {"done": "undone", "waiting": "still waiting", "failed": "failed", "not_possible": "cannot be undone"}


async def page(ctx: RequestContext) -> Response:
    """Everything about stopping and going on."""
    people = ctx.app_state.people_to_resume()
    known = await _context(ctx)
    return ctx.page("controls.html", forms=scopes.FORMS, people=people, names=ctx.view.names(), **known)


async def board(ctx: RequestContext) -> Response:
    """What changes by itself, for refreshing."""
    return ctx.page("parts/controls_board.html", **await _context(ctx))


async def _context(ctx: RequestContext) -> dict[str, Any]:
    view, person = ctx.view, ctx.person
    flights, halts = view.in_flight(), view.halts()
    return {
        "wide": [halt for halt in halts if not scopes.of_a_task(halt.scope)],
        "paused": [halt for halt in halts if scopes.of_a_task(halt.scope)],
        "handed": await view.handoffs(),
        "roster": view.roster(),
        "flights": flights[:FLIGHTS_MAX],
        "flights_total": len(flights),
        "history": view.history(HISTORY_MAX),
        "may_halt": lambda halt: may_halt(person, halt.scope, halt.tenant),
        "stages": stages_left,
        "waiting": sum(1 for row in view.rows() if row.state.value == "cleared"),
    }


async def ask(ctx: RequestContext) -> Response:
    """The second look before a halt: what it would stop, now."""
    scope, reason = _scope(ctx), ctx.field("reason")
    if not reason:
        return ctx.refused("A reason is required. It is shown to everybody affected.", "/controls", 422)
    rows = ctx.view.rows()
    running = scopes.stopped(ctx.view.in_flight(), scope)
    waiting = scopes.stopped([row for row in rows if row.state.value in ("cleared", "classified", "admitted")], scope)
    executors = [beat for beat in ctx.view.roster() if beat["fresh"]]
    return ctx.page(
        "confirm_halt.html",
        scope=scope,
        reason=reason,
        running=running,
        waiting=waiting,
        executors=executors,
        people=_people(ctx),
    )


def _people(ctx: RequestContext) -> int:
    return 2 if ctx.field("people") == "2" else 1


def _scope(ctx: RequestContext) -> str:
    given = ctx.field("scope") or scopes.scope_of(ctx.field("what", "all"), ctx.field("value"))
    try:
        scope = check_scope(given)
    except BadScope as error:
        raise GroundstopError(f"Invalid scope: {error}") from error
    if not may_halt(ctx.person, scope):
        raise GroundstopError("You may halt within your own tenants only: choose one of them as the scope.")
    return scope


async def halt(ctx: RequestContext) -> Response:
    """Stop, and show who has stopped."""
    scope = _scope(ctx)
    report = await ctx.view.operator(_people(ctx)).halt(scope, ctx.field("reason"), WAIT_S)
    ctx.app_state.logger.warning("halted", scope=scope, by=ctx.person.name, control=report.control)
    return ctx.page("halted.html", report=report, reason=ctx.field("reason"))


async def resume(ctx: RequestContext) -> Response:
    """Lift one halt, or let a stage of it go on; or ask for the second person it needs."""
    operator = ctx.view.operator()
    control, note, stage = ctx.field("control"), ctx.field("note"), ctx.field("stage")
    halt = await ctx.view.halt(control)
    if not may_halt(ctx.person, halt.scope, halt.tenant):
        raise GroundstopError("This halt reaches beyond your tenants; ask an operator who sees all of them.")
    if not note:
        return ctx.refused("A note is required: why is it safe to resume?", "/controls", 422)
    written = await operator.resume(halt.control, note, stage)
    ctx.say(_said(written))
    return RedirectResponse("/controls", 303)


def _said(written: Control) -> str:
    what = scopes.in_words(written.scope, written.tenant)
    if written.action == "resume_asked":
        return f"You asked to resume {what}. It stays halted until a second person requests the same."
    part = f" up to {written.stage}" if written.stage and written.stage != "dangerous" else ""
    left = len(written.halts)
    return f"Resumed {what}{part}. {left or 'No'} {'halt is' if left == 1 else 'halts are'} in force."


def stages_left(halt: Halt) -> dict[str, str]:
    """Up to where a halt can be lifted now, in words: the careful steps first, everything last."""
    from_rank = halt.risk_from.rank if halt.risk_from else 0
    words = {Risk.SAFE: "Safe only", Risk.RISKY: "Safe and risky"}
    careful = {risk.value: text for risk, text in words.items() if risk.rank >= from_rank}
    return careful | {"": "Everything"}


async def review(ctx: RequestContext) -> Response:
    """What was done in the scope of a halt, and what of it can be taken back."""
    halt = await ctx.view.halt(ctx.path("control"))
    found, aside = await ctx.view.done_before(halt)
    return ctx.page(
        "review.html",
        halt=halt,
        in_force=any(active.control == halt.control for active in ctx.view.halts()),
        aside=aside,
        deeds=found[:DEEDS_MAX],
        total=len(found),
        possible=sum(deed.receipt is not None for deed in found),
        may=ctx.person.may(Role.OPERATOR),
    )


async def undo(ctx: RequestContext) -> Response:
    """Take back what was ticked, newest first."""
    halt = await ctx.view.halt(ctx.path("control"))
    found, _ = await ctx.view.done_before(halt)
    ticked = {str(value) for value in ctx.form.getlist("intent")}
    chosen = [deed for deed in found if deed.outcome.intent in ticked]
    back = f"/controls/{halt.control}/review"
    if not 0 < len(chosen) <= undoing.UNDO_MAX:
        return ctx.refused(f"Select between one and {undoing.UNDO_MAX} of them.", back, 422)
    results = await ctx.view.take_back(chosen)
    counts = Counter(one.result for one in results)
    parts = [f"{counts[name]} {words}" for name, words in UNDONE.items() if counts[name]]
    reasons = "; ".join(f"{one.tool}: {one.reason}" for one in results if one.reason)[:300]
    tone = "good" if counts["done"] == len(results) else "bad"
    ctx.say(f"{', '.join(parts).capitalize()}.{f' {reasons}' if reasons else ''}", tone)
    return RedirectResponse(back, 303)

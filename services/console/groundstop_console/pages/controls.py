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
from groundstop_console.web.visit import Visit

FLIGHTS_MAX = 50
HISTORY_MAX = 20
WAIT_S = 3.0
DEEDS_MAX = 200
UNDONE = {"done": "undone", "waiting": "still waiting", "failed": "failed", "not_possible": "cannot be undone"}


async def page(visit: Visit) -> Response:
    """Everything about stopping and going on."""
    people = visit.desk.people_to_resume()
    known = await _context(visit)
    return visit.page("controls.html", forms=scopes.FORMS, people=people, names=visit.view.names(), **known)


async def board(visit: Visit) -> Response:
    """What changes by itself, for refreshing."""
    return visit.page("parts/controls_board.html", **await _context(visit))


async def _context(visit: Visit) -> dict[str, Any]:
    view, person = visit.view, visit.person
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


async def ask(visit: Visit) -> Response:
    """The second look before a halt: what it would stop, now."""
    scope, reason = _scope(visit), visit.field("reason")
    if not reason:
        return visit.refused("A reason is required. It is shown to everybody affected.", "/controls", 422)
    rows = visit.view.rows()
    running = scopes.stopped(visit.view.in_flight(), scope)
    waiting = scopes.stopped([row for row in rows if row.state.value in ("cleared", "classified", "admitted")], scope)
    executors = [beat for beat in visit.view.roster() if beat["fresh"]]
    return visit.page(
        "confirm_halt.html",
        scope=scope,
        reason=reason,
        running=running,
        waiting=waiting,
        executors=executors,
        people=_people(visit),
    )


def _people(visit: Visit) -> int:
    return 2 if visit.field("people") == "2" else 1


def _scope(visit: Visit) -> str:
    given = visit.field("scope") or scopes.scope_of(visit.field("what", "all"), visit.field("value"))
    try:
        scope = check_scope(given)
    except BadScope as error:
        raise GroundstopError(f"Invalid scope: {error}") from error
    if not may_halt(visit.person, scope):
        raise GroundstopError("You may halt within your own tenants only: choose one of them as the scope.")
    return scope


async def halt(visit: Visit) -> Response:
    """Stop, and show who has stopped."""
    scope = _scope(visit)
    report = await visit.view.operator(_people(visit)).halt(scope, visit.field("reason"), WAIT_S)
    visit.desk.logger.warning("halted", scope=scope, by=visit.person.name, control=report.control)
    return visit.page("halted.html", report=report, reason=visit.field("reason"))


async def resume(visit: Visit) -> Response:
    """Lift one halt, or let a stage of it go on; or ask for the second person it needs."""
    operator = visit.view.operator()
    control, note, stage = visit.field("control"), visit.field("note"), visit.field("stage")
    halt = await visit.view.halt(control)
    if not may_halt(visit.person, halt.scope, halt.tenant):
        raise GroundstopError("This halt reaches beyond your tenants; ask an operator who sees all of them.")
    if not note:
        return visit.refused("A note is required: why is it safe to resume?", "/controls", 422)
    written = await operator.resume(halt.control, note, stage)
    visit.say(_said(written))
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


async def review(visit: Visit) -> Response:
    """What was done in the scope of a halt, and what of it can be taken back."""
    halt = await visit.view.halt(visit.path("control"))
    found, aside = await visit.view.done_before(halt)
    return visit.page(
        "review.html",
        halt=halt,
        in_force=any(active.control == halt.control for active in visit.view.halts()),
        aside=aside,
        deeds=found[:DEEDS_MAX],
        total=len(found),
        possible=sum(deed.receipt is not None for deed in found),
        may=visit.person.may(Role.OPERATOR),
    )


async def undo(visit: Visit) -> Response:
    """Take back what was ticked, newest first."""
    halt = await visit.view.halt(visit.path("control"))
    found, _ = await visit.view.done_before(halt)
    ticked = {str(value) for value in visit.form.getlist("intent")}
    chosen = [deed for deed in found if deed.outcome.intent in ticked]
    back = f"/controls/{halt.control}/review"
    if not 0 < len(chosen) <= undoing.UNDO_MAX:
        return visit.refused(f"Select between one and {undoing.UNDO_MAX} of them.", back, 422)
    results = await visit.view.take_back(chosen)
    counts = Counter(one.result for one in results)
    parts = [f"{counts[name]} {words}" for name, words in UNDONE.items() if counts[name]]
    reasons = "; ".join(f"{one.tool}: {one.reason}" for one in results if one.reason)[:300]
    tone = "good" if counts["done"] == len(results) else "bad"
    visit.say(f"{', '.join(parts).capitalize()}.{f' {reasons}' if reasons else ''}", tone)
    return RedirectResponse(back, 303)

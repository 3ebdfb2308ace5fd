"""The controls: the halt, who obeys it, what is running, and lifting it again."""

from typing import Any

from groundstop.controls import BadScope, check_scope
from groundstop.errors import GroundstopError
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.bus import BusAway
from groundstop_console.domain import scopes
from groundstop_console.domain.people import may_halt
from groundstop_console.domain.stories import Row
from groundstop_console.web.visit import Visit

FLIGHTS_MAX = 50
HISTORY_MAX = 20
WAIT_S = 3.0


async def page(visit: Visit) -> Response:
    """Everything about stopping and going on."""
    return visit.page("controls.html", forms=scopes.FORMS, **_context(visit))


async def board(visit: Visit) -> Response:
    """What changes by itself, for refreshing."""
    return visit.page("parts/controls_board.html", **_context(visit))


def _context(visit: Visit) -> dict[str, Any]:
    live, person = visit.desk.live, visit.person
    flights = _seen(visit, live.in_flight())
    return {
        "halts": live.halts,
        "roster": live.roster(),
        "flights": flights[:FLIGHTS_MAX],
        "flights_total": len(flights),
        "history": [(control, live.reports.get(control.control, [])) for control in list(live.controls)[:HISTORY_MAX]],
        "may_halt": lambda scope: may_halt(person, scope),
        "waiting": sum(1 for row in _seen(visit, list(live.newest())) if row.state.value == "cleared"),
    }


def _seen(visit: Visit, rows: list[Row]) -> list[Row]:
    return [row for row in rows if visit.person.sees(row.tenant)]


async def ask(visit: Visit) -> Response:
    """The second look before a halt: what it would stop, now."""
    scope, reason = _scope(visit), visit.field("reason")
    if not reason:
        return visit.refused("A halt needs a reason: it is what everybody affected reads.", "/controls", 422)
    rows = _seen(visit, list(visit.desk.live.newest()))
    running = scopes.stopped(_seen(visit, visit.desk.live.in_flight()), scope)
    waiting = scopes.stopped([row for row in rows if row.state.value in ("cleared", "classified", "admitted")], scope)
    executors = [beat for beat in visit.desk.live.roster() if beat["fresh"]]
    return visit.page(
        "confirm_halt.html", scope=scope, reason=reason, running=running, waiting=waiting, executors=executors
    )


def _scope(visit: Visit) -> str:
    given = visit.field("scope") or scopes.scope_of(visit.field("what", "all"), visit.field("value"))
    try:
        scope = check_scope(given)
    except BadScope as error:
        raise GroundstopError(f"Name what to stop: {error}") from error
    if not may_halt(visit.person, scope):
        raise GroundstopError("You may halt within your own tenants only: choose one of them as the scope.")
    return scope


async def halt(visit: Visit) -> Response:
    """Stop, and show who has stopped."""
    scope = _scope(visit)
    if not visit.desk.bus.up:
        raise BusAway
    report = await visit.desk.bus.operator(visit.person).halt(scope, visit.field("reason"), WAIT_S)
    visit.desk.logger.warning("halted", scope=scope, by=visit.person.name, control=report.control)
    return visit.page("halted.html", report=report, reason=visit.field("reason"))


async def resume(visit: Visit) -> Response:
    """Lift one halt."""
    if not visit.desk.bus.up:
        raise BusAway
    control, note = visit.field("control"), visit.field("note")
    active = next((halt for halt in visit.desk.live.halts if halt.control == control), None)
    if active is not None and not may_halt(visit.person, active.scope):
        raise GroundstopError("This halt reaches beyond your tenants; ask an operator who sees all of them.")
    if not note:
        return visit.refused("Say why it is safe to go on.", "/controls", 422)
    written = await visit.desk.bus.operator(visit.person).resume(control, note)
    visit.say(f"Resumed {scopes.in_words(written.scope)}. {len(written.halts) or 'No'} other halts in force.")
    return RedirectResponse("/controls", 303)

"""Look-alikes: many cases, one look, one decision for each."""

from typing import Any

from groundstop.commands.cases import DecidedMany
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.cases import line_of
from groundstop_console.web.visit import Visit

MANY_MAX = 200
VERDICTS = ("approved", "denied")


async def page(visit: Visit) -> Response:
    """All of them side by side, each with a tick."""
    found = await visit.view.cases.alike(visit.path("case"))
    lines = [line_of(case, visit.person) for case in found[:MANY_MAX]]
    return visit.page("alike.html", lines=lines, first=visit.path("case"), names=_names(lines))


def _names(lines: list[Any]) -> list[str]:
    return list(lines[0].arguments) if lines else []


async def decide(visit: Visit) -> Response:
    """One decision for each ticked case, about exactly what was shown."""
    verdict, note = visit.field("verdict"), visit.field("note")
    ticked = [str(value).partition(":") for value in visit.form.getlist("case")][:MANY_MAX]
    back = f"/cases/{visit.path('case')}/alike"
    if verdict not in VERDICTS or not ticked:
        return visit.refused("Select at least one case.", back, 422)
    if verdict == "denied" and not note:
        return visit.refused("A note is required to deny.", back, 422)
    cases = [{"case": case, "digest": digest} for case, _, digest in ticked]
    result = await visit.view.cases.decide_many(cases, verdict, note)
    parts = [f"{result.won} {verdict}"]
    parts += [f"{result.pending} need another approval"] if result.pending else []
    parts += [f"{result.failed} were not decided: {_why(result)}"] if result.failed else []
    visit.say("; ".join(parts) + ".", "bad" if result.failed else "good")
    return RedirectResponse("/inbox", 303)


def _why(result: DecidedMany) -> str:
    return next((one.error.message for one in result.results if one.error is not None), "")

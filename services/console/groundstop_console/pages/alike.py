"""Look-alikes: many cases, one look, one decision for each."""

from typing import Any

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
    pending, failed = int(result.get("pending", 0)), int(result.get("failed", 0))
    parts = [f"{result.get('won', 0)} {verdict}"]
    parts += [f"{pending} need another approval"] if pending else []
    parts += [f"{failed} were not decided: {_why(result)}"] if failed else []
    visit.say("; ".join(parts) + ".", "bad" if failed else "good")
    return RedirectResponse("/inbox", 303)


def _why(result: dict[str, Any]) -> str:
    errors = [one["error"] for one in result.get("results", ()) if one.get("error")]
    return str(errors[0].get("message", "")) if errors else ""

"""Look-alikes: many cases, one look, one decision for each."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.cases import Cases
from groundstop_console.domain.cases import line_of
from groundstop_console.web.visit import Visit

MANY_MAX = 200
VERDICTS = ("approved", "denied")


async def page(visit: Visit) -> Response:
    """All of them side by side, each with a tick."""
    found = await Cases(visit.desk.bus, visit.person).tell("case.alike", visit.path("case"))
    lines = [line_of(case, visit.person) for case in list(found.get("cases", ()))[:MANY_MAX]]
    return visit.page("alike.html", lines=lines, first=visit.path("case"), names=_names(lines))


def _names(lines: list[Any]) -> list[str]:
    return list(lines[0].arguments) if lines else []


async def decide(visit: Visit) -> Response:
    """One decision for each ticked case, about exactly what was shown."""
    verdict, note = visit.field("verdict"), visit.field("note")
    ticked = [str(value).partition(":") for value in visit.form.getlist("case")][:MANY_MAX]
    back = f"/cases/{visit.path('case')}/alike"
    if verdict not in VERDICTS or not ticked:
        return visit.refused("Tick at least one case.", back, 422)
    if verdict == "denied" and not note:
        return visit.refused("Say why: a no needs a reason.", back, 422)
    cases = [{"case": case, "digest": digest} for case, _, digest in ticked]
    await _only_own(visit, cases)
    result = await visit.desk.bus.ask(visit.person, "case.decide_many", cases=cases, verdict=verdict, note=note)
    pending, failed = int(result.get("pending", 0)), int(result.get("failed", 0))
    parts = [f"{result.get('won', 0)} {verdict}"]
    parts += [f"{pending} need somebody else, too"] if pending else []
    parts += [f"{failed} were not decided: {_why(result)}"] if failed else []
    visit.say("; ".join(parts) + ".", "bad" if failed else "good")
    return RedirectResponse("/inbox", 303)


async def _only_own(visit: Visit, cases: list[dict[str, str]]) -> None:
    """Raises RequestFailed(not_found) when one is of a tenant the person may not see."""
    if not visit.person.everywhere:
        for one in cases:
            await Cases(visit.desk.bus, visit.person).exactly(one["case"], one["digest"])


def _why(result: dict[str, Any]) -> str:
    errors = [one["error"] for one in result.get("results", ()) if one.get("error")]
    return str(errors[0].get("message", "")) if errors else ""

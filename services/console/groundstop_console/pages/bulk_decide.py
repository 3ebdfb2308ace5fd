"""Look-alikes: many cases, one look, one decision for each."""

from typing import Any

from groundstop.commands.cases import DecidedMany
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.cases import line_of
from groundstop_console.web.request_context import RequestContext

MANY_MAX = 200
VERDICTS = ("approved", "denied")


async def page(ctx: RequestContext) -> Response:
    """All of them side by side, each with a tick."""
    found = await ctx.view.cases.alike(ctx.path("case"))
    lines = [line_of(case, ctx.person) for case in found[:MANY_MAX]]
    return ctx.page("alike.html", lines=lines, first=ctx.path("case"), names=_names(lines))


def _names(lines: list[Any]) -> list[str]:
    return list(lines[0].arguments) if lines else []


async def decide(ctx: RequestContext) -> Response:
    """One decision for each ticked case, about exactly what was shown."""
    verdict, note = ctx.field("verdict"), ctx.field("note")
    ticked = [str(value).partition(":") for value in ctx.form.getlist("case")][:MANY_MAX]
    back = f"/cases/{ctx.path('case')}/alike"
    if verdict not in VERDICTS or not ticked:
        return ctx.refused("Select at least one case.", back, 422)
    if verdict == "denied" and not note:
        return ctx.refused("A note is required to deny.", back, 422)
    cases = [{"case": case, "digest": digest} for case, _, digest in ticked]
    result = await ctx.view.cases.decide_many(cases, verdict, note)
    parts = [f"{result.won} {verdict}"]
    parts += [f"{result.pending} need another approval"] if result.pending else []
    parts += [f"{result.failed} were not decided: {_why(result)}"] if result.failed else []
    ctx.say("; ".join(parts) + ".", "bad" if result.failed else "good")
    return RedirectResponse("/inbox", 303)


def _why(result: DecidedMany) -> str:
    return next((one.error.message for one in result.results if one.error is not None), "")

"""How well it goes: six figures, errors, calibration, the work of people and reviewers, over a time range."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from groundstop_console.adapters.record import RecordProblem
from groundstop_console.domain import charts, metrics_view
from groundstop_console.domain.cases import KINDS
from groundstop_console.domain.metrics_view import number
from groundstop_console.domain.questions import RANGES, Range, part_words, questions
from groundstop_console.view import TENANTS
from groundstop_console.web.request_context import RequestContext

DEFAULT = RANGES[1]


async def page(ctx: RequestContext) -> Response:
    """The frame: the figures come by themselves, so that nobody waits for the record to see the page."""
    return ctx.page("metrics.html", ranges=RANGES, chosen=_chosen(ctx))


def _chosen(ctx: RequestContext) -> Range:
    return next((one for one in RANGES if one.name == ctx.query("range")), DEFAULT)


async def panels(ctx: RequestContext) -> Response:
    """All panels; each says for itself when its question has no answer."""
    chosen, now = _chosen(ctx), ctx.app_state.clock()
    asked = questions(chosen, now, TENANTS)
    answers = await asyncio.gather(*(_ask(ctx, sql) for sql in asked.values()))
    rows = {name: found for name, (found, _) in zip(asked, answers, strict=True)}
    points = [(number(row, "said"), number(row, "was"), int(number(row, "n"))) for row in rows["calibration"]]
    return ctx.page(
        "parts/metrics_panels.html",
        tiles=metrics_view.tiles(rows),
        chosen=chosen,
        parts=[part_words(*part) for part in chosen.spans(now)[1:]],
        bars=charts.bars([_action(row) for row in rows["actions"]], ceiling=1.0),
        points=charts.calibration(points),
        agents=[_agent(row) for row in rows["agents"]],
        work=metrics_view.work(rows["cases"]),
        kinds=KINDS,
        reviewers=metrics_view.reviewers(rows["reviewers"]),
        problem=next((problem for _, problem in answers if problem), ""),
        failed={name for name, (_, problem) in zip(asked, answers, strict=True) if problem},
    )


def _action(row: Any) -> tuple[str, float, str]:
    wrong, tried = int(number(row, "wrong")), int(number(row, "tried"))
    return str(row["action_type"]), wrong / tried, f"{wrong:,} of {tried:,}"


def _agent(row: Any) -> dict[str, Any]:
    over = number(row, "over")
    says = "too sure" if over > 0 else "too modest"
    return {"agent": row["agent"], "n": int(number(row, "n")), "off": number(row, "off"), "says": says}


async def _ask(ctx: RequestContext, sql: str) -> tuple[Sequence[dict[str, Any]], str]:
    try:
        return await ctx.view.record(sql), ""
    except RecordProblem as error:
        ctx.app_state.logger.warning("record", error=str(error)[:300])
        return [], str(error)

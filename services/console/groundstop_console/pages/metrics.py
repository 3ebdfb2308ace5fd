"""How well it goes: six figures, errors, calibration, reviewers, over a time range."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from groundstop_console.adapters.record import RecordProblem
from groundstop_console.domain import charts, figures
from groundstop_console.domain.people import tenant_condition
from groundstop_console.web.visit import Visit

DEFAULT = figures.RANGES[1]
STAMP_S = 5.0
"""A reviewer whose decisions take less than this in the middle may be stamping, not reading."""


async def page(visit: Visit) -> Response:
    """All panels; each says for itself when its question has no answer."""
    chosen = next((one for one in figures.RANGES if one.name == visit.query("range")), DEFAULT)
    tenants = tenant_condition(visit.person)
    names = list(figures.QUESTIONS)
    answers = await asyncio.gather(*(_ask(visit, figures.question(name, chosen, tenants)) for name in names))
    rows = {name: found for name, (found, _) in zip(names, answers, strict=True)}
    points = [(float(row["said"]), float(row["was"]), int(row["n"])) for row in rows["calibration"]]
    actions = [
        (str(row["action_type"]), int(row["wrong"]) / int(row["tried"]), f"{row['wrong']} of {row['tried']}")
        for row in rows["actions"]
    ]
    return visit.page(
        "metrics.html",
        ranges=figures.RANGES,
        chosen=chosen,
        tiles=figures.tiles(rows["series"], rows["times"], chosen, visit.desk.clock().timestamp()),
        bars=charts.bars(actions, ceiling=1.0),
        points=charts.calibration(points),
        calibration_error=charts.calibration_error(points),
        reviewers=[{**row, "stamping": _stamping(row)} for row in rows["reviewers"]],
        volume=sum(int(row["submitted"]) for row in rows["series"]),
        problem=next((problem for _, problem in answers if problem), ""),
    )


def _stamping(row: Any) -> bool:
    return int(row["decided"]) >= 10 and float(row["middle_ms"]) < STAMP_S * 1000


async def _ask(visit: Visit, sql: str) -> tuple[Sequence[dict[str, Any]], str]:
    try:
        return await visit.desk.record.rows(sql), ""
    except RecordProblem as error:
        visit.desk.logger.warning("record", error=str(error)[:300])
        return [], str(error)

"""What the past says of what is proposed: how a task's tools fared, whether stated confidence held. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundstop.client.odds import COUNTED, HISTORY_S, Estimate, estimate, rate

from groundstop_console.domain.intent_view import Row

BINS = 10
FEW = 10
"""A share of fewer calls than this is not a share yet."""
CALIBRATION_DAYS = 30

OUTCOMES = (
    "SELECT tool, countIf(status IN ({good})) AS good, count() AS tried FROM audit.event_log"
    " WHERE kind = 'outcome' AND tool != '' AND status IN ({counted}) AND tenant = {{tenant:String}}"
    f" AND ts > now() - INTERVAL {HISTORY_S:.0f} SECOND GROUP BY tool"
).format(
    good=", ".join(repr(status.value) for status in COUNTED if status.good),
    counted=", ".join(repr(status.value) for status in COUNTED),
)
"""How each tool of a tenant ended in the time that an estimate looks back; ``tenant`` is bound as a parameter."""

HELD = (
    "SELECT sum(t.intents) AS n, sum(t.right) AS good FROM metrics.calibration_in("
    f"since = now() - INTERVAL {CALIBRATION_DAYS} DAY, until = now()) AS t"
    " WHERE t.tenant = {tenant:String} AND t.agent = {agent:String} AND t.bin = {bin:UInt8}"
)
"""How often the calls succeeded that an agent was as sure of; the parameters are bound."""


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """How one tool of a task fared: ``share`` is smoothed, so that a tool never seen is a coin toss."""

    tool: str
    times: int
    good: int
    tried: int
    share: float


@dataclass(frozen=True, slots=True)
class Chances:
    """``whole`` is the chance that every step comes through, ``rest`` that what is still open does."""

    whole: Estimate
    rest: Estimate
    tools: Sequence[ToolRecord]


def chances(rows: Iterable[Row], history: Iterable[Mapping[str, Any]]) -> Chances:
    """For the intents of a task and the answer to OUTCOMES. The weakest tool comes first."""
    rows = [row for row in rows if row.tool]
    counts = {str(one["tool"]): (int(one["good"]), int(one["tried"])) for one in history}
    rates = {tool: rate(*pair) for tool, pair in counts.items()}
    steps = [row.tool for row in rows]
    tools = [
        ToolRecord(tool, steps.count(tool), *counts.get(tool, (0, 0)), rates.get(tool, rate(0, 0)))
        for tool in dict.fromkeys(steps)
    ]
    rest = [row.tool for row in rows if not row.ended]
    return Chances(estimate(steps, rates), estimate(rest, rates), sorted(tools, key=lambda one: one.share))


def bin_of(confidence: float) -> int:
    """The bin of metrics.calibration that a stated confidence falls into."""
    return min(BINS - 1, int(confidence * BINS))


def held(agent: str, confidence: float, rows: Sequence[Mapping[str, Any]]) -> str:
    """Whether calls this sure have gone well, in a sentence; empty when too few are known."""
    n, good = (int((rows[0].get(name) if rows else 0) or 0) for name in ("n", "good"))
    if n < FEW:
        return ""
    low = 100 // BINS * bin_of(confidence)
    return (
        f"Of {n:,} calls that {agent} was {low} to {low + 100 // BINS} % sure of, {good / n:.0%} succeeded"
        f" in the last {CALIBRATION_DAYS} days."
    )

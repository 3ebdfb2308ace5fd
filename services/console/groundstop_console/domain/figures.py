"""The metrics page: which ranges there are, what is asked of the record, and the figures made of the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundstop_console.domain.charts import Spark, spark
from groundstop_console.domain.times import took


@dataclass(frozen=True, slots=True)
class Range:
    """A time range and the width of its buckets."""

    name: str
    words: str
    seconds: int
    bucket_s: int


RANGES = (
    Range("1h", "Hour", 3_600, 120),
    Range("24h", "Day", 86_400, 3_600),
    Range("7d", "Week", 604_800, 21_600),
    Range("30d", "Month", 2_592_000, 86_400),
)

GOOD = "status IN ('succeeded', 'completed_manually')"
FROM = "FROM audit.event_log WHERE ts >= now() - INTERVAL {seconds} SECOND {tenants}"

SERIES = f"""
SELECT toUnixTimestamp(toStartOfInterval(ts, INTERVAL {{bucket_s}} SECOND)) AS at,
    countIf(kind = 'intent.submitted') AS submitted,
    countIf(kind = 'outcome') AS ended,
    countIf(kind = 'outcome' AND {GOOD}) AS good,
    countIf(kind = 'outcome' AND status IN ('failed', 'unknown')) AS wrong,
    countIf(kind = 'outcome' AND status IN ('succeeded', 'failed', 'unknown')) AS tried,
    countIf(kind = 'intent.classified') AS judged,
    countIf(kind = 'intent.classified' AND route IN ('approve', 'confirm', 'clarify', 'escalate')) AS asked,
    countIf(rating = 1) AS up, countIf(rating = -1) AS down,
    sum(cost_micros) AS cost
{FROM} GROUP BY at ORDER BY at"""

TIMES = f"""
SELECT toUnixTimestamp(toStartOfInterval(ended, INTERVAL {{bucket_s}} SECOND)) AS at,
    quantile(0.5)(ms) AS middle, count() AS n
FROM (SELECT intent, maxIf(ts, kind = 'outcome') AS ended,
        dateDiff('millisecond', minIf(ts, kind = 'intent.submitted'), ended) AS ms
      {FROM} AND kind IN ('outcome', 'intent.submitted')
      GROUP BY intent HAVING countIf(kind = 'outcome' AND {GOOD}) > 0 AND countIf(kind = 'intent.submitted') > 0)
GROUP BY at ORDER BY at"""

ACTIONS = f"""
SELECT action_type, countIf(status IN ('failed', 'unknown')) AS wrong, count() AS tried
{FROM} AND kind = 'outcome' AND action_type != '' AND status IN ('succeeded', 'failed', 'unknown')
GROUP BY action_type ORDER BY wrong / tried DESC, tried DESC LIMIT 12"""

CALIBRATION = f"""
SELECT avg(stated) AS said, avg(good) AS was, count() AS n
FROM (SELECT intent, max(confidence) AS stated,
        toFloat64(countIf(kind = 'outcome' AND {GOOD}) > 0) AS good
      {FROM} AND intent != '' GROUP BY intent
      HAVING stated IS NOT NULL
        AND countIf(kind = 'outcome' AND status IN ('succeeded', 'failed', 'unknown', 'denied')) > 0)
GROUP BY least(floor(stated * 10), 9) AS bin ORDER BY bin"""

REVIEWERS = f"""
SELECT actor, count() AS decided, countIf(status = 'approved') AS approved, countIf(status = 'denied') AS denied,
    quantile(0.5)(dateDiff('millisecond', opened, at)) AS middle_ms
FROM (SELECT case, anyIf(actor, kind = 'case.decided') AS actor, anyIf(status, kind = 'case.decided') AS status,
        maxIf(ts, kind = 'case.decided') AS at, minIf(ts, kind = 'case.opened') AS opened
      {FROM} AND case != '' AND kind IN ('case.opened', 'case.decided') GROUP BY case
      HAVING countIf(kind = 'case.decided') > 0 AND countIf(kind = 'case.opened') > 0)
WHERE actor != 'approval' GROUP BY actor ORDER BY decided DESC LIMIT 30"""

QUESTIONS = {
    "series": SERIES,
    "times": TIMES,
    "actions": ACTIONS,
    "calibration": CALIBRATION,
    "reviewers": REVIEWERS,
}


def question(name: str, chosen: Range, tenants: str) -> str:
    """The SQL of one question for a range and the condition on tenants."""
    return QUESTIONS[name].format(seconds=chosen.seconds, bucket_s=chosen.bucket_s, tenants=tenants)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its line. ``figure`` is empty when nothing is known yet."""

    title: str
    figure: str
    unit: str
    words: str
    spark: Spark


Rows = Sequence[Mapping[str, Any]]


def tiles(series: Rows, times: Rows, chosen: Range, now_s: float) -> list[Tile]:
    """The six figures of the range."""
    every = _filled(series, chosen, now_s)
    total = {name: sum(float(row.get(name) or 0) for row in series) for name in _SUMS}
    middles = [_number(row.get("middle")) for row in _filled(times, chosen, now_s)]
    slow = [float(row["middle"]) for row in times if row.get("middle") is not None]
    return [
        _share("Completed", total, "good", "ended", every, "of {n:.0f} intents that ended did what was asked"),
        _share(
            "Escalated to people",
            total,
            "asked",
            "judged",
            every,
            "of {n:.0f} judged; too few is as telling as too many",
        ),
        _share("Errors", total, "wrong", "tried", every, "of {n:.0f} calls that were tried failed or are unknown"),
        _share("Satisfied", total, "up", "rated", _rated(every), "of {n:.0f} ratings are thumbs up"),
        _cost(total, every),
        Tile(
            "Time to completion",
            took(sorted(slow)[len(slow) // 2]) if slow else "",
            "",
            "from proposal to success, in the middle",
            spark(middles, floor=0.0),
        ),
    ]


_SUMS = ("submitted", "ended", "good", "wrong", "tried", "judged", "asked", "up", "down", "cost")


def _filled(rows: Rows, chosen: Range, now_s: float) -> list[Mapping[str, Any]]:
    """One row for each bucket of the range; empty where the record has none."""
    by_time = {int(row["at"]): row for row in rows}
    last = int(now_s // chosen.bucket_s * chosen.bucket_s)
    return [by_time.get(at, {}) for at in range(last - chosen.seconds + chosen.bucket_s, last + 1, chosen.bucket_s)]


def _rated(rows: Rows) -> list[Mapping[str, Any]]:
    return [{**row, "rated": int(row.get("up") or 0) + int(row.get("down") or 0)} for row in rows]


def _share(title: str, total: Mapping[str, float], part: str, whole: str, rows: Rows, words: str) -> Tile:
    known = total["up"] + total["down"] if whole == "rated" else total[whole]
    ratios = [_ratio(row.get(part), row.get(whole)) for row in rows]
    if not known:
        return Tile(title, "", "", "nothing to count in this range", spark([]))
    return Tile(title, f"{100 * total[part] / known:.1f}", "%", words.format(n=known), spark(ratios, 0.0, 1.0))


def _cost(total: Mapping[str, float], rows: Rows) -> Tile:
    each = [None if (ratio := _ratio(row.get("cost"), row.get("good"))) is None else ratio / 1e6 for row in rows]
    if not total["good"] or not total["cost"]:
        return Tile("Cost per success", "", "", "no cost was recorded in this range", spark([]))
    return Tile(
        "Cost per success",
        f"{total['cost'] / total['good'] / 1e6:.4g}",
        "",
        "tools, model and people",
        spark(each, 0.0),
    )


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part or 0) / float(whole) if whole and float(whole) else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)

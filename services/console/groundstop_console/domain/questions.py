"""What the metrics page asks: the views of database ``metrics``, over a range and over its parts. Pure.

Counts are added up and divided last, as docs/reference/metrics.md asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

BUCKETS = 8
"""Parts of a range, the points of each line."""


@dataclass(frozen=True, slots=True)
class Range:
    """A time range that can be chosen."""

    name: str
    words: str
    seconds: int
    ago: str

    def spans(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """The whole range up to ``now``, then its BUCKETS parts, oldest first."""
        part = timedelta(seconds=self.seconds / BUCKETS)
        begin = now - BUCKETS * part
        return [(begin, now), *((begin + n * part, begin + (n + 1) * part) for n in range(BUCKETS))]


def part_words(since: datetime, until: datetime) -> str:
    """A part of a range for people, in UTC: with the day where it is longer than an hour or so."""
    how = "%H:%M" if until - since < timedelta(hours=1) else "%d %b %H:%M"
    return f"{since:{how}} to {until:{how}} UTC"


RANGES = (
    Range("1h", "Hour", 3_600, "an hour ago"),
    Range("24h", "Day", 86_400, "a day ago"),
    Range("7d", "Week", 604_800, "a week ago"),
    Range("30d", "Month", 2_592_000, "a month ago"),
)

SIX = {
    "completion": ("completion", "sum(t.ended) AS whole, sum(t.completed) AS part"),
    "escalation": ("escalation", "sum(t.classified) AS whole, sum(t.to_people) AS part"),
    "errors": ("errors", "sum(t.succeeded + t.failed + t.unknown) AS whole, sum(t.failed + t.unknown) AS part"),
    "satisfaction": ("satisfaction", "sum(t.rated) AS whole, sum(t.up) AS part"),
    "cost": (
        "cost",
        "sum(t.successful) AS whole, sum(t.cost_micros) AS part, sum(t.tokens_in + t.tokens_out) AS tokens,"
        " sum(t.human_minutes) AS minutes",
    ),
    "time": (
        "time_to_completion",
        "sum(t.completed) AS whole, sum(t.completed * t.mean_s) AS part, sum(t.saved_hours) AS saved_hours,"
        " max(t.p95_s) AS slow_s",
    ),
}
"""Figure -> the view it is of, and the counts whose quotient it is."""

PANELS = {
    "actions": (
        "errors",
        "action_type, sum(t.failed + t.unknown) AS wrong, sum(t.succeeded + t.failed + t.unknown) AS tried",
        "AND action_type != '' GROUP BY action_type HAVING tried > 0 ORDER BY wrong / tried DESC, tried DESC LIMIT 12",
    ),
    "calibration": (
        "calibration",
        "bin, sum(t.intents) AS n, sum(t.confidence_sum) / n AS said, sum(t.right) / n AS was",
        "GROUP BY bin ORDER BY bin",
    ),
    "agents": (
        "calibration_error",
        "agent, sum(t.intents) AS n, sum(t.calibration_error * t.intents) / n AS off,"
        " sum(t.overconfidence * t.intents) / n AS over",
        "GROUP BY agent ORDER BY off DESC LIMIT 12",
    ),
    "cases": (
        "cases",
        "case_kind, sum(t.opened) AS opened, sum(t.decided) AS decided, sum(t.approved) AS approved,"
        " sum(t.denied) AS denied, sum(t.expired) AS expired, sum(t.overridden) AS overridden,"
        " sum(t.voted) AS voted, sum(t.unanimous) AS unanimous,"
        " sum(ifNull(t.age_mean_s, 0) * (t.decided - t.expired)) AS age_s",
        "GROUP BY case_kind ORDER BY opened DESC",
    ),
    "reviewers": (
        "reviewers",
        "reviewer, sum(t.decided) AS decided, sum(t.approved) AS approved, sum(t.denied) AS denied,"
        " sum(t.edited) AS edited, sum(t.together) AS together, sum(t.agreed) AS agreed, sum(t.drills) AS drills,"
        " sum(t.drills_missed) AS drills_missed, sum(t.alarms) AS alarms,"
        " argMax(t.decide_p50_s, t.decided) AS middle_s",  # medians cannot be added up: where most was decided
        "GROUP BY reviewer HAVING decided + drills > 0 ORDER BY decided DESC LIMIT 30",
    ),
}
"""Panel -> its view, columns, and what comes after the condition on tenants."""


def questions(chosen: Range, now: datetime, tenants: str) -> dict[str, str]:
    """Every question of the page. ``tenants`` is a condition that begins with AND, or empty."""
    spans = chosen.spans(now)
    six = {name: _over(view, columns, spans, tenants) for name, (view, columns) in SIX.items()}
    panels = {
        name: f"SELECT {columns} FROM {_view(view, spans[0])} WHERE 1 {tenants} {rest}"
        for name, (view, columns, rest) in PANELS.items()
    }
    return six | panels


def _over(view: str, columns: str, spans: list[tuple[datetime, datetime]], tenants: str) -> str:
    """One row for each span, in order; the first is the whole range."""
    parts = (f"SELECT {n} AS at, {columns} FROM {_view(view, span)} WHERE 1 {tenants}" for n, span in enumerate(spans))
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY at"


def _view(view: str, span: tuple[datetime, datetime]) -> str:
    return f"metrics.{view}_in(since = '{_stamp(span[0])}', until = '{_stamp(span[1])}') AS t"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"

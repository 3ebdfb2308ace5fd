"""Rows as an HTML table that people read: words for headings, one number of decimals a column."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Row = Mapping[str, Any]

SHARES = ("_rate", "satisfaction", "at_least", "at_most", "step_success", "clean_expected", "clean_actual",
          "calibration_error", "overconfidence", "stated", "happened")  # fmt: skip
"""Ends of the names of columns between 0 and 1."""
FLAGS = {
    "too_low": "too little", "too_high": "too much", "few": "too few to say", "ok": "fine", "unattended": "runs out",
    "rubber_stamp": "is it read?", "missed_drill": "is it read?",
}  # fmt: skip
HEADINGS = {
    "bin": "confidence", "mean_s": "on average, s", "by_hand_s": "by hand, s", "middle_s": "half within, s",
    "slowest_ms": "slowest, ms", "steps_mean": "steps a task", "missed": "drills missed", "by": "who", "at": "when",
}  # fmt: skip
MUST_BE_NONE = frozenset({"leaks", "missed", "alarms"})
TIMES = frozenset({"at", "resumed_at"})
SECONDS = len("2026-06-01 12:00:00")
TEXT_MAX = 120


def table(rows: Sequence[Row]) -> str:
    """The rows under their names. There is at least one."""
    columns = list(rows[0])
    decimals = {name: _decimals([row[name] for row in rows]) for name in columns}
    head = "".join(f"<th{_left(name, rows[0][name])}>{escape(_heading(name))}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(_cell(name, row[name], decimals[name]) for name in columns) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def number(value: Any) -> float:
    """What a cell counts; 0 for what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _heading(name: str) -> str:
    return HEADINGS.get(name, name.replace("_", " "))


def _decimals(values: Sequence[Any]) -> int:
    """Enough for the smallest column to say something, and the same in all of its rows."""
    broken = [abs(value) for value in values if isinstance(value, float) and value != int(value)]
    if not broken:
        return 0
    most = max(broken)
    return 1 if most >= 100 else 2 if most >= 1 else 4


def _left(name: str, value: Any) -> str:
    """Headings of words stand over their words, those of numbers over their numbers."""
    wordy = isinstance(value, str) and not value.isdigit()
    return ' class="text"' if wordy or name in TIMES else ""


def _cell(name: str, value: Any, decimals: int) -> str:
    if value is None:
        return "<td>-</td>"
    if name == "flag":
        mood = "" if value in ("ok", "few") else "bad"
        return f'<td class="text {mood}">{escape(FLAGS.get(str(value), str(value)))}</td>'
    if name in MUST_BE_NONE:
        return f'<td class="{"bad" if number(value) else "good"}">{number(value):,.0f}</td>'
    if name == "bin":
        return f"<td>{10 * int(value)} to {10 * int(value) + 10} %</td>"
    if name.endswith(SHARES):
        return f"<td>{number(value):.1%}</td>"
    if isinstance(value, int | float):
        return f"<td>{value:,.{decimals}f}</td>"
    text = str(value)
    if text.isdigit():
        return f"<td>{int(text):,}</td>"
    shown = text[:SECONDS] if name in TIMES else text[:TEXT_MAX] or "not said"
    return f'<td class="text">{escape(shown)}</td>'

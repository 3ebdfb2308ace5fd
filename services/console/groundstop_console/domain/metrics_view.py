"""The metrics page's figures, made of the record's answers: tiles with lines, and tables with words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundstop.record.measures import wilson

from groundstop_console.domain.charts import Column, columns
from groundstop_console.domain.times import took

STAMP_S = 5.0
"""Decisions that take less than this in the middle may be stamped, not read."""
STAMPED_MIN = 10
FEW = 50
RUBBER_STAMP = 0.93
"""Users approve 93 % of prompts by habit; metrics.cases flags what is above it, from FEW decisions on."""
UNATTENDED = 0.2
NO_ANSWER = "The record did not answer"

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with a column for each part of the range. ``figure`` is empty when nothing is known yet."""

    title: str
    figure: str
    unit: str
    words: str
    columns: Sequence[Column] = ()


def tiles(found: Mapping[str, Rows]) -> list[Tile]:
    """The six figures: the first row of each answer is the whole range, the others its parts. No rows: no answer."""
    made = {
        "completion": _share("Completed", found["completion"], "of {n} ended intents"),
        "escalation": _share("Escalated to people", found["escalation"], "of {n} judged intents"),
        "errors": _share("Errors", found["errors"], "of {n} executed calls failed or are unknown"),
        "satisfaction": _satisfied(found["satisfaction"]),
        "cost": _cost(found["cost"]),
        "time": _time(found["time"]),
    }
    return [tile if found[name] else replace(tile, words=NO_ANSWER) for name, tile in made.items()]


def number(row: Row, name: str) -> float:
    """A number of a row; 0 where the record has none."""
    value = row.get(name)
    return 0.0 if value is None else float(value)


def _whole(rows: Rows) -> Row:
    return rows[0] if rows else {}


def _ratio(row: Row) -> float | None:
    whole = number(row, "whole")
    return number(row, "part") / whole if whole else None


def _nothing(title: str, words: str) -> Tile:
    return Tile(title, "", "", words)


def _share(title: str, rows: Rows, words: str) -> Tile:
    share = _ratio(_whole(rows))
    if share is None:
        return _nothing(title, "No data in this period")
    parts = columns([_part(row, lambda part: f"{100 * part:.1f} %") for row in rows[1:]], 1.0)
    return Tile(title, f"{100 * share:.1f}", "%", words.format(n=f"{number(rows[0], 'whole'):,.0f}"), parts)


def _part(row: Row, said: Callable[[float], str]) -> tuple[float | None, str]:
    """The quotient of one part of the range, and it in words with what it is of."""
    ratio = _ratio(row)
    return ratio, "" if ratio is None else f"{said(ratio)} of {number(row, 'whole'):,.0f}"


def _satisfied(rows: Rows) -> Tile:
    tile, whole = _share("Satisfied", rows, "of {n} ratings are positive"), _whole(rows)
    if not tile.figure:
        return _nothing("Satisfied", "No feedback in this period")
    low, high = wilson(number(whole, "part"), number(whole, "whole"))
    words = f"{tile.words}; 95 % interval {low:.0%} to {high:.0%}"
    return replace(tile, words=words)


def _cost(rows: Rows) -> Tile:
    whole = _whole(rows)
    each, spent = _ratio(whole), any(number(whole, name) for name in ("part", "tokens", "minutes"))
    if each is None or not spent:
        return _nothing("Cost per success", "No costs in this period")
    n = number(whole, "whole")
    words = f"{number(whole, 'tokens') / n:,.0f} tokens and {number(whole, 'minutes') / n:.3g} minutes of work each"
    parts = columns([_part(row, lambda micros: f"{micros / 1e6:.4g} each") for row in rows[1:]])
    return Tile("Cost per success", f"{each / 1e6:.4g}", "", words, parts)


def _time(rows: Rows) -> Tile:
    whole = _whole(rows)
    mean_s = _ratio(whole)
    if mean_s is None:
        return _nothing("Time to completion", "No completed intents in this period")
    figure, _, unit = took(mean_s * 1000).partition(" ")
    saved, slow = number(whole, "saved_hours"), took(number(whole, "slow_s") * 1000)
    words = f"on average; 95 % within {slow}. {saved:,.1f} hours saved against manual work"
    parts = columns([_part(row, lambda mean: f"{took(1000 * mean)} on average") for row in rows[1:]])
    return Tile("Time to completion", figure, unit, words, parts)


@dataclass(frozen=True, slots=True)
class Work:
    """The cases of one kind, or the decisions of one person, as a line of a table. Shares are None without a base."""

    name: str
    decided: int
    approved: int
    denied: int
    took: str
    opened: int = 0
    edited: float | None = None
    expired: float | None = None
    agreement: float | None = None
    drills: str = ""
    alarm: str = ""


def work(rows: Rows) -> list[Work]:
    """The work of people by kind of case."""
    return [_work(row) for row in rows]


def _work(row: Row) -> Work:
    decided, approved, denied, expired, voted = (
        int(number(row, name)) for name in ("decided", "approved", "denied", "expired", "voted")
    )
    ended = decided - expired
    return Work(
        name=str(row["case_kind"]),
        opened=int(number(row, "opened")),
        decided=decided,
        approved=approved,
        denied=denied,
        took=took(1000 * number(row, "age_s") / ended) if ended else "",
        edited=number(row, "overridden") / decided if decided else None,
        expired=expired / decided if decided else None,
        agreement=number(row, "unanimous") / voted if voted else None,
        alarm=_alarm(approved, denied, expired, decided),
    )


def _alarm(approved: int, denied: int, expired: int, decided: int) -> str:
    if approved + denied < FEW:
        return ""
    if approved / (approved + denied) > RUBBER_STAMP:
        return "approval rate above 93 %: check whether cases are read"
    return "many cases expire" if expired / decided > UNATTENDED else ""


def reviewers(rows: Rows) -> list[Work]:
    """The decisions of each person."""
    return [_reviewer(row) for row in rows]


def _reviewer(row: Row) -> Work:
    decided, together, drills = (int(number(row, name)) for name in ("decided", "together", "drills"))
    return Work(
        name=str(row["reviewer"]),
        decided=decided,
        approved=int(number(row, "approved")),
        denied=int(number(row, "denied")),
        took=took(1000 * number(row, "middle_s")),
        edited=number(row, "edited") / decided if decided else None,
        agreement=number(row, "agreed") / together if together else None,
        drills=f"{drills - int(number(row, 'drills_missed'))} of {drills}" if drills else "",
        alarm=_unread(row),
    )


def _unread(row: Row) -> str:
    """What says that somebody decides without reading, the surest sign first."""
    if number(row, "drills_missed"):
        return "said yes to a drill: does anybody read?"
    if number(row, "alarms"):
        return "many at once: does anybody read?"
    fast = number(row, "decided") >= STAMPED_MIN and number(row, "middle_s") < STAMP_S
    return "fast: does anybody read?" if fast else ""

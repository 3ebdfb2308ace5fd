"""Charts as shapes in a coordinate system of their own: numbers in, SVG attributes out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 280.0, 56.0
GAP, LOW = 3.0, 1.5
"""Between columns, and the height of one that stands for nothing."""
SIDE = 220.0


@dataclass(frozen=True, slots=True)
class Column:
    """One part of a range in a box of WIDTH x HEIGHT; without ``words`` nothing was counted in it."""

    x: float
    y: float
    width: float
    height: float
    words: str = ""


def columns(values: Sequence[tuple[float | None, str]], ceiling: float | None = None) -> list[Column]:
    """Columns for (value, words), standing on the base line; None is a gap. A value of 0 is still a line to be seen."""
    known = [value for value, _ in values if value is not None]
    if not known:
        return []
    most = (max(known) if ceiling is None else ceiling) or 1.0
    across = WIDTH / len(values)
    parts = [(None if value is None else value / most, words) for value, words in values]
    return [_column(n * across, across, *part) for n, part in enumerate(parts)]


def _column(left: float, across: float, part: float | None, words: str) -> Column:
    if part is None:
        return Column(round(left, 1), HEIGHT, round(across - GAP, 1), 0.0)
    tall = round(max(LOW, HEIGHT * min(1.0, part)), 1)
    return Column(round(left, 1), round(HEIGHT - tall, 1), round(across - GAP, 1), tall, words)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a horizontal chart: ``width`` in per cent of the longest possible."""

    label: str
    value: float
    width: float
    words: str


def bars(rows: Sequence[tuple[str, float, str]], ceiling: float | None = None) -> list[Bar]:
    """Bars for (label, value, words)."""
    most = ceiling or max((value for _, value, _ in rows), default=1.0) or 1.0
    return [Bar(label, value, round(100 * min(1.0, value / most), 2), words) for label, value, words in rows]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the calibration chart, in a box of SIDE x SIDE with the origin at the lower left."""

    x: float
    y: float
    radius: float
    words: str


def calibration(rows: Sequence[tuple[float, float, int]]) -> list[Point]:
    """Points for (stated confidence, share that went well, how many)."""
    most = max((count for *_, count in rows), default=1) or 1
    return [
        Point(
            x=round(SIDE * stated, 1),
            y=round(SIDE * (1 - good), 1),
            radius=round(3 + 7 * (count / most) ** 0.5, 1),
            words=f"stated {stated:.0%}, succeeded {good:.0%} of {count}",
        )
        for stated, good, count in rows
    ]

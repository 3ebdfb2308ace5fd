"""Charts as shapes in a coordinate system of their own: numbers in, SVG attributes out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 280.0, 64.0
SIDE = 220.0
LONE = 14.0


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line: ``line`` and ``area`` are SVG path data in a box of WIDTH x HEIGHT; ``last`` is its end point."""

    line: str
    area: str
    last: tuple[float, float] | None


def spark(values: Sequence[float | None], floor: float | None = None, ceiling: float | None = None) -> Spark:
    """A line through ``values`` at even distances; None is a gap. The box ends at floor and ceiling where given."""
    known = [value for value in values if value is not None]
    if not known:
        return Spark("", "", None)
    low = min(known) if floor is None else floor
    high = max(max(known), low) if ceiling is None else ceiling
    across = WIDTH / max(1, len(values) - 1)
    tall = (high - low) or 1.0
    places = [
        None
        if value is None
        else (round(index * across, 1), round(HEIGHT - 3 - (HEIGHT - 8) * (value - low) / tall, 1))
        for index, value in enumerate(values)
    ]
    runs = _runs(places)
    area = " ".join(f"M{run[0][0]} {HEIGHT} {_through(run, 'L')} L{run[-1][0]} {HEIGHT} Z" for run in runs)
    return Spark(" ".join(_through(run, "M") for run in runs), area, runs[-1][-1])


def _runs(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The unbroken pieces; a point alone is drawn as a short stroke, or nobody would see it."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is not None:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [_wide(run) for run in runs if run]


def _wide(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    (x, y), *more = run
    return run if more else [(max(0.0, x - LONE), y), (max(x, LONE), y)]


def _through(run: Sequence[tuple[float, float]], begin: str) -> str:
    first, *rest = run
    return f"{begin}{first[0]} {first[1]}" + "".join(f" L{x} {y}" for x, y in rest)


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
            words=f"stated {stated:.0%}, right {good:.0%} of {count}",
        )
        for stated, good, count in rows
    ]

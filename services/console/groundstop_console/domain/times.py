"""Times for people: how long ago, how long still, how long it took."""

from datetime import datetime

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def span(seconds: float) -> str:
    """``42 s``, ``3 min``, ``2 h 05 min``, ``3 d 4 h``: at most two units, never more exact than anybody needs."""
    left = max(0.0, seconds)
    for index, (size, unit) in enumerate(_UNITS):
        if left >= size:
            whole = int(left // size)
            rest = int((left - whole * size) // _UNITS[index + 1][0]) if unit in ("d", "h") else 0
            return f"{whole} {unit}" + (f" {rest:02d} {_UNITS[index + 1][1]}" if rest else "")
    return "0 s"


def ago(at: datetime, now: datetime) -> str:
    """How long ago."""
    seconds = (now - at).total_seconds()
    return "now" if seconds < 1 else f"{span(seconds)} ago"


def left(until: datetime, now: datetime) -> str:
    """How long still."""
    seconds = (until - now).total_seconds()
    return "expired" if seconds <= 0 else f"{span(seconds)} left"


def expires(until: datetime, now: datetime) -> str:
    """When it expires, as the beginning of a sentence."""
    seconds = (until - now).total_seconds()
    return "Expired." if seconds <= 0 else f"Expires in {span(seconds)}."


def took(ms: float | None) -> str:
    """A measured duration: microseconds to minutes, three digits."""
    if ms is None:
        return ""
    if ms < 1:
        return f"{ms * 1000:.0f} µs"
    if ms < 1000:
        return f"{ms:.3g} ms" if ms < 100 else f"{ms:.0f} ms"
    return f"{ms / 1000:.3g} s" if ms < 100_000 else span(ms / 1000)


def stamp(at: datetime) -> str:
    """Date and time in UTC, for a tooltip or a record."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"

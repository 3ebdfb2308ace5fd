"""How far a command looks back: ``--since`` and whatever else names a time by its distance from now."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from groundstop.errors import BadInput
from groundstop.vocabulary import Reason

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FORMS = "90m, 24h, 7d, 4w, or a time such as 2026-06-01 or 2026-06-01T12:00Z"

Since = Annotated[str, typer.Option("--since", help=f"Start of the period: {FORMS}.")]
MaybeSince = Annotated[str | None, typer.Option("--since", help=f"Start of the period: {FORMS}.")]


def since_of(text: str, now: datetime) -> datetime:
    """The time that ``text`` names; UTC unless it says otherwise. Raises BadInput."""
    if found := re.fullmatch(r"(\d{1,6})([smhdw])", text.strip()):
        return now - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(Reason.INVALID_FIELDS, f"{text!r} names no time; use {FORMS}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)

"""One reading of --since for every command that looks back."""

from datetime import UTC, datetime, timedelta

import pytest
from groundstop.cli.lookback import since_of
from groundstop.errors import BadInput

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("90m", timedelta(minutes=90)),
        (" 24h ", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("4w", timedelta(days=28)),
        ("2026-06-01", timedelta(days=14, hours=12)),
        ("2026-06-15T11:00", timedelta(hours=1)),
        ("2026-06-15T11:00Z", timedelta(hours=1)),
        ("2026-06-15T11:00+02:00", timedelta(hours=3)),
    ],
)
def test_a_distance_or_a_time_is_one_moment_for_every_command(text: str, ago: timedelta) -> None:
    """A time with a zone of its own is that moment, wherever it is said."""
    assert since_of(text, NOW) == NOW - ago


@pytest.mark.parametrize("text", ["", "7", "7x", "-7d", "1.5h", "yesterday", "2026-13-01", "9999999d"])
def test_what_names_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="names no time"):
        since_of(text, NOW)

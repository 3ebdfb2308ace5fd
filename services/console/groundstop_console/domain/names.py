"""Names to choose from in forms: what the newest intents are of. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from groundstop_console.domain.intent_view import Row

NAMES_MAX = 200
FIELDS = ("tenant", "agent", "task", "tool", "action_type")


def names_of(rows: Iterable[Row]) -> Mapping[str, Sequence[str]]:
    """Names by field of a row, the newest first."""
    found: dict[str, dict[str, None]] = {field: {} for field in FIELDS}
    for row in rows:
        for field in FIELDS:
            found[field].setdefault(getattr(row, field))
    return {field: [name for name in names if name][:NAMES_MAX] for field, names in found.items()}

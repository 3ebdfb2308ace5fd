"""What an executor's host says four times a second, as whoever listens reads it. Pure.

A beat is not signed, and in the account of agents and people anybody may have an answer of the server's delivered to
its subject. No stored message and no answer has all the fields of a beat, so what lacks one is none.
"""

from typing import Any

import orjson

_NUMBERS = ("lane", "epoch", "pid", "guard_pid", "in_flight", "halted_scopes_count")


def beat_of(subject: str, data: bytes) -> dict[str, Any] | None:
    """The beat in a message; None for anything else."""
    try:
        beat = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(beat, dict) or beat.get("executor") != subject.rpartition(".")[2]:
        return None
    whole = all(type(beat.get(name)) is int for name in _NUMBERS)
    return beat if whole and "deadline_in_ms" in beat else None

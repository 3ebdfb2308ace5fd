"""A beat is what has every field of one, on the subject of whom it names."""

import orjson
import pytest
from groundstop.beats import beat_of

BEAT = {
    "executor": "ex-1", "lane": 1, "epoch": 7, "deadline_in_ms": None, "halted_scopes_count": 0, "pid": 10,
    "guard_pid": 11, "in_flight": 2,
}  # fmt: skip


def test_a_beat_is_read() -> None:
    assert beat_of("gs.alive.ex-1", orjson.dumps(BEAT)) == BEAT


@pytest.mark.parametrize("name", BEAT)
def test_what_lacks_a_field_is_none(name: str) -> None:
    assert beat_of("gs.alive.ex-1", orjson.dumps({key: value for key, value in BEAT.items() if key != name})) is None


@pytest.mark.parametrize("data", [b"", b"no", b"[]", b"null", orjson.dumps(BEAT | {"pid": "10"})])
def test_nonsense_is_none(data: bytes) -> None:
    assert beat_of("gs.alive.ex-1", data) is None


def test_nobody_speaks_for_another() -> None:
    assert beat_of("gs.alive.ex-2", orjson.dumps(BEAT)) is None

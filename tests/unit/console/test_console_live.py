"""What pages are told of the log: which halts hold, and what happened, in whatever order it is read."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from groundstop.clock import SetClock
from groundstop.events import Control, Halt, IntentSubmitted
from groundstop.log import Stored
from groundstop.testing import NOON
from groundstop_console.adapters.bus import Bus
from groundstop_console.adapters.fanout import Fanout
from groundstop_console.adapters.live import ARGUMENTS_BYTES_MAX, Live
from groundstop_console.adapters.signing import Signer
from groundstop_console.settings import ConsoleSettings


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """A fold that is not connected to anything."""
    clock, logger = SetClock(NOON), structlog.get_logger("test")
    return Live(Bus(ConsoleSettings(data=tmp_path), Signer(tmp_path), clock, logger), Fanout(), clock, logger)


def a_halt(name: str) -> Halt:
    return Halt(control=name, scope=f"agent={name}", reason="odd", by="olga", at=NOON)


def stored(fact: Control | IntentSubmitted, seq: int, at: datetime = NOON) -> Stored:
    return Stored(fact.subject(), seq, int(at.timestamp() * 1e9), fact.model_dump_json().encode())


def a_control(name: str, *halts: Halt) -> Control:
    return Control(
        id=f"id-{name}", at=NOON, cause="c", trace="t", actor="olga", control=name, action="halt",
        scope=f"agent={name}", reason="odd", by="olga", halts=halts,
    )  # fmt: skip


def test_the_newest_control_holds_while_older_ones_are_read_and_is_listed_once(live: Live) -> None:
    """It is read first, so that no page shows a halted system as running; then the log tells it again."""
    one, two, three = (a_halt(name) for name in ("one", "two", "three"))
    controls = [a_control("one", one), a_control("two", one, two), a_control("three", one, two, three)]
    facts = [stored(control, 10 + n) for n, control in enumerate(controls)]
    live.apply(facts[2])
    for fact in facts:
        live.apply(fact)
        assert live.halts == (one, two, three)
    assert [control.control for control in live.controls] == ["three", "two", "one"]


def test_a_large_call_is_known_without_its_arguments(live: Live) -> None:
    """Five thousand of them must not fill the memory."""
    for number, size in enumerate((10, ARGUMENTS_BYTES_MAX)):
        fact = IntentSubmitted(
            id="i", at=NOON + timedelta(seconds=number), cause="c", trace="t", actor="helper", tenant="acme",
            agent="helper", intent=f"intent-{number}", task="t", tool="note.write", arguments={"text": "x" * size},
        )  # fmt: skip
        live.apply(stored(fact, number + 1))
    large, small = live.newest()
    assert small.arguments == {"text": "x" * 10} and large.arguments == {}
    assert large.tool == "note.write"

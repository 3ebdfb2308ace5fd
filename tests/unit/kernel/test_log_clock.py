"""The log's time moves with the server's answers alone, and only as far as they say."""

from datetime import timedelta

import pytest
import structlog
from groundstop.clock import SetClock
from groundstop.log.clock import LogClock
from groundstop.testing import NOON

EPOCH = NOON.timestamp()


class Host(SetClock):
    """A host whose clock can be set without time going by."""

    def jump(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)


def a_clock() -> tuple[Host, LogClock]:
    host = Host(NOON)
    return host, LogClock(structlog.get_logger("test"), host)


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
def test_a_jump_of_the_host_moves_nothing(jump_s: float) -> None:
    host, clock = a_clock()
    clock.take(EPOCH, 0.0, 0.0)
    host.jump(jump_s)
    assert clock() == NOON
    assert clock.host_ahead_s == pytest.approx(jump_s)
    host.advance(2.0)
    assert clock() == NOON + timedelta(seconds=2)


def test_a_wrong_host_is_set_right_by_the_first_answer() -> None:
    _, clock = a_clock()
    clock.take(EPOCH - 500.0, 0.0, 0.0)
    assert clock() == NOON - timedelta(seconds=500)


def test_an_answer_that_took_long_says_only_what_it_can() -> None:
    """It was asked for at 0 and came at 10: the server's clock showed its time somewhen between."""
    host, clock = a_clock()
    host.advance(10.0)
    for told in (EPOCH, EPOCH + 4.0, EPOCH + 10.0):
        clock.take(told, 0.0, 10.0)
        assert clock() == NOON + timedelta(seconds=10), "it could be right all along"
    clock.take(EPOCH + 12.0, 0.0, 10.0)
    assert clock() == NOON + timedelta(seconds=12), "no earlier than what the server said"
    clock.take(EPOCH, 0.0, 10.0)
    assert clock() == NOON + timedelta(seconds=10), "no later than if the answer had taken no time to come"


def test_the_clock_is_the_hosts_until_the_server_has_answered() -> None:
    host, clock = a_clock()
    host.jump(77.0)
    assert clock() == NOON + timedelta(seconds=77)

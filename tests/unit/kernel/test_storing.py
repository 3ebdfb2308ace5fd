"""Several facts as one answer: in order, each only when the log has the one before it."""

import pytest
from groundstop.bus.publish_batch import PublishResult, publish_batch
from groundstop.events import Fact
from groundstop.log import PubAck
from groundstop.log.signing import Settled
from groundstop.log.wire import WRONG_LAST_SEQUENCE
from groundstop.testing import a_clearance

FIRST, SECOND, THIRD = (a_clearance(intent=f"i-{n}") for n in range(3))


class Sent:
    """What was sent, and what waits for an answer."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.settled: list[PublishResult] = []
        self._waiting: list[Settled] = []

    def send(self, fact: Fact, settled: Settled) -> None:
        self.facts.append(fact)
        self._waiting.append(settled)

    def answer(self, answer: PubAck | Exception) -> None:
        self._waiting.pop(0)(answer)


@pytest.fixture
def sent() -> Sent:
    """Three facts on their way."""
    begun = Sent()
    publish_batch(begun.send, [FIRST, SECOND, THIRD], begun.settled.append)
    return begun


def test_a_fact_is_sent_when_the_one_before_it_is_stored(sent: Sent) -> None:
    """Sent together, a judgement has overtaken its submission on a connection that broke."""
    assert sent.facts == [FIRST]
    sent.answer(PubAck(seq=1))
    assert sent.facts == [FIRST, SECOND]
    sent.answer(PubAck(seq=2))
    assert sent.settled == []
    sent.answer(PubAck(seq=3))
    assert (sent.facts, sent.settled) == ([FIRST, SECOND, THIRD], [PublishResult()])


def test_one_that_exists_already_does_not_stop_the_rest(sent: Sent) -> None:
    sent.answer(PubAck(seq=1, stored=False, code=WRONG_LAST_SEQUENCE))
    sent.answer(PubAck(seq=2))
    sent.answer(PubAck(seq=3))
    assert (sent.facts, sent.settled) == ([FIRST, SECOND, THIRD], [PublishResult(conflict=FIRST)])


@pytest.mark.parametrize(
    "answer", [PubAck(seq=0, stored=False, code=503, error="no room"), TimeoutError("nobody answered")]
)
def test_nothing_follows_one_that_was_not_stored(sent: Sent, answer: PubAck | Exception) -> None:
    sent.answer(PubAck(seq=1))
    sent.answer(answer)
    assert sent.facts == [FIRST, SECOND]
    assert [type(outcome.failed) for outcome in sent.settled] in ([RuntimeError], [TimeoutError])

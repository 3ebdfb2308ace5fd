"""Several facts stored as one answer: settled when the log has acknowledged the last of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundstop.events import Fact
from groundstop.log import PubAck
from groundstop.log.signing import Settled
from groundstop.log.wire import WRONG_LAST_SEQUENCE


@dataclass(slots=True)
class PublishResult:
    """How it went. ``already_so`` is a fact that was not stored because one like it exists."""

    failed: Exception | None = None
    conflict: Fact | None = None

    @property
    def all_stored(self) -> bool:
        """Every fact was stored by this attempt."""
        return self.failed is None and self.conflict is None


Send = Callable[[Fact, Settled], None]


def publish_batch(send: Send, facts: Sequence[Fact], settled: Callable[[PublishResult], None]) -> None:
    """Have ``send`` publish each once and in order; ``settled`` is called when all have an answer, or one was refused.

    A fact is sent when the log has the one before it. Sent together they can change places: what was written to a
    connection that breaks is lost and comes again with the next sweep, while what still waited in the client's buffer
    is delivered as soon as it reconnects.
    """
    _send_next(send, list(facts), PublishResult(), settled)


def _send_next(send: Send, left: list[Fact], outcome: PublishResult, settled: Callable[[PublishResult], None]) -> None:
    fact = left.pop(0)

    def answered(answer: PubAck | Exception) -> None:
        if isinstance(answer, Exception):
            outcome.failed = answer
        elif answer.code == WRONG_LAST_SEQUENCE:
            outcome.conflict = fact
        elif not answer.stored:
            outcome.failed = RuntimeError(f"the log refused {fact.kind}: {answer.error} ({answer.code})")
        if left and outcome.failed is None:
            _send_next(send, left, outcome, settled)
        else:
            settled(outcome)

    send(fact, answered)

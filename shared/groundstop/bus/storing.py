"""Several facts stored as one answer: settled when the log has acknowledged the last of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundstop.events import Fact
from groundstop.log import Log, PubAck
from groundstop.log.wire import WRONG_LAST_SEQUENCE


@dataclass(slots=True)
class Stored:
    """How it went. ``already_so`` is a fact that was not stored because one like it exists."""

    left: int
    failed: Exception | None = None
    already_so: Fact | None = None

    @property
    def plainly(self) -> bool:
        """Every fact was stored by this attempt."""
        return self.failed is None and self.already_so is None


def store(log: Log, facts: Sequence[Fact], settled: Callable[[Stored], None]) -> None:
    """Send each once, pipelined; ``settled`` is called when all have an answer."""
    outcome = Stored(len(facts))
    for fact in facts:
        log.send_once(fact, _counting(outcome, fact, settled))


def _counting(outcome: Stored, fact: Fact, settled: Callable[[Stored], None]) -> Callable[[PubAck | Exception], None]:
    def answered(answer: PubAck | Exception) -> None:
        outcome.left -= 1
        if isinstance(answer, Exception):
            outcome.failed = answer
        elif answer.code == WRONG_LAST_SEQUENCE:
            outcome.already_so = fact
        elif not answer.stored:
            outcome.failed = RuntimeError(f"the log refused {fact.kind}: {answer.error} ({answer.code})")
        if outcome.left == 0:
            settled(outcome)

    return answered

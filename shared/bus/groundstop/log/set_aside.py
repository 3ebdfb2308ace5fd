"""What is set aside: messages that nobody can read, or that nobody who may has said. Counted, named, in nobody's way.

A fact is never deleted: whoever ended over one would end over it again at every start, and so would every page.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from groundstop.errors import BadInput
from groundstop.events import Fact, IntentFact
from groundstop.log.wire import Stored
from groundstop.vocabulary import Reason

REMEMBERED_MAX = 4096
"""The same fact is met at every look: it is counted once."""


class FactVerifier(Protocol):
    """Whose word counts: groundstop.bus.keys, where facts are signed."""

    def believe(self, fact: Fact, stored_ns: int) -> None:
        """Raises BadInput for a fact that nobody who may has said."""

    def listen(self, told: Callable[[], None]) -> None:
        """``told`` is called whenever other keys count than before."""


class SetAside:
    """The messages that one process has set aside since it started."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, str] = OrderedDict()
        self.reasons: Counter[str] = Counter()
        self._newest = ""

    @property
    def count(self) -> int:
        """How many."""
        return self.reasons.total()

    def note(self, stored: Stored, error: Exception) -> bool:
        """Count a message; False when it was counted before."""
        if stored.seq in self._seen:
            return False
        reason = (error.reason if isinstance(error, BadInput) else Reason.INVALID_FIELDS).value
        self._seen[stored.seq] = reason
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)
        self.reasons[reason] += 1
        said = str(error).splitlines()
        self._newest = f"sequence {stored.seq}, {stored.subject[:120]}: {said[0][:160] if said else repr(error)[:160]}"
        return True

    def take_back(self, stored: Stored) -> None:
        """It is looked at once more, because more is known by now."""
        reason = self._seen.pop(stored.seq, None)
        if reason is not None:
            self.reasons[reason] -= 1

    @property
    def said(self) -> str:
        """For ``groundstop status``; empty when there is nothing."""
        facts = "fact was" if self.count == 1 else "facts were"
        return f"{self.count} {facts} set aside, the newest: {self._newest}" if self.count else ""

    def gauges(self) -> Iterable[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters."""
        for reason, count in tuple(self.reasons.items()):
            yield "facts_set_aside", {"reason": reason}, float(count)


def check_place(fact: Fact, subject: str) -> None:
    """Raises BadInput for a fact that was stored where it does not belong: a genuine one again, as another's."""
    if isinstance(fact, IntentFact) and fact.subject() != subject:
        raise BadInput(
            Reason.IDENTITY_MISMATCH, f"the message says {fact.subject()[:200]!r}, it came on {subject[:200]!r}"
        )

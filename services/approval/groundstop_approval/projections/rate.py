"""How often somebody may ask for something: a bucket of turns for each, in bounded memory."""

from collections import OrderedDict
from collections.abc import Hashable

from groundstop.clock import Clock

KEPT_MAX = 10_000


class Rate:
    """``at_once`` turns for everybody, of which ``per_s`` come back."""

    def __init__(self, clock: Clock, per_s: float, at_once: int) -> None:
        self._clock = clock
        self._per_s = per_s
        self._at_once = at_once
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def takes(self, who: Hashable) -> bool:
        """Take a turn of ``who``; False when there is none."""
        now = self._clock.monotonic()
        left, at = self._left.pop(who, (float(self._at_once), now))
        left = min(float(self._at_once), left + (now - at) * self._per_s)
        self._left[who] = (left - 1.0 if left >= 1.0 else left, now)
        if len(self._left) > KEPT_MAX:
            self._left.popitem(last=False)
        return left >= 1.0

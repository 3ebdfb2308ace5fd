"""Thresholds of confidence for a stated tolerance, out of what happened: a proposal, never put in force. Pure.

The ``high`` threshold of an action type is the lowest confidence from which on calls went wrong at most as often as
the tolerance says, with 95 % certainty (Wilson's upper bound, as in metrics.satisfaction). Where too little is known
nothing is proposed; where no threshold is good enough, 1.0 is: then only certainty passes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundstop.policy import Policy
from groundstop.record.measures import wilson

JUDGED_MIN = 50
"""Fewer ended calls than this say nothing about an action type."""
BINS = 10

Bins = Mapping[int, tuple[int, int]]
"""Bin of stated confidence (0 to 9) to how many calls ended and how many of them went well."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the record says about one action type. ``wrong_at_most`` is the bound at ``high``, between 0 and 1."""

    action_type: str
    judged: int
    now: float
    high: float
    wrong_at_most: float

    @property
    def says(self) -> str:
        """In words."""
        way = "raise" if self.high > self.now else "lower" if self.high < self.now else "keep"
        bound = f"{self.wrong_at_most:.1%}" if self.high < 1 else "more than is tolerated at any confidence"
        return f"{self.action_type}: {way} high from {self.now:g} to {self.high:g} ({self.judged} calls; wrong {bound})"


def threshold(bins: Bins, tolerance: float) -> tuple[float, float]:
    """The lowest edge of a bin from which on the bound is tolerable, and the bound there; (1.0, 1.0) for none."""
    best, n, wrong = (1.0, 1.0), 0, 0
    for number in range(BINS - 1, -1, -1):
        judged, right = bins.get(number, (0, 0))
        n, wrong = n + judged, wrong + judged - right
        if judged and (bound := wilson(wrong, n)[1]) <= tolerance:
            best = (number / BINS, bound)
    return best


def suggestions(rows: Iterable[tuple[str, int, int, int]], policy: Policy, tolerance: float) -> list[Suggestion]:
    """For rows of (action type, bin, judged, right), as in metrics.calibration; those that change something."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for action_type, number, judged, right in rows:
        known = found.setdefault(action_type, {}).get(number, (0, 0))
        found[action_type][number] = (known[0] + judged, known[1] + right)
    made = []
    for action_type, bins in sorted(found.items()):
        judged = sum(n for n, _ in bins.values())
        now = policy.confidence.thresholds_for(action_type).high
        high, bound = threshold(bins, tolerance)
        if judged >= JUDGED_MIN and abs(high - now) > 1e-9:
            made.append(Suggestion(action_type, judged, now, high, bound))
    return made


def patch(made: Iterable[Suggestion], policy: Policy, tolerance: float) -> str:
    """The part of a policy file that would put the suggestions in force, each with its reason; "" for none."""
    lines = []
    for one in made:
        given = policy.confidence.thresholds_for(one.action_type)
        medium, low = min(given.medium, one.high), min(given.low, one.high)
        lines += [
            f"    # {one.says}",
            f"    {one.action_type}: {{high: {one.high:g}, medium: {medium:g}, low: {low:g}}}",
        ]
    if not lines:
        return ""
    head = [f"# at most {tolerance:.1%} of what passes unseen may go wrong; review before you publish", "confidence:"]
    return "\n".join([*head, "  action_types:", *lines, ""])

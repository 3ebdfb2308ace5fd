"""The odds of a plan of several steps, from how often each of its tools came through. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from groundstop.events import Outcome
from groundstop.vocabulary import Status

HISTORY_S = 7 * 86_400.0
"""An estimate looks back so far."""

# Laplace's rule of succession: a tool never seen counts as one success in two tries, not as certain.
PRIOR_GOOD, PRIOR_ALL = 1, 2
COUNTED = (Status.SUCCEEDED, Status.COMPLETED_MANUALLY, Status.FAILED, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``probability`` that every step succeeds; ``weakest`` is the tool that costs most of it."""

    probability: float
    steps: tuple[tuple[str, float], ...]

    @property
    def weakest(self) -> str:
        """The tool with the lowest rate, empty without steps."""
        return min(self.steps, key=lambda step: step[1], default=("", 1.0))[0]

    def sentence(self) -> str:
        """For people: ``10 steps at 0.95 each are 0.60 together``."""
        if not self.steps:
            return "no steps"
        each = self.probability ** (1 / len(self.steps))
        return (
            f"{len(self.steps)} steps at {each:.2f} each are {self.probability:.2f} together; weakest: {self.weakest}"
        )


def rate(good: int, tried: int) -> float:
    """The smoothed share of ``tried`` calls that went well."""
    return (good + PRIOR_GOOD) / (tried + PRIOR_ALL)


def success_rates(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Tool -> share of its executed calls that succeeded, smoothed; what people or limits stopped does not count."""
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.status in COUNTED and outcome.tool:
            good[outcome.tool] += outcome.status.good
            total[outcome.tool] += 1
    return {tool: rate(good[tool], total[tool]) for tool in total}


def estimate(tools: Sequence[str], rates: Mapping[str, float]) -> Estimate:
    """The estimate for running ``tools`` one after the other; the steps count as independent."""
    steps = tuple((tool, rates.get(tool, rate(0, 0))) for tool in tools)
    return Estimate(prod(rate for _, rate in steps), steps)

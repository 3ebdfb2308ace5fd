"""How likely a plan of several steps is to come through, from what its tools have done so far."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from groundstop import subjects
from groundstop.events import IntentSubmitted, Outcome
from groundstop.log import Log
from groundstop.words import Status

HISTORY_S = 7 * 86_400.0
HISTORY_MAX = 50_000
"""An estimate looks back so far, and at so many outcomes."""

# Laplace's rule of succession: a tool never seen counts as one success in two tries, not as certain.
PRIOR_GOOD, PRIOR_ALL = 1, 2
_COUNTED = (Status.SUCCEEDED, Status.COMPLETED_MANUALLY, Status.FAILED, Status.UNKNOWN)


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


def success_rates(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Tool -> share of its executed calls that succeeded, smoothed; what people or limits stopped does not count."""
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.status in _COUNTED and outcome.tool:
            good[outcome.tool] += outcome.status.good
            total[outcome.tool] += 1
    return {tool: (good[tool] + PRIOR_GOOD) / (total[tool] + PRIOR_ALL) for tool in total}


def estimate(tools: Sequence[str], rates: Mapping[str, float]) -> Estimate:
    """The estimate for running ``tools`` one after the other; the steps count as independent."""
    steps = tuple((tool, rates.get(tool, PRIOR_GOOD / PRIOR_ALL)) for tool in tools)
    return Estimate(prod(rate for _, rate in steps), steps)


async def history_rates(log: Log, now: float) -> dict[str, float]:
    """Success rates from the log; ``now`` in seconds since 1970."""
    outcomes: list[Outcome] = []
    async for stored in log.until_now(1, (subjects.pattern("outcome"),), since=now - HISTORY_S):
        outcomes.append(Outcome.model_validate_json(stored.payload))
        if len(outcomes) >= HISTORY_MAX:
            break
    return success_rates(outcomes)


async def tools_of_task(log: Log, task: str, now: float) -> list[str]:
    """The tools of what was submitted for ``task``, in order: the plan so far."""
    found: list[str] = []
    async for stored in log.until_now(1, (subjects.pattern("intent.submitted"),), since=now - HISTORY_S):
        submitted = IntentSubmitted.model_validate_json(stored.payload)
        found += [submitted.tool] if submitted.task == task else []
    return found

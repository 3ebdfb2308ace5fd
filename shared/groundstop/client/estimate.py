"""How likely a plan of several steps is to come through, from what its tools have done so far."""

from groundstop import subjects
from groundstop.client.odds import HISTORY_S, success_rates
from groundstop.events import IntentSubmitted, Outcome
from groundstop.log import Log

HISTORY_MAX = 50_000
"""An estimate looks at so many outcomes."""


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

"""How likely a plan of several steps is to come through, from what its tools have done so far."""

from collections.abc import AsyncIterator
from typing import TypeVar

from groundstop import subjects
from groundstop.client.odds import HISTORY_S, success_rates
from groundstop.events import Fact, IntentSubmitted, Outcome
from groundstop.log import Log
from groundstop.log.stream import state

F = TypeVar("F", bound=Fact)

HISTORY_FACTS = 500_000
"""An estimate looks over so many of the log's newest facts: some ten for each intent."""


async def history_rates(log: Log, now: float, facts: int = HISTORY_FACTS) -> dict[str, float]:
    """Success rates from the newest ``facts`` of the log; ``now`` in seconds since 1970."""
    return success_rates([outcome async for outcome in _newest(log, Outcome, now, facts)])


async def tools_of_task(log: Log, task: str, now: float, facts: int = HISTORY_FACTS) -> list[str]:
    """The tools of what was submitted for ``task``, in order: the plan so far."""
    return [submitted.tool async for submitted in _newest(log, IntentSubmitted, now, facts) if submitted.task == task]


async def _newest(log: Log, kind: type[F], now: float, facts: int) -> AsyncIterator[F]:
    """What can be read of the newest facts of a kind: anybody may have written what cannot."""
    since = now - HISTORY_S
    first = max(1, int((await state(log.nc))["last_seq"]) - facts + 1)
    async for stored in log.until_now(first, (subjects.pattern(kind.kind),), since=since):
        fact = log.fact(kind, stored) if stored.time_ns / 1e9 >= since else None
        if fact is not None:
            yield fact

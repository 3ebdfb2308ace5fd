"""What calls have cost, as it is reported afterwards: drawn from the budgets of money and tokens.

Every process follows the reports, whosever turn it is to meter. A report names an intent, and what the intent was
judged to be says which budgets it is under; one that comes before the judgement waits for it.
"""

import asyncio
from collections.abc import Callable, Sequence

import nats.errors
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import CostRecorded, IntentClassified
from groundstop.log import Log, Stored
from groundstop.log.follow import passing_over
from groundstop.loops import supervised_task
from groundstop.policy import Policy
from structlog.typing import FilteringBoundLogger

from groundstop_rate_limiter.budgets import Budgets
from groundstop_rate_limiter.domain import spent

BATCH = 256
WAIT_S = 0.1
AGAIN_S = 0.5
EARLY_S = 60.0
"""How long a report may come before its intent is judged."""
REPORTS = (subjects.pattern("cost.recorded"),)
Who = tuple[str, str, str]
Report = tuple[CostRecorded, float]
"""A report, and when the log stored it, in seconds since 1970."""


class CostProjection:
    """Keeps ``budgets`` level with the reports of the last ``window_s`` seconds, and follows."""

    def __init__(
        self,
        log: Log,
        budgets: Budgets,
        policy: Callable[[], Policy],
        clock: Clock,
        logger: FilteringBoundLogger,
        window_s: float,
    ) -> None:
        self._log = log
        self._budgets = budgets
        self._policy = policy
        self._clock = clock
        self._logger = logger
        self._window_s = window_s
        self._seq = 0  # the newest report that was taken
        self._early: list[Report] = []
        self._level = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when what the log holds has been drawn."""
        self._following = supervised_task(self._follow(), "reported costs", self._logger)
        await self._level.wait()

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        since = self._clock().timestamp() - self._window_s
        while True:
            try:
                await self._read(since)
            except (GroundstopError, nats.errors.Error, OSError) as error:
                self._logger.warning("cannot_read_costs", error=repr(error)[:300])
                await self._clock.sleep(AGAIN_S)

    async def _read(self, since: float) -> None:
        async with self._log.read(self._seq + 1, REPORTS, since=None if self._seq else since) as reader:
            while True:
                batch = await reader.batch(BATCH, WAIT_S)
                if batch or self._early:
                    await self._draw([*self._early, *self._readable(batch)])
                self._seq = batch[-1].seq if batch else self._seq
                if not reader.pending and len(batch) < BATCH:
                    self._level.set()

    def _readable(self, batch: Sequence[Stored]) -> list[Report]:
        found: list[Report] = []

        def read(stored: Stored) -> None:
            found.append((CostRecorded.model_validate_json(stored.payload), stored.time_ns / 1e9))

        take = passing_over(read, self._logger, self._log.aside)
        for stored in batch:
            take(stored)
        return found

    async def _draw(self, reports: list[Report]) -> None:
        """Draw those whose intents have been judged; keep the others for a while. All or, when it raises, none."""
        judged = await self._judged([cost for cost, _ in reports])
        policy, now = self._policy(), self._clock().timestamp()
        self._early = []
        for cost, at in reports:
            if (classified := judged.get(_who(cost))) is not None:
                self._budgets.report(spent(cost, classified, policy), at)
            elif now - at < EARLY_S:
                self._early.append((cost, at))
            else:
                self._logger.warning("cost_of_nothing_judged", intent=cost.intent, entry=cost.entry)

    async def _judged(self, costs: Sequence[CostRecorded]) -> dict[Who, IntentClassified]:
        """What the intents were judged to be; one judgement that nobody can read is none."""
        found: dict[Who, IntentClassified] = {}
        wanted = sorted({_who(cost) for cost in costs})
        for begin in range(0, len(wanted), BATCH):
            patterns = [subjects.any_detail("intent.classified", *who) for who in wanted[begin : begin + BATCH]]
            for stored in await self._log.newest(patterns):
                if (classified := self._log.fact(IntentClassified, stored)) is not None:
                    found[_who(classified)] = classified
        return found


def _who(fact: CostRecorded | IntentClassified) -> Who:
    """Whose intent it is: two tenants may use one id."""
    return fact.tenant, fact.agent, fact.intent

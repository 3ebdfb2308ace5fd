"""Following the outcomes that count against somebody, and halting by itself. One executor at a time does that."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import nats.errors
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls import Target, covers
from groundstop.errors import GroundstopError
from groundstop.events import Control, Halt, Outcome
from groundstop.ids import derived_id
from groundstop.log import Log, Stored
from groundstop.log.control_store import ControlStore
from groundstop.log.follow import Follower
from groundstop.loops import supervised_task
from groundstop.vocabulary import Risk
from structlog.typing import FilteringBoundLogger

from groundstop_executor.auto_halt.rules import COOL_DOWN_S, TRIGGERS, WATCHED, AutoHaltRules, Suspicion, halts_after

LOOK_S = 1.0
COUNTED_MAX = 20_000
PATTERNS = (*(subjects.pattern("outcome", status) for status in WATCHED), subjects.control(0))


class AutoHaltWatcher:
    """Every executor follows; ``leads()`` says which one acts. Two that act at once write the same halt."""

    def __init__(
        self,
        name: str,
        log: Log,
        control_store: ControlStore,
        clock: Clock,
        logger: FilteringBoundLogger,
        leads: Callable[[], bool],
    ) -> None:
        self._name = name
        self._log = log
        self._control_store = control_store
        self._clock = clock
        self._logger = logger
        self._leads = leads
        self._watch = AutoHaltRules()
        self._asked: dict[tuple[str, str, str], float] = {}
        self._follower: Follower | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow, from the longest window ago."""
        since = self._clock().timestamp() - max(trigger.window_s for trigger in TRIGGERS)
        self._follower = Follower(self._log, PATTERNS, self._learn, self._logger, since=since)
        await self._follower.start()
        self._looking = supervised_task(self._look(), "automatic halts", self._logger)

    async def stop(self) -> None:
        """Stop."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._follower is not None:
            await self._follower.stop()

    def _learn(self, stored: Stored) -> None:
        if stored.subject.startswith("gs.outcome."):
            self._watch.saw(self._log.believed(Outcome, stored))
        else:
            self._watch.controlled(self._log.believed(Control, stored))

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            if not self._watch.bad or not self._leads():
                continue
            now = self._clock()
            for suspicion in list(self._watch.suspicions(now.timestamp())):
                try:
                    await self._judge(suspicion, now)
                except (GroundstopError, nats.errors.Error, OSError) as error:  # looked at again in a second
                    self._logger.warning("suspicion_not_judged", scope=suspicion.scope, error=repr(error)[:500])

    async def _judge(self, suspicion: Suspicion, now: datetime) -> None:
        """Ask the log how many there were in all, at most every few seconds, and halt when it is too large a part."""
        key = (suspicion.tenant, suspicion.scope, suspicion.trigger.name)
        if now.timestamp() - self._asked.get(key, 0.0) < 2 * LOOK_S:
            return
        self._asked[key] = now.timestamp()
        total = await self._total(suspicion)
        if suspicion.count >= suspicion.trigger.rate * max(total, 1):
            await self._halt(suspicion, total, now)

    async def _total(self, suspicion: Suspicion) -> int:
        """How many outcomes the scope had; one that nobody can read is nobody's."""
        total = 0
        async for stored in self._log.until_now(1, (subjects.pattern("outcome"),), since=suspicion.since):
            if (outcome := self._log.fact(Outcome, stored)) is not None:
                total += covers(suspicion.scope, _target(outcome), suspicion.tenant)
            if total >= COUNTED_MAX:
                break
        return total

    async def _halt(self, suspicion: Suspicion, total: int, now: datetime) -> None:
        trigger = suspicion.trigger
        seconds = now.timestamp() - suspicion.since
        reason = f"{suspicion.count} of {total} {trigger.sentence} in {seconds:.0f} s"
        window = int(now.timestamp() // COOL_DOWN_S)
        control = derived_id(
            f"{suspicion.tenant}:{suspicion.scope}:{trigger.name}:{suspicion.resumed or window}", "automatic-halt"
        )
        halt = Halt(
            control=control,
            scope=suspicion.scope,
            tenant=suspicion.tenant,
            reason=reason,
            by="watch",
            at=now,
            trigger=trigger.name,
        )

        def change(halts: tuple[Halt, ...], seq: int) -> Control:
            return Control(
                id=derived_id(control, "control:halt"),
                at=now,
                actor=self._name,
                control=control,
                action="halt",
                scope=halt.scope,
                tenant=halt.tenant,
                reason=reason,
                by=halt.by,
                halts=halts_after(halts, halt, suspicion.resumed),
                replaces=seq,
            )

        written, _ = await self._control_store.change(change, self._log.signed)
        self._watch.controlled(written)
        self._watch.canaries.pop(suspicion.resumed, None)
        self._logger.warning("automatic_halt", scope=halt.scope, trigger=trigger.name, reason=reason)


def _target(outcome: Outcome) -> Target:
    return Target(
        outcome.tenant, outcome.agent, outcome.task, outcome.action_type, outcome.tool, outcome.risk or Risk.DANGEROUS
    )

"""Hand-off: a task waits for a person, in a table of its agent's pauses that executors' guards follow.

The pause is derived from facts: it is in force as long as a hand-off was asked for and not ended. ``settle`` makes the
table say so, whoever calls it and however often, so a service that dies half-way leaves nothing behind.
"""

import asyncio
import contextlib
from weakref import WeakValueDictionary

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls import without
from groundstop.controls.pauses import OF_AGENT_MAX, OPEN_MAX, REASON_BYTES_MAX, Agent, Entry, PauseBook
from groundstop.errors import GroundstopError, NoAcknowledgement, RequestFailed
from groundstop.events import CaseDecided, Control, Halt, Pause, TaskHandoff, TaskPaused, TaskResumed
from groundstop.identity.signatures import Keyring
from groundstop.ids import derived_id
from groundstop.log.control_store import ControlStore
from groundstop.log.leases import LEASE_S
from groundstop.log.pausing import catch_up
from groundstop.log.wire import EXPECTED_SEQ, TTL
from groundstop.vocabulary import CaseKind, ErrorCode, Verdict

from groundstop_approval.projections.case_log import CaseLog
from groundstop_approval.projections.rate import Rate

ACTOR = "approval"
LIFTING = (Verdict.GIVEN_BACK, Verdict.WITHDRAWN)
SETTLE_TRIES = 10
OBEYED_S = LEASE_S + 0.1
"""After this long every executor knows of a pause that was stored, or has no lease and begins nothing."""
ASKED_PER_MINUTE, ASKED_AT_ONCE = 10.0, OF_AGENT_MAX
"""Hand-offs that one agent may ask for."""


class Pausing:
    """The pauses of tasks, as approval writes them. ``ring``: None where nobody signs."""

    def __init__(self, log: CaseLog, control_store: ControlStore, ring: Keyring | None, clock: Clock) -> None:
        self._log = log
        self._control_store = control_store
        self._clock = clock
        self._book = PauseBook(ring)
        self._rate = Rate(clock, ASKED_PER_MINUTE / 60.0, ASKED_AT_ONCE)
        self._turns: WeakValueDictionary[Agent, asyncio.Lock] = WeakValueDictionary()

    def turn(self, asked: TaskHandoff) -> asyncio.Lock:
        """Held while one hand-off of an agent is counted and written: two at once would count the same."""
        return self._turns.setdefault((asked.tenant, asked.agent), asyncio.Lock())

    async def check(self, asked: TaskHandoff) -> None:
        """Raise RequestFailed unless one more task of the agent may wait; a hand-off that waits already does."""
        if len(asked.reason.encode()) > REASON_BYTES_MAX:
            raise RequestFailed(ErrorCode.INVALID_REQUEST, f"reason: expected at most {REASON_BYTES_MAX} bytes")
        entry = await self._entry(asked)
        if asked.intent in entry.pauses:
            return
        if len(entry.pauses) >= OF_AGENT_MAX or len(self._book) >= OPEN_MAX:
            whose = f"{len(entry.pauses)} tasks of {asked.agent}, {len(self._book)} in all"
            raise RequestFailed(ErrorCode.TOO_MANY_PAUSES, f"{whose} wait for a person already: end one first")
        if not self._rate.takes((asked.tenant, asked.agent)):
            raise RequestFailed(
                ErrorCode.TOO_OFTEN, f"{asked.agent} asked for a person too often: try again in a minute"
            )

    async def settle(self, asked: TaskHandoff) -> bool:
        """Make the log agree with the facts about one hand-off; returns whether the task is paused."""
        for _ in range(SETTLE_TRIES):
            paused = not await self._is_over(asked)
            entry, halted = await self._entry(asked), await self._is_halt(asked)
            waits = asked.intent in entry.pauses
            if paused == (waits or halted):
                return paused
            with contextlib.suppress(GroundstopError):  # another replica did it in the same moment: look again
                if paused or waits:
                    await self._write(asked, entry, paused=paused)
                if not paused and halted:
                    await self._control_store.change(
                        lambda halts, seq: self._lifted(asked, halts, seq), self._log.signed
                    )
        raise NoAcknowledgement(f"the pause of task {asked.task} could not be settled")

    async def obeyed(self) -> None:
        """Wait until nothing begins any more that a pause stops which was stored before."""
        await self._clock.sleep(OBEYED_S)

    async def paused(self) -> list[tuple[str, Pause]]:
        """Every pause with its tenant."""
        await catch_up(self._log.nc, self._book)
        return [(tenant, pause) for (tenant, _), pause in self._book]

    async def halts(self) -> tuple[Halt, ...]:
        """The halts in force."""
        return (await self._control_store.in_force()).standing.halts

    async def _entry(self, asked: TaskHandoff) -> Entry:
        await catch_up(self._log.nc, self._book)
        return self._book.of(asked.tenant, asked.agent)

    async def _is_halt(self, asked: TaskHandoff) -> bool:
        """Whether it still is a halt, as pauses were before they had a place of their own."""
        return any(halt.control == asked.intent for halt in await self.halts())

    async def _is_over(self, asked: TaskHandoff) -> bool:
        decided = await decision_of(self._log, asked)
        if decided is not None and decided.verdict in LIFTING:
            return True
        resumed = subjects.subject(TaskResumed.kind, asked.tenant, asked.agent, asked.intent)
        return await self._log.last(resumed) is not None

    async def _write(self, asked: TaskHandoff, entry: Entry, *, paused: bool) -> None:
        others = tuple(pause for pause in entry.pauses.values() if pause.handoff != asked.intent)
        mine = Pause(handoff=asked.intent, task=asked.task, by=asked.by, at=asked.at)
        fact = TaskPaused(
            id=derived_id(asked.intent, f"task.paused:{paused}:{entry.seq}"),
            at=self._clock(),
            actor=ACTOR,
            tenant=asked.tenant,
            agent=asked.agent,
            pauses=(*others, mine) if paused else others,
            replaces=entry.seq,
        )
        await self._log.publish_checked(fact, {EXPECTED_SEQ: str(entry.seq), TTL: "never"})

    def _lifted(self, asked: TaskHandoff, halts: tuple[Halt, ...], seq: int) -> Control:
        halt = next((halt for halt in halts if halt.control == asked.intent), None)
        return Control(
            id=derived_id(asked.intent, "control:resume"),
            at=self._clock(),
            actor=ACTOR,
            control=asked.intent,
            action="resume",
            scope=f"task={asked.task}",
            tenant=halt.tenant if halt else asked.tenant,
            reason="given back",
            by=ACTOR,
            halts=without(halts, asked.intent),
            replaces=seq,
        )


async def decision_of(log: CaseLog, asked: TaskHandoff) -> CaseDecided | None:
    """How the case of a hand-off was decided, if it was."""
    where = (asked.tenant, asked.agent, asked.intent, CaseKind.HANDOFF.value)
    return await log.last_fact(CaseDecided, subjects.any_detail("case.decided", *where))

"""Halting and resuming: write the controls, then collect what every executor says about it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls import Target, check_scope, covers, with_halt, without
from groundstop.errors import BadInput
from groundstop.events import Control, ExecutionStarted, ExecutorHalted, Halt
from groundstop.ids import derived_id, new_id
from groundstop.log import Log
from groundstop.log.lanes import Controls, change_controls, read_controls
from groundstop.words import Reason

ROSTER_WINDOW_S = 0.6
"""Beats come four times a second: after this long an executor that was not heard is not there."""


@dataclass(slots=True)
class HaltReport:
    """What a halt did. ``last_halted_ms`` is from the press to the last executor's report, by this process's clock."""

    control: str
    seq: int
    scope: str
    executors: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    last_halted_ms: float = 0.0
    claims_after: int = 0


class Operator:
    """Controls on behalf of ``actor``."""

    def __init__(self, nc: Connection, log: Log, clock: Clock, actor: str) -> None:
        self._nc = nc
        self._log = log
        self._clock = clock
        self._actor = actor

    async def controls(self) -> Controls:
        """The halts in force."""
        return await read_controls(self._nc)

    async def halt(self, scope: str, reason: str, wait_s: float) -> HaltReport:
        """See Client.halt. Raises BadScope, and BadInput without a reason."""
        scope = check_scope(scope)
        if not reason.strip():
            raise BadInput(Reason.INVALID_FIELDS, "a halt needs a reason: it is what people will read")
        halt = Halt(control=new_id(), scope=scope, reason=reason, by=self._actor, at=self._clock())
        async with self._listening(halt.control) as heard:
            pressed = self._clock.monotonic()
            _, seq = await change_controls(self._nc, lambda halts: self._control("halt", halt, with_halt(halts, halt)))
            await heard.everybody(pressed, wait_s)
        report = HaltReport(halt.control, seq, scope)
        report.executors = [_line(fact) for fact in heard.reports.values()]
        report.missing = sorted(heard.roster - set(heard.reports))
        report.last_halted_ms = round(max(heard.times.values(), default=pressed) * 1e3 - pressed * 1e3, 3)
        report.claims_after = await self._claims_after(scope, seq)
        return report

    async def resume(self, control: str, note: str) -> Control:
        """See Client.resume. Raises GroundstopError when no such halt is active, BadInput without a note."""
        if not note.strip():
            raise BadInput(Reason.INVALID_FIELDS, "a resume needs a note: why is it safe to go on?")

        def lifted(halts: tuple[Halt, ...]) -> Control:
            kept = without(halts, control)
            halt = next(halt for halt in halts if halt.control == control)
            return self._control("resume", halt.model_copy(update={"reason": note}), kept)

        written, _ = await change_controls(self._nc, lifted)
        return written

    def _control(self, action: str, halt: Halt, halts: tuple[Halt, ...]) -> Control:
        return Control(
            id=derived_id(halt.control, f"control:{action}"),
            at=self._clock(),
            actor=self._actor,
            control=halt.control,
            action=action,
            scope=halt.scope,
            reason=halt.reason,
            by=self._actor,
            halts=halts,
        )

    async def _claims_after(self, scope: str, seq: int) -> int:
        """Claims in scope that the log accepted after the halt: counted in the log's own order."""
        claims = 0
        async for stored in self._log.until_now(seq + 1, (subjects.pattern("execution.started"),)):
            started = ExecutionStarted.model_validate_json(stored.payload)
            claims += covers(scope, target_of(started))
        return claims

    @contextlib.asynccontextmanager
    async def _listening(self, control: str) -> AsyncIterator["_Heard"]:
        heard = _Heard(self._clock)
        subscriptions = [
            await self._nc.subscribe(subjects.BEATS, cb=heard.beat),
            await self._nc.subscribe(subjects.halted(control, "*"), cb=heard.report),
        ]
        await self._nc.flush()
        try:
            yield heard
        finally:
            for subscription in subscriptions:
                await subscription.unsubscribe()


class _Heard:
    """Who is there, and who has reported."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._news = asyncio.Event()
        self.roster: set[str] = set()
        self.reports: dict[str, ExecutorHalted] = {}
        self.times: dict[str, float] = {}

    async def beat(self, message: Msg) -> None:
        self.roster.add(str(orjson.loads(message.data).get("executor")))

    async def report(self, message: Msg) -> None:
        fact = ExecutorHalted.model_validate_json(message.data)
        self.reports[fact.executor] = fact
        self.times[fact.executor] = self._clock.monotonic()
        self.roster.add(fact.executor)
        self._news.set()

    async def everybody(self, pressed: float, wait_s: float) -> None:
        """Until the roster is known and everybody on it has reported, at most ``wait_s``."""
        while (waited := self._clock.monotonic() - pressed) < wait_s:
            if waited >= ROSTER_WINDOW_S and self.roster <= set(self.reports):
                return
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.05)


def _line(fact: ExecutorHalted) -> dict[str, Any]:
    flights = [
        {"intent": flight.intent, "attempt": flight.attempt, "tool": flight.tool, "ended": flight.ended}
        for flight in fact.in_flight
    ]
    return {"id": fact.executor, "halted_ms": fact.halted_ms, "in_flight": flights}


def target_of(started: ExecutionStarted) -> Target:
    """What a halt may name about a claim."""
    return Target(started.tenant, started.agent, started.task, started.action_type, started.tool, started.risk)

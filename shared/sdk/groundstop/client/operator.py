"""Halting and resuming: write the controls, then collect what every executor says about it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from groundstop import subjects
from groundstop.beats import beat_of
from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller
from groundstop.client.control_requests import ControlRequests
from groundstop.clock import Clock
from groundstop.controls import STAGES, Target, at_stage, check_scope, covers, with_halt
from groundstop.controls.capacity import fitting, short
from groundstop.controls.chain import ask_of
from groundstop.errors import BadInput, GroundstopError
from groundstop.events import Control, ExecutionStarted, ExecutorHalted, Halt, KeysPublished
from groundstop.ids import derived_id, new_id
from groundstop.log import Log, lookup
from groundstop.log.lanes import Controls
from groundstop.vocabulary import Reason
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

ROSTER_WINDOW_S = 0.6
"""Beats come four times a second: after this long an executor that was not heard is not there."""


CANARY_S = 60.0
"""For so long after a resume too many errors halt again by themselves."""
RESUME_S = 10.0
"""For so long a resume is asked for while nobody answers; a halt for 5 s more than its reports are waited for."""
HALT_S = 5.0
PEOPLE = ("operator", "owner")
"""Roles of those who lift halts with a key of their own."""


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
    drill: bool = False


class Operator:
    """Controls on behalf of ``actor``. ``people``: how many different ones a resume of this operator's halts needs;
    None: two wherever two hold a key for it. ``caller``: in whose name the service is asked; the actor's own, if none
    is given."""

    def __init__(
        self,
        nc: Connection,
        log: Log,
        clock: Clock,
        actor: str,
        people: int | None = None,
        caller: Caller | None = None,
    ) -> None:
        self._nc = nc
        self._log = log
        self._clock = clock
        self._actor = actor
        self._people = people
        self._pressing = ControlRequests(nc, clock, caller or Caller(OWNER_ROLE, ANY_TENANT, actor), log.signed)

    async def controls(self) -> Controls:
        """The halts in force."""
        return await self._pressing.controls()

    async def halt(
        self, scope: str, reason: str, wait_s: float, *, drill: bool = False, tenant: str = ""
    ) -> HaltReport:
        """See Client.halt. Raises BadScope, and BadInput without a reason. ``tenant``: only of that one.

        A drill is announced in the same way and stops nothing. Who does not answer is asked again for as long as
        ``wait_s`` and 5 s more: whether the first try was stored does not matter, the halt is in force once.
        """
        scope = check_scope(scope)
        if not reason.strip():
            raise BadInput(Reason.INVALID_FIELDS, "a halt needs a reason: it is what people will read")
        control, pressed = new_id(), self._clock.monotonic()
        async with self._listening(control) as (heard, people):
            halt = Halt(
                control=control,
                scope=scope,
                tenant=tenant,
                reason=short(reason),
                by=self._actor,
                at=self._clock(),
                people=people,
                drill=drill,
            )
            seq = await self._press(halt, wait_s + HALT_S)
            await heard.everybody(pressed, wait_s)
        report = HaltReport(halt.control, seq, scope, drill=drill)
        report.executors = [_line(fact) for fact in heard.reports.values()]
        report.missing = sorted(heard.roster - set(heard.reports))
        report.last_halted_ms = round(max(heard.times.values(), default=pressed) * 1e3 - pressed * 1e3, 3)
        report.claims_after = 0 if drill else await self._claims_after(halt, seq)
        return report

    async def _press(self, halt: Halt, within_s: float) -> int:
        """Have the halt, or the drill, written to all lanes; the sequence of the last one."""

        def change(halts: tuple[Halt, ...], seq: int) -> Control:
            if halt.drill:
                return self._control("drill", halt, halts, seq)
            return self._control("halt", halt, fitting(with_halt(halts, halt)), seq)

        _, seq = await self._pressing.change(change, within_s)
        return seq

    async def resume(self, control: str, note: str, stage: str = "") -> Control:
        """Lift a halt, or let its ``stage`` go on: ``safe``, then ``risky``, then ``dangerous`` (everything).

        The control's action is ``resume_asked`` when the halt needs a second person: it stays in force until another
        one asks for the same. Raises GroundstopError when no such halt is active, BadInput without a note or for an
        unknown stage.
        """
        if not note.strip():
            raise BadInput(Reason.INVALID_FIELDS, "a resume needs a note: why is it safe to go on?")
        if stage and stage not in STAGES:
            raise BadInput(Reason.INVALID_FIELDS, f"stage {stage!r} is not one of {', '.join(STAGES)}")
        people = await self._people_needed()

        def change(halts: tuple[Halt, ...], seq: int) -> Control:
            after = at_stage(halts, control, stage)
            halt = next(halt for halt in halts if halt.control == control)
            if max(halt.people, people) > 1 and not self._is_second(halt, stage):
                asking = self._asking(halt, note, stage, seq)
                kept = tuple(asking if active.control == control else active for active in halts)
                said = asking.model_copy(update={"reason": note})
                return self._control("resume_asked", said, fitting(kept), seq)
            lifted = halt.model_copy(update={"reason": note})
            return self._control("resume", lifted, fitting(after), seq, stage=stage)

        written, _ = await self._pressing.change(change, RESUME_S)
        return written

    def _asking(self, halt: Halt, note: str, stage: str, seq: int) -> Halt:
        """The halt with our request to lift it, under a signature of our own."""
        asked = {"resume_by": self._actor, "resume_note": note[:500], "resume_stage": stage, "resume_seq": seq}
        asking = halt.model_copy(update=asked | {"resume_signature": ""})  # of an earlier request, perhaps
        return asking.model_copy(update={"resume_signature": self._log.signed(ask_of(asking)).signature})

    async def _people_needed(self) -> int:
        """What was set, or how many hold a key to lift a halt, 2 at most. A log that does not say stops no halt: 1."""
        if self._people is not None:
            return self._people
        try:
            stored = await lookup.last(self._nc, subjects.KEYS)
            listed = () if stored is None else KeysPublished.model_validate_json(stored.payload).keys
        except (GroundstopError, ValueError):
            return 1
        now = self._clock()
        could = {key.name for key in listed if key.role in PEOPLE and (key.until is None or now < key.until)}
        return max(1, min(2, len(could)))

    def _is_second(self, halt: Halt, stage: str) -> bool:
        return bool(halt.resume_by) and halt.resume_by != self._actor and halt.resume_stage == stage

    def _control(self, action: str, halt: Halt, halts: tuple[Halt, ...], seq: int, stage: str = "") -> Control:
        return Control(
            id=derived_id(halt.control, f"control:{action}:{stage}:{self._actor}"),
            at=self._clock(),
            actor=self._actor,
            control=halt.control,
            action=action,
            scope=halt.scope,
            tenant=halt.tenant,
            reason=halt.reason,
            by=self._actor,
            halts=halts,
            drill=halt if action == "drill" else None,
            stage=stage,
            canary_until=self._clock() + timedelta(seconds=CANARY_S) if action == "resume" else None,
            replaces=seq,
        )

    async def _claims_after(self, halt: Halt, seq: int) -> int:
        """Claims in scope that the log accepted after the halt: counted in the log's own order."""
        claims = 0
        async for stored in self._log.until_now(seq + 1, (subjects.pattern("execution.started"),)):
            started = ExecutionStarted.model_validate_json(stored.payload)
            claims += covers(halt.scope, target_of(started), halt.tenant)
        return claims

    @contextlib.asynccontextmanager
    async def _listening(self, control: str) -> AsyncIterator[tuple["_Heard", int]]:
        """Hear beats and reports from here on; with how many people a resume needs, asked on the same way there."""
        heard = _Heard(self._clock, control)
        subscriptions = [
            await self._nc.subscribe(subjects.BEATS, cb=heard.beat),
            await self._nc.subscribe(subjects.halted(control, "*"), cb=heard.report),
        ]
        try:
            yield heard, await self._people_needed()  # behind the subscriptions, so its answer tells that they stand
        finally:
            for subscription in subscriptions:
                await subscription.unsubscribe()


class _Heard:
    """Who is there, and who has reported."""

    def __init__(self, clock: Clock, control: str) -> None:
        self._clock = clock
        self._control = control
        self._news = asyncio.Event()
        self.roster: set[str] = set()
        self.reports: dict[str, ExecutorHalted] = {}
        self.times: dict[str, float] = {}

    async def beat(self, message: Msg) -> None:
        beat = beat_of(message.subject, message.data)
        if beat is not None:
            self.roster.add(beat["executor"])

    async def report(self, message: Msg) -> None:
        came = self._clock.monotonic()
        try:
            fact = ExecutorHalted.model_validate_json(message.data)
        except ValueError:
            return  # somebody's answer, delivered here
        if fact.subject() != message.subject or fact.control != self._control:
            return  # of another halt, delivered again
        self.reports[fact.executor] = fact
        self.times[fact.executor] = came
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

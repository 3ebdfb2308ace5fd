"""From a clearance to an outcome: plan, claim, check, run, record."""

import asyncio
from collections import OrderedDict
from contextlib import suppress

from groundstop import subjects
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery, Wait
from groundstop.catalogue import Catalogue, Tool, ToolFailed
from groundstop.clock import Clock
from groundstop.digest import digest
from groundstop.errors import BadInput
from groundstop.events import ExecutionExhausted, IntentCleared, Outcome
from groundstop.log import Log
from groundstop.words import Reason, Status

from groundstop_executor.breakers import Breakers
from groundstop_executor.claims import HALTED_WAIT_S, RUNNING_WAIT_S, Claims, halted_wait
from groundstop_executor.domain import (
    NO_ATTEMPTS,
    Attempts,
    End,
    Failure,
    Lost,
    Nothing,
    Plan,
    Probe,
    Start,
    StillRunning,
    after,
    fold,
    may_repeat,
    plan,
    target_of,
    targets_of,
    too_late,
)
from groundstop_executor.errors import failure_of
from groundstop_executor.flights import Flight, Flights
from groundstop_executor.flying import Pilot
from groundstop_executor.pausing import Pauses
from groundstop_executor.records import Records
from groundstop_executor.roster import Roster
from groundstop_executor.trusting import Trust

FRESH_S = 30.0
"""A quarter of the stream's duplicate window: room for hosts whose clocks disagree, and for a slow claim."""
KEPT_MAX = 512
ASKED_TRIES = 3
ASKED_EVERY = 8
"""What is halted asks the log what became of it in its first tries, and then in every eighth."""
BROKEN_WAIT_S_MAX = 2.0
REPORT_FIRST_S = 0.25
"""A halt's report goes out before what it has ended is recorded, one by one: the operator waits for the report."""

Facts = Outcome | ExecutionExhausted | None


class Executions:
    """Executes clearances for one executor."""

    def __init__(
        self,
        *,
        name: str,
        log: Log,
        catalogue: Catalogue,
        pilot: Pilot,
        claims: Claims,
        records: Records,
        flights: Flights,
        roster: Roster,
        breakers: Breakers,
        pauses: Pauses,
        trust: Trust,
        clock: Clock,
    ) -> None:
        self._name = name
        self._log = log
        self._catalogue = catalogue
        self._pilot = pilot
        self._claims = claims
        self._records = records
        self._flights = flights
        self._roster = roster
        self._breakers = breakers
        self._pauses = pauses
        self._trust = trust
        self._clock = clock
        self._chains = {tool.name: _chain(tool, catalogue) for tool in catalogue}
        self._kept: OrderedDict[str, Facts] = OrderedDict()

    def routes(self) -> dict[str, Route]:
        """What the executor does with each kind of fact."""
        return {"intent.cleared": Route(IntentCleared, self.on_intent_cleared)}

    async def on_intent_cleared(self, cleared: IntentCleared, delivery: Delivery) -> Facts:
        """Execute the clearance, or end it, or ask for it again later (Wait). Raises BadInput when it is refused."""
        try:
            await self._trust.check(cleared, delivery)
        except BadInput as error:
            if await self._trust.first(cleared, delivery):  # nobody else can clear it now: say that it has ended
                await self._log.publish_once(self._end(cleared, End(Status.FAILED, error.reason, str(error))))
            raise
        chain = self._chains.get(cleared.call.tool)
        if chain is None:
            return self._end(cleared, End(Status.FAILED, Reason.TOOL_MISSING, f"no tool {cleared.call.tool!r} here"))
        if not _digest_holds(cleared):
            return self._end(cleared, End(Status.FAILED, Reason.DIGEST_MISMATCH, "the clearance is for another call"))
        if self._untried(cleared, delivery):
            attempts = NO_ATTEMPTS
        elif cleared.intent in self._kept:
            await self._trust.check_unused(cleared, delivery)
            return self._kept[cleared.intent]  # it ended here; the log did not take, or did not answer, what we said
        else:
            self._hold_back(cleared, delivery)
            attempts = await self._attempts(cleared)
        move = plan(
            attempts, chain, cleared, self._clock(), lambda executor, attempt: self._alive(cleared, executor, attempt)
        )
        if isinstance(move, Nothing):
            await self._trust.check_unused(cleared, delivery)
        facts = await self._do(move, cleared, chain, attempts, delivery)
        self._keep(cleared, facts)
        return facts

    def _untried(self, cleared: IntentCleared, delivery: Delivery) -> bool:
        """True when the log need not be asked: if there was a claim, its id is certainly still known to the server."""
        age_s = self._clock().timestamp() - delivery.time_ns / 1e9
        return delivery.tries == 1 and age_s < FRESH_S and self._trust.recent(cleared, FRESH_S)

    def _hold_back(self, cleared: IntentCleared, delivery: Delivery) -> None:
        """Many may wait for one resume: most of the time they need not ask the log before they go on waiting."""
        asks = delivery.tries <= ASKED_TRIES or delivery.tries % ASKED_EVERY == 0
        if not asks and not too_late(NO_ATTEMPTS, cleared, self._clock()) and self._claims.halted(target_of(cleared)):
            raise halted_wait(delivery.tries)

    def _alive(self, cleared: IntentCleared, executor: str, attempt: int) -> bool:
        """Of ourselves we know better than by a beat what is in the air."""
        return self._flights.holds(cleared.intent, attempt) if executor == self._name else self._roster.alive(executor)

    def _keep(self, cleared: IntentCleared, facts: Facts) -> None:
        self._kept[cleared.intent] = facts
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    async def _attempts(self, cleared: IntentCleared) -> Attempts:
        who = (cleared.tenant, cleared.agent, cleared.intent)
        kinds = ("execution.started", "execution.failed", "execution.exhausted", "outcome")
        return fold(await self._log.newest([subjects.any_detail(kind, *who) for kind in kinds]))

    async def _do(
        self, move: Plan, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts, delivery: Delivery
    ) -> Facts:
        match move:
            case Nothing():
                return None
            case End():
                return await self._ended(move, cleared, chain[0], attempts)
            case StillRunning():
                raise Wait(RUNNING_WAIT_S)
            case Lost():
                return await self._lost(move.attempt, cleared, chain, attempts)
            case Probe():
                return await self._probe(move, cleared, chain, attempts, delivery)
            case Start(wait_s=wait_s) if wait_s > 0:
                raise Wait(wait_s)
            case Start():
                tool = self._usable(move.tool, chain, attempts)
                return await self._attempt(move.attempt, cleared, tool, chain, attempts, delivery)

    def _end(self, cleared: IntentCleared, end: End, attempts: Attempts = NO_ATTEMPTS) -> Outcome:
        return self._records.end(cleared, end, attempts.newest, attempts.tried)

    async def _ended(self, end: End, cleared: IntentCleared, tool: Tool, attempts: Attempts) -> Facts:
        """The last word: a person is asked where the tool wants one, and the rest of the task waits where it should."""
        if end.used_up and tool.manual:
            return self._records.exhausted(cleared, end, attempts.newest)
        outcome = self._end(cleared, end, attempts)
        await self._pauses.after(outcome, tool)
        return outcome

    def _usable(self, name: str, chain: tuple[Tool, ...], attempts: Attempts) -> Tool:
        """The tool ``name``, or while it is broken the next fallback that is not. Raises Wait when all are."""
        at = next((place for place, tool in enumerate(chain) if tool.name == name), 0)
        last = at + 1 if attempts.uncertain else len(chain)
        for tool in chain[at:last]:
            if self._breakers.wait_s(tool.name) == 0.0:
                return tool
        raise Wait(min(self._breakers.wait_s(chain[at].name), BROKEN_WAIT_S_MAX))

    async def _lost(self, attempt: int, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts) -> Facts:
        """Somebody died between claim and record. Never guess: repeat what may be repeated, else find out or say so."""
        started = attempts.started[attempt]
        tool = self._catalogue.get(started.tool) or chain[0]
        message = f"executor {started.executor} was lost during attempt {attempt}"
        failure = Failure(Reason.EXECUTOR_LOST, message, uncertain=True)
        if not may_repeat(tool) and not tool.verify:
            return await self._ended(End(Status.UNKNOWN, failure.reason_code, message), cleared, tool, attempts)
        following = after(failure, attempts, chain, tool)
        retry_in_s = None if following.ceiling_s is None else 0.0
        await self._records.failed(cleared, tool, attempt, failure, retry_in_s)
        raise Wait(0.0)

    async def _probe(
        self, move: Probe, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts, delivery: Delivery
    ) -> Facts:
        """Did it happen? A yes is the outcome, a no lets it go on, and nobody guesses otherwise."""
        if self._claims.halted(target_of(cleared)):
            raise halted_wait(delivery.tries)
        if move.wait_s > 0:
            raise Wait(move.wait_s)
        tool = self._catalogue.get(attempts.failed[attempts.newest].tool) or chain[0]
        answer = await self._pilot.verify(tool, cleared, attempts.newest, None)
        if answer is None:
            reason = f"{move.reason}; {tool.name} could not tell whether it took effect"
            return await self._ended(End(Status.UNKNOWN, Reason.EFFECT_UNKNOWN, reason), cleared, tool, attempts)
        if answer:
            return self._records.succeeded(cleared, tool, attempts, None, reason_code=Reason.VERIFIED, verified=True)
        return await self._do(move.otherwise, cleared, chain, attempts, delivery)

    async def _attempt(
        self,
        attempt: int,
        cleared: IntentCleared,
        tool: Tool,
        chain: tuple[Tool, ...],
        attempts: Attempts,
        delivery: Delivery,
    ) -> Facts:
        flight = Flight(
            cleared.intent, attempt, tool.name, targets_of(cleared, tool), self._claims.contact, self._claims.stopped
        )
        await self._pilot.claim(flight, cleared, tool, delivery.tries)
        began_at = self._clock.monotonic()
        try:
            result = await self._pilot.fly(flight, cleared, tool)
        except asyncio.CancelledError:
            if not flight.halted_by:
                self._records.left_behind(flight, cleared, tool)
                raise
            return await self._halted(flight, cleared, tool, attempts, uncertain=flight.began)
        except Exception as error:
            # A tool that was stopped and can prove that nothing happened says so by failing, not by being cancelled.
            if flight.halted_by:
                uncertain = flight.began and not isinstance(error, ToolFailed)
                return await self._halted(flight, cleared, tool, attempts, uncertain=uncertain)
            failure = failure_of(error, tool, began=flight.began)
            return await self._came_to_nothing(failure, flight, cleared, tool, chain, attempts)
        self._breakers.worked(tool.name)
        duration_ms = round((self._clock.monotonic() - began_at) * 1e3, 3)
        verified = await self._pilot.verify(tool, cleared, attempt, result) if tool.verify else None
        if verified is False:
            failure = Failure(
                Reason.NOT_VERIFIED, f"{tool.name} answered, but its effect is not there", uncertain=False
            )
            return await self._came_to_nothing(failure, flight, cleared, tool, chain, attempts)
        return self._records.succeeded(
            cleared, tool, attempts, result, attempt=attempt, duration_ms=duration_ms, verified=verified
        )

    async def _halted(
        self, flight: Flight, cleared: IntentCleared, tool: Tool, attempts: Attempts, *, uncertain: bool
    ) -> Facts:
        """A halt ended the attempt. What provably did nothing, may be repeated or asked, goes on after the resume."""
        with suppress(TimeoutError):
            await asyncio.wait_for(flight.told.wait(), REPORT_FIRST_S)
        if uncertain and not may_repeat(tool) and not tool.verify:
            reason = f"cancelled by {flight.halted_by} while running: whether it took effect is not known"
            end = End(Status.UNKNOWN, Reason.HALTED, reason)
            return self._records.end(cleared, end, flight.attempt, attempts.tried)
        failure = Failure(Reason.HALTED, f"stopped by {flight.halted_by}", uncertain=uncertain)
        await self._records.failed(cleared, tool, flight.attempt, failure, 0.0)
        raise Wait(HALTED_WAIT_S)

    async def _came_to_nothing(
        self,
        failure: Failure,
        flight: Flight,
        cleared: IntentCleared,
        tool: Tool,
        chain: tuple[Tool, ...],
        attempts: Attempts,
    ) -> Facts:
        """Record the failure with what comes next, and do that: wait for another attempt, or end."""
        following = after(failure, attempts, chain, tool)
        delay_s = None if following.ceiling_s is None else self._clock.jitter(following.ceiling_s)
        await self._records.failed(cleared, tool, flight.attempt, failure, delay_s, following.next_tool)
        if failure.retryable and failure.reason_code is not Reason.HALTED:
            await self._breakers.failed(tool.name, failure.error)
        uncertain = failure.uncertain or attempts.uncertain
        if delay_s is not None:
            raise Wait(max(delay_s, tool.verify_after_s if failure.uncertain and not may_repeat(tool) else 0.0))
        if uncertain and tool.verify:
            raise Wait(tool.verify_after_s)
        failures = attempts.counted(tool.name) + 1
        code = Reason.ATTEMPTS_EXHAUSTED if failure.retryable and failures >= tool.attempts > 1 else failure.reason_code
        reason = f"{failure.error} (attempt {failures} of {tool.attempts})"
        end = End(Status.FAILED, code, reason, used_up=True)
        if uncertain:
            end = End(Status.UNKNOWN, failure.reason_code, f"{failure.error}; it may have taken effect")
        tried = tuple(dict.fromkeys((*attempts.tried, tool.name)))
        if end.used_up and chain[0].manual:
            return self._records.exhausted(cleared, end, flight.attempt)
        outcome = self._records.end(cleared, end, flight.attempt, tried)
        await self._pauses.after(outcome, chain[0])
        return outcome


def _chain(tool: Tool, catalogue: Catalogue) -> tuple[Tool, ...]:
    """A tool and its fallbacks; the catalogue has checked that they are there."""
    return (tool, *(entry for name in tool.fallbacks if (entry := catalogue.get(name)) is not None))


def _digest_holds(cleared: IntentCleared) -> bool:
    call = cleared.call
    try:
        return call.digest == digest(cleared.tenant, cleared.agent, call.tool, call.tool_version, call.arguments)
    except BadInput:
        return False

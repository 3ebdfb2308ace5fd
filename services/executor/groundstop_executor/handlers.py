"""From a clearance to an outcome: plan, claim, check, run, record."""

import asyncio
from typing import Any, Protocol

from groundstop import subjects
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery, Wait
from groundstop.catalogue import Catalogue, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.controls import halted_by
from groundstop.digest import digest
from groundstop.errors import BadInput
from groundstop.events import ExecutionFailed, ExecutionStarted, Halt, IntentCleared, Outcome
from groundstop.log import Log
from groundstop.words import Reason, Status

from groundstop_executor.domain import (
    NO_ATTEMPTS,
    Attempts,
    End,
    Lost,
    Nothing,
    Plan,
    Start,
    StillRunning,
    backoff_ceiling_s,
    fold,
    honest,
    may_repeat,
    outcome,
    plan,
    target_of,
)
from groundstop_executor.flights import (
    CANCELLED_BEFORE_EFFECT,
    FINISHED,
    NEVER_STARTED,
    UNKNOWN,
    Flight,
    Flights,
)
from groundstop_executor.roster import Roster
from groundstop_executor.runner import Runner

HALTED_WAIT_S = 0.5
LONG_HALTED_WAIT_S = 2.0
RUNNING_WAIT_S = 0.5
FENCED_TRIES = 50
FRESH_S = 30.0
"""A quarter of the stream's duplicate window: room for hosts whose clocks disagree, and for a slow claim."""


class View(Protocol):
    """What the guard last wrote: the controls and how long they may be believed."""

    @property
    def epoch(self) -> int: ...

    @property
    def halts(self) -> tuple[Halt, ...]: ...

    def live(self, now: float) -> bool: ...


class Guard(Protocol):
    """What the handlers need of the guard."""

    lane: int

    def view(self) -> View: ...


class Executions:
    """Executes clearances for one executor."""

    def __init__(
        self,
        *,
        name: str,
        log: Log,
        catalogue: Catalogue,
        runner: Runner,
        guard: Guard,
        flights: Flights,
        roster: Roster,
        clock: Clock,
    ) -> None:
        self._name = name
        self._log = log
        self._catalogue = catalogue
        self._runner = runner
        self._guard = guard
        self._flights = flights
        self._roster = roster
        self._clock = clock

    def routes(self) -> dict[str, Route]:
        """What the executor does with each kind of fact."""
        return {"intent.cleared": Route(IntentCleared, self.on_intent_cleared)}

    async def on_intent_cleared(self, cleared: IntentCleared, delivery: Delivery) -> Outcome | None:
        """Execute the clearance, or end it, or ask for it again later (Wait)."""
        tool = self._catalogue.get(cleared.call.tool)
        if tool is None:
            return self._end(cleared, End(Status.FAILED, Reason.TOOL_MISSING, f"no tool {cleared.call.tool!r} here"))
        if not _digest_holds(cleared):
            return self._end(cleared, End(Status.FAILED, Reason.DIGEST_MISMATCH, "the clearance is for another call"))
        attempts = NO_ATTEMPTS if self._untried(delivery) else await self._attempts(cleared)
        move = plan(attempts, tool, cleared, self._clock(), self._roster.alive)
        return await self._do(move, cleared, tool, attempts, delivery)

    def _untried(self, delivery: Delivery) -> bool:
        """True when the log need not be asked: if there was a claim, its id is certainly still known to the server."""
        age_s = self._clock().timestamp() - delivery.time_ns / 1e9
        return delivery.tries == 1 and age_s < FRESH_S

    async def _do(
        self, move: Plan, cleared: IntentCleared, tool: Tool, attempts: Attempts, delivery: Delivery
    ) -> Outcome | None:
        match move:
            case Nothing():
                return None
            case End():
                return self._end(cleared, move, attempts.newest)
            case StillRunning():
                raise Wait(RUNNING_WAIT_S)
            case Lost():
                return await self._lost(move.attempt, cleared, tool, attempts)
            case Start(wait_s=wait_s) if wait_s > 0:
                raise Wait(wait_s)
            case Start():
                return await self._attempt(move.attempt, cleared, tool, attempts, delivery)

    async def _attempts(self, cleared: IntentCleared) -> Attempts:
        who = (cleared.tenant, cleared.agent, cleared.intent)
        kinds = ("execution.started", "execution.failed", "outcome")
        return fold(await self._log.newest([subjects.any_detail(kind, *who) for kind in kinds]))

    def _end(self, cleared: IntentCleared, end: End, attempts: int = 0) -> Outcome:
        return outcome(cleared, self._clock(), self._name, end.status, end.reason_code, end.reason, attempts=attempts)

    async def _lost(self, attempt: int, cleared: IntentCleared, tool: Tool, attempts: Attempts) -> Outcome | None:
        """Somebody died between claim and record. Never guess: repeat what may be repeated, else say unknown."""
        message = f"executor {attempts.started[attempt].executor} was lost during attempt {attempt}"
        if not may_repeat(tool) or attempts.counted + 1 >= tool.attempts:
            return self._end(cleared, End(Status.UNKNOWN, Reason.EXECUTOR_LOST, message), attempt)
        await self._failed(cleared, tool, attempt, Reason.EXECUTOR_LOST, message, 0.0, uncertain=True)
        raise Wait(0.0)

    async def _attempt(
        self, attempt: int, cleared: IntentCleared, tool: Tool, attempts: Attempts, delivery: Delivery
    ) -> Outcome | None:
        flight = Flight(cleared.intent, attempt, tool.name, target_of(cleared))
        await self._claim(flight, cleared, tool, delivery)
        self._flights.open(flight)
        began_at = self._clock.monotonic()
        try:
            result = await self._fly(flight, cleared, tool)
        except asyncio.CancelledError:
            if not flight.halted_by:
                raise  # this process is ending; the attempt is found open by whoever is next
            return await self._halted(flight, cleared, tool)
        except ToolFailed as error:
            # A tool that was stopped and can prove that nothing happened says so by failing, not by being cancelled.
            if flight.halted_by:
                return await self._not_done(flight, cleared, tool)
            return await self._tool_failed(
                cleared, tool, attempt, attempts, Reason.TOOL_FAILED, error, error.retryable, uncertain=False
            )
        except TimeoutError:
            late = ToolFailed(f"{tool.name} took longer than {tool.timeout_s:g} s")
            return await self._uncertain(flight, cleared, tool, attempts, Reason.TOOL_TIMED_OUT, late)
        except Exception as error:
            return await self._uncertain(flight, cleared, tool, attempts, Reason.TOOL_FAILED, error)
        return outcome(
            cleared,
            self._clock(),
            self._name,
            Status.SUCCEEDED,
            Reason.DONE,
            attempts=attempt,
            result=result,
            duration_ms=round((self._clock.monotonic() - began_at) * 1e3, 3),
        )

    async def _fly(self, flight: Flight, cleared: IntentCleared, tool: Tool) -> Any:
        """Run the tool under a last check; the flight is over, and the ledger knows how, the moment it stops."""
        ended = NEVER_STARTED
        try:
            if flight.halted_by or self._stopped(flight):
                flight.stop(flight.halted_by or "a halt")
                raise asyncio.CancelledError
            work = self._runner.run(tool, cleared.call.arguments, self._context(cleared, flight.attempt), flight.begin)
            result = await flight.run(work)
        except BaseException as error:
            if flight.began and not isinstance(error, ToolFailed):
                ended = UNKNOWN
            elif flight.halted_by:
                ended = CANCELLED_BEFORE_EFFECT
            else:
                ended = FINISHED
            raise
        else:
            ended = FINISHED
            return result
        finally:
            self._flights.close(flight, ended)

    async def _claim(self, flight: Flight, cleared: IntentCleared, tool: Tool, delivery: Delivery) -> None:
        """Hold the attempt, or raise Wait. The log refuses a claim made in ignorance of a newer control."""
        for _ in range(FENCED_TRIES):
            if self._stopped(flight):
                raise Wait(HALTED_WAIT_S if delivery.tries < 8 else LONG_HALTED_WAIT_S)
            started = ExecutionStarted.caused_by(
                cleared,
                self._clock(),
                self._name,
                attempt=flight.attempt,
                executor=self._name,
                lane=self._guard.lane,
                epoch=self._guard.view().epoch,
                call_digest=cleared.call.digest,
                tool=tool.name,
                action_type=cleared.call.action_type,
                risk=cleared.risk,
            )
            claim = await self._log.claim(started)
            if claim.held:
                return
            if not claim.fenced:
                raise Wait(RUNNING_WAIT_S)
            await self._clock.sleep(0.002)  # the guard is about to hear of the newer control
        raise Wait(HALTED_WAIT_S)

    def _stopped(self, flight: Flight) -> bool:
        """True when contact is lost or a halt covers this flight: the check right before anything happens."""
        view = self._guard.view()
        return not view.live(self._clock.monotonic()) or halted_by(view.halts, flight.target) is not None

    def _context(self, cleared: IntentCleared, attempt: int) -> ToolContext:
        return ToolContext(
            intent=cleared.intent,
            attempt=attempt,
            idempotency_key=cleared.intent,
            tenant=cleared.tenant,
            agent=cleared.agent,
            task=cleared.task,
            user=cleared.user,
        )

    async def _halted(self, flight: Flight, cleared: IntentCleared, tool: Tool) -> Outcome | None:
        """A halt ended the attempt. What provably did nothing, or may be repeated, goes on after the resume."""
        control = flight.halted_by or "a halt"
        if flight.began and not may_repeat(tool):
            reason = f"cancelled by {control} while running: whether it took effect is not known"
            return self._end(cleared, End(Status.UNKNOWN, Reason.HALTED, reason), flight.attempt)
        return await self._not_done(flight, cleared, tool, uncertain=flight.began)

    async def _not_done(
        self, flight: Flight, cleared: IntentCleared, tool: Tool, *, uncertain: bool = False
    ) -> Outcome | None:
        """Record that the attempt ended without harm, and wait for the resume."""
        control = flight.halted_by or "a halt"
        reason = f"stopped by {control}"
        await self._failed(cleared, tool, flight.attempt, Reason.HALTED, reason, 0.0, uncertain=uncertain)
        raise Wait(HALTED_WAIT_S)

    async def _uncertain(
        self, flight: Flight, cleared: IntentCleared, tool: Tool, attempts: Attempts, reason: Reason, error: Exception
    ) -> Outcome | None:
        """An attempt whose effect is not known: again if that is harmless, otherwise the outcome is unknown."""
        if flight.began and not may_repeat(tool):
            return self._end(cleared, End(Status.UNKNOWN, reason, f"{type(error).__name__}: {error}"), flight.attempt)
        return await self._tool_failed(
            cleared, tool, flight.attempt, attempts, reason, error, retryable=True, uncertain=flight.began
        )

    async def _tool_failed(
        self,
        cleared: IntentCleared,
        tool: Tool,
        attempt: int,
        attempts: Attempts,
        reason: Reason,
        error: Exception,
        retryable: bool,
        *,
        uncertain: bool,
    ) -> Outcome | None:
        failures = attempts.counted + 1
        if not retryable or failures >= tool.attempts:
            await self._failed(cleared, tool, attempt, reason, str(error), None, uncertain=uncertain)
            code = reason if not retryable else Reason.ATTEMPTS_EXHAUSTED
            end = End(Status.FAILED, code, f"{error} (attempt {failures} of {tool.attempts})")
            return self._end(cleared, honest(end, uncertain or attempts.uncertain), attempt)
        delay_s = self._clock.jitter(backoff_ceiling_s(tool, failures))
        await self._failed(cleared, tool, attempt, reason, str(error), delay_s, uncertain=uncertain)
        raise Wait(delay_s)

    async def _failed(
        self,
        cleared: IntentCleared,
        tool: Tool,
        attempt: int,
        reason: Reason,
        error: str,
        retry_in_s: float | None,
        *,
        uncertain: bool,
    ) -> None:
        await self._log.publish_once(
            ExecutionFailed.caused_by(
                cleared,
                self._clock(),
                self._name,
                attempt=attempt,
                executor=self._name,
                tool=tool.name,
                action_type=cleared.call.action_type,
                reason_code=reason,
                error=error[:2000],
                retry_in_s=retry_in_s,
                uncertain=uncertain,
            )
        )


def _digest_holds(cleared: IntentCleared) -> bool:
    call = cleared.call
    try:
        return call.digest == digest(cleared.tenant, cleared.agent, call.tool, call.tool_version, call.arguments)
    except BadInput:
        return False

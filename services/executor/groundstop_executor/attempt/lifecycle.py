"""One attempt: claimed, run, checked, recorded, and what follows from how it ended."""

import asyncio
from contextlib import suppress

from groundstop.bus.message import Delivery, Wait
from groundstop.catalogue import Tool, ToolFailed
from groundstop.clock import Clock
from groundstop.events import IntentCleared
from groundstop.vocabulary import Reason, Status

from groundstop_executor.attempt.claims import HALTED_WAIT_S, Claims
from groundstop_executor.attempt.records import Facts, Records
from groundstop_executor.attempt.runner import AttemptRunner
from groundstop_executor.attempt.task_pauses import TaskPauses
from groundstop_executor.breakers import Breakers
from groundstop_executor.domain import Attempts, End, Failure, after, may_repeat, targets_of
from groundstop_executor.errors import failure_of
from groundstop_executor.in_flight import Attempt

REPORT_FIRST_S = 0.25
"""A halt's report goes out before what it has ended is recorded, one by one: the operator waits for the report."""


class AttemptLifecycle:
    """Attempts of one executor."""

    def __init__(
        self,
        attempt_runner: AttemptRunner,
        claims: Claims,
        records: Records,
        breakers: Breakers,
        pauses: TaskPauses,
        clock: Clock,
    ) -> None:
        self._attempt_runner = attempt_runner
        self._claims = claims
        self._records = records
        self._breakers = breakers
        self._pauses = pauses
        self._clock = clock

    async def attempt(
        self,
        attempt: int,
        cleared: IntentCleared,
        tool: Tool,
        chain: tuple[Tool, ...],
        attempts: Attempts,
        delivery: Delivery,
    ) -> Facts:
        """Claim it, run it, record how it ended. Raises Wait when there is more to come, or nothing can begin now."""
        running = Attempt(
            cleared.intent, attempt, tool.name, targets_of(cleared, tool), self._claims.contact, self._claims.stopped
        )
        await self._attempt_runner.claim(running, cleared, tool, delivery.tries)
        began_at = self._clock.monotonic()
        try:
            result = await self._attempt_runner.run(running, cleared, tool)
        except asyncio.CancelledError:
            if not running.halted_by:
                self._records.left_behind(running, cleared, tool)
                raise
            return await self._halted(running, cleared, tool, attempts, uncertain=running.began)
        except Exception as error:
            # A tool that was stopped and can prove that nothing happened says so by failing, not by being cancelled.
            if running.halted_by:
                uncertain = running.began and not isinstance(error, ToolFailed)
                return await self._halted(running, cleared, tool, attempts, uncertain=uncertain)
            failure = failure_of(error, tool, began=running.began)
            return await self._came_to_nothing(failure, running, cleared, tool, chain, attempts)
        self._breakers.worked(tool.name)
        duration_ms = round((self._clock.monotonic() - began_at) * 1e3, 3)
        verified = await self._attempt_runner.verify(tool, cleared, attempt, result) if tool.verify else None
        if verified is False:
            failure = Failure(
                Reason.NOT_VERIFIED, f"{tool.name} answered, but its effect is not there", uncertain=False
            )
            return await self._came_to_nothing(failure, running, cleared, tool, chain, attempts)
        return self._records.succeeded(
            cleared, tool, attempts, result, attempt=attempt, duration_ms=duration_ms, verified=verified
        )

    async def _halted(
        self, running: Attempt, cleared: IntentCleared, tool: Tool, attempts: Attempts, *, uncertain: bool
    ) -> Facts:
        """A halt ended the attempt. What provably did nothing, may be repeated or asked, goes on after the resume."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORT_FIRST_S):
                await running.told.wait()
        if uncertain and not may_repeat(tool) and not tool.verify:
            reason = f"cancelled by {running.halted_by} while running: whether it took effect is not known"
            end = End(Status.UNKNOWN, Reason.HALTED, reason)
            return self._records.end(cleared, end, running.attempt, attempts.tried)
        failure = Failure(Reason.HALTED, f"stopped by {running.halted_by}", uncertain=uncertain)
        await self._records.failed(cleared, tool, running.attempt, failure, 0.0)
        raise Wait(HALTED_WAIT_S)

    async def _came_to_nothing(
        self,
        failure: Failure,
        running: Attempt,
        cleared: IntentCleared,
        tool: Tool,
        chain: tuple[Tool, ...],
        attempts: Attempts,
    ) -> Facts:
        """Record the failure with what comes next, and do that: wait for another attempt, or end."""
        following = after(failure, attempts, chain, tool)
        delay_s = None if following.ceiling_s is None else self._clock.jitter(following.ceiling_s)
        await self._records.failed(cleared, tool, running.attempt, failure, delay_s, following.next_tool)
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
            return self._records.exhausted(cleared, end, running.attempt)
        outcome = self._records.end(cleared, end, running.attempt, tried)
        await self._pauses.after(outcome, chain[0])
        return outcome

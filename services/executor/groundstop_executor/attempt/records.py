"""What an executor writes down about an attempt and its end."""

from typing import Any

from groundstop.catalogue import Tool
from groundstop.clock import Clock
from groundstop.events import CostRecorded, ExecutionExhausted, ExecutionFailed, IntentCleared, Outcome
from groundstop.events.record import TOOL_ENTRY
from groundstop.log import Log, PubAck
from groundstop.vocabulary import Reason, Status

from groundstop_executor.attempt.undo_receipts import receipt
from groundstop_executor.domain import Attempts, End, Failure, may_repeat, outcome
from groundstop_executor.in_flight import Attempt

REASON_CHARS_MAX = 2000

Facts = Outcome | ExecutionExhausted | tuple[Outcome | CostRecorded, ...] | None
"""What ends an intent, or its execution, with what it cost; None when that is in the log already."""


class Records:
    """Facts in the name of one executor."""

    def __init__(self, name: str, log: Log, clock: Clock) -> None:
        self._name = name
        self._log = log
        self._clock = clock

    def end(self, cleared: IntentCleared, end: End, attempts: int = 0, tried: tuple[str, ...] = ()) -> Outcome:
        """The outcome of what was not done, or not certainly."""
        return outcome(
            cleared,
            self._clock(),
            self._name,
            end.status,
            end.reason_code,
            end.reason,
            attempts=attempts,
            tried=tried,
        )

    def succeeded(
        self,
        cleared: IntentCleared,
        tool: Tool,
        attempts: Attempts,
        result: Any,
        *,
        attempt: int = 0,
        duration_ms: float | None = None,
        reason_code: Reason = Reason.DONE,
        verified: bool | None = None,
    ) -> Facts:
        """The outcome of what was done, with its receipt, and what it cost where the tool says so."""
        done = outcome(
            cleared,
            self._clock(),
            self._name,
            Status.SUCCEEDED,
            reason_code,
            "" if tool.name == cleared.call.tool else f"done by the fallback {tool.name}",
            attempts=attempt or attempts.newest,
            result=result,
            duration_ms=duration_ms,
            undo=receipt(tool, cleared.call.arguments, result, cleared.intent, first=not attempts.uncertain),
            tried=attempts.tried,
            verified=verified,
        )
        micros = tool.cost.micros(cleared.call.arguments) if tool.cost is not None else 0
        if not micros:
            return done
        cost = CostRecorded.caused_by(
            cleared, self._clock(), self._name, entry=TOOL_ENTRY, source=tool.name, cost_micros=micros
        )
        return cost, done

    def exhausted(self, cleared: IntentCleared, end: End, attempts: int) -> ExecutionExhausted:
        """The request to do it by hand; the outcome follows from what people say."""
        return ExecutionExhausted.caused_by(
            cleared,
            self._clock(),
            self._name,
            call=cleared.call,
            risk=cleared.risk,
            user=cleared.user,
            policy_version=cleared.policy_version,
            reason_code=end.reason_code,
            error=end.reason[:REASON_CHARS_MAX],
            attempts=attempts,
        )

    async def failed(
        self,
        cleared: IntentCleared,
        tool: Tool,
        attempt: int,
        failure: Failure,
        retry_in_s: float | None,
        next_tool: str = "",
    ) -> None:
        """Record the end of one attempt, and wait until the log has it."""
        await self._log.publish_once(self._failed(cleared, tool, attempt, failure, retry_in_s, next_tool))

    def left_behind(self, running: Attempt, cleared: IntentCleared, tool: Tool) -> None:
        """This process is ending: say of an attempt what is known of it; nobody waits for the answer."""
        if not running.claimed:
            return
        if running.began and not may_repeat(tool) and not tool.verify:
            reason = f"executor {self._name} ended during attempt {running.attempt}"
            end = End(Status.UNKNOWN, Reason.EXECUTOR_LOST, reason)
            self._log.send_once(self.end(cleared, end, running.attempt), _ignore)
            return
        code = Reason.EXECUTOR_LOST if running.began else Reason.HALTED
        failure = Failure(code, f"executor {self._name} ended", uncertain=running.began)
        self._log.send_once(self._failed(cleared, tool, running.attempt, failure, 0.0, ""), _ignore)

    def _failed(
        self,
        cleared: IntentCleared,
        tool: Tool,
        attempt: int,
        failure: Failure,
        retry_in_s: float | None,
        next_tool: str,
    ) -> ExecutionFailed:
        return ExecutionFailed.caused_by(
            cleared,
            self._clock(),
            self._name,
            attempt=attempt,
            executor=self._name,
            tool=tool.name,
            action_type=tool.action_type,
            reason_code=failure.reason_code,
            error=failure.error[:REASON_CHARS_MAX],
            retry_in_s=retry_in_s,
            uncertain=failure.uncertain,
            next_tool=next_tool,
        )


def _ignore(_: PubAck | Exception) -> None:
    """Whatever the answer, the next executor finds out from the log."""

"""What to do with a clearance, given what the log says was tried already. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from groundstop.catalogue import Idempotency, Tool
from groundstop.controls import Target
from groundstop.events import ExecutionFailed, ExecutionStarted, IntentCleared, Outcome
from groundstop.log.wire import Stored
from groundstop.words import Reason, Status


@dataclass(frozen=True, slots=True)
class Attempts:
    """What the log says about the execution of one intent."""

    started: dict[int, ExecutionStarted]
    failed: dict[int, ExecutionFailed]
    ended: bool = False

    @property
    def newest(self) -> int:
        """Number of the newest attempt, 0 when there is none."""
        return max(self.started, default=0)

    @property
    def counted(self) -> int:
        """Failed attempts that count against the tool's limit; those a halt ended do not."""
        return sum(failure.reason_code is not Reason.HALTED for failure in self.failed.values())

    @property
    def uncertain(self) -> bool:
        """Whether any failed attempt may have had its effect all the same."""
        return any(failure.uncertain for failure in self.failed.values())


NO_ATTEMPTS = Attempts({}, {})


def fold(stored: Iterable[Stored]) -> Attempts:
    """The attempts in the facts of one intent."""
    started: dict[int, ExecutionStarted] = {}
    failed: dict[int, ExecutionFailed] = {}
    ended = False
    for message in stored:
        if message.subject.startswith("gs.execution.started."):
            start = ExecutionStarted.model_validate_json(message.payload)
            started[start.attempt] = start
        elif message.subject.startswith("gs.execution.failed."):
            failure = ExecutionFailed.model_validate_json(message.payload)
            failed[failure.attempt] = failure
        elif message.subject.startswith("gs.outcome."):
            ended = True
    return Attempts(started, failed, ended)


@dataclass(frozen=True, slots=True)
class Start:
    """Claim this attempt, not before ``wait_s`` have passed."""

    attempt: int
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StillRunning:
    """Somebody alive holds the newest attempt: leave it to them."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The newest attempt was claimed by somebody who is gone, and may or may not have had its effect."""

    attempt: int


@dataclass(frozen=True, slots=True)
class End:
    """Record this and be done."""

    status: Status
    reason_code: Reason
    reason: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The intent has ended."""


Plan = Start | StillRunning | Lost | End | Nothing


def plan(attempts: Attempts, tool: Tool, cleared: IntentCleared, now: datetime, alive: Callable[[str], bool]) -> Plan:
    """The next move. ``alive`` says whether an executor's beat is fresh."""
    if attempts.ended:
        return Nothing()
    newest = attempts.newest
    failure = attempts.failed.get(newest)
    if newest and failure is None:
        holder = attempts.started[newest].executor
        return StillRunning(newest) if alive(holder) else Lost(newest)
    if failure is not None and failure.retry_in_s is None:
        return honest(End(Status.FAILED, failure.reason_code, failure.error), attempts.uncertain)
    if (late := too_late(attempts, cleared, now)) is not None:
        return honest(late, attempts.uncertain)
    wait_s = 0.0
    if failure is not None:
        due = failure.at + timedelta(seconds=failure.retry_in_s or 0.0)
        wait_s = max(0.0, (due - now).total_seconds())
    return Start(newest + 1, wait_s)


def honest(end: End, uncertain: bool) -> End:
    """``end``, but unknown instead of a status that promises that nothing was done when that is not certain."""
    if not uncertain or end.status not in (Status.FAILED, Status.EXPIRED):
        return end
    return End(Status.UNKNOWN, end.reason_code, f"{end.reason}; an attempt may have taken effect")


def too_late(attempts: Attempts, cleared: IntentCleared, now: datetime) -> End | None:
    """The end of an intent whose time ran out before it could be started (again)."""
    tried = attempts.counted
    status = Status.FAILED if tried else Status.EXPIRED
    if cleared.deadline is not None and now > cleared.deadline:
        return End(status, Reason.DEADLINE_PASSED, f"the agent's deadline {cleared.deadline.isoformat()} has passed")
    if now > cleared.expires_at:
        return End(status, Reason.CLEARANCE_EXPIRED, f"the clearance expired at {cleared.expires_at.isoformat()}")
    return None


def may_repeat(tool: Tool) -> bool:
    """True when running the tool again after an unknown effect does no harm."""
    return tool.idempotency is not Idempotency.NONE


def backoff_ceiling_s(tool: Tool, failures: int) -> float:
    """Upper bound of the delay after ``failures`` failed attempts: exponential, capped."""
    return min(tool.backoff_max_s, tool.backoff_s * 2.0 ** (failures - 1))


def target_of(cleared: IntentCleared) -> Target:
    """What a halt may name about this clearance."""
    return Target(
        cleared.tenant, cleared.agent, cleared.task, cleared.call.action_type, cleared.call.tool, cleared.risk
    )


def outcome(
    cleared: IntentCleared,
    at: datetime,
    executor: str,
    status: Status,
    reason_code: Reason,
    reason: str = "",
    *,
    attempts: int = 0,
    result: object = None,
    duration_ms: float | None = None,
) -> Outcome:
    """The terminal fact of an executed (or not executed) clearance."""
    return Outcome.caused_by(
        cleared,
        at,
        executor,
        status=status,
        reason_code=reason_code,
        reason=reason[:2000],
        result=result,
        tool=cleared.call.tool,
        action_type=cleared.call.action_type,
        risk=cleared.risk,
        attempts=attempts,
        duration_ms=duration_ms,
        executor=executor,
        policy_version=cleared.policy_version,
        warning=cleared.warning,
    )

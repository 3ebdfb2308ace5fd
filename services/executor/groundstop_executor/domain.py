"""What to do with a clearance, given what the log says was tried already. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from groundstop.catalogue import Idempotency, Tool
from groundstop.controls import Target
from groundstop.events import ExecutionFailed, ExecutionStarted, IntentCleared, Outcome, UndoCall
from groundstop.stored import Stored
from groundstop.vocabulary import Reason, Risk, Status


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

    def counted(self, tool: str) -> int:
        """Failed attempts with ``tool`` that count against its limit; those a halt ended do not."""
        return sum(failed.tool == tool and failed.reason_code is not Reason.HALTED for failed in self.failed.values())

    @property
    def uncertain(self) -> bool:
        """Whether any failed attempt may have had its effect all the same."""
        return any(failure.uncertain for failure in self.failed.values())

    @property
    def tried(self) -> tuple[str, ...]:
        """The tools that failed, in order, each once."""
        ordered = (self.failed[number] for number in sorted(self.failed))
        return tuple(dict.fromkeys(failed.tool for failed in ordered if failed.reason_code is not Reason.HALTED))


NO_ATTEMPTS = Attempts({}, {})


Read = Callable[[Any, Stored], Any]
"""Makes a fact of a message, by its model; None for one that counts for nothing."""


def decoded(model: Any, stored: Stored) -> Any:
    """Whatever it says."""
    return model.model_validate_json(stored.payload)


def fold(stored: Iterable[Stored], read: Read = decoded) -> Attempts:
    """The attempts in the facts of one intent."""
    started: dict[int, ExecutionStarted] = {}
    failed: dict[int, ExecutionFailed] = {}
    ended = False
    for message in stored:
        if message.subject.startswith("gs.execution.started."):
            if (start := read(ExecutionStarted, message)) is not None:
                started[start.attempt] = start
        elif message.subject.startswith("gs.execution.failed."):
            if (failure := read(ExecutionFailed, message)) is not None:
                failed[failure.attempt] = failure
        elif message.subject.startswith(("gs.outcome.", "gs.execution.exhausted.")):
            ended = True
    return Attempts(started, failed, ended)


@dataclass(frozen=True, slots=True)
class Start:
    """Claim this attempt with the tool ``tool``, not before ``wait_s`` have passed."""

    attempt: int
    tool: str
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
    """Record this and be done. ``used_up``: attempts and fallbacks are, so a person may do it by hand."""

    status: Status
    reason_code: Reason
    reason: str
    used_up: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the tool's ``verify`` whether it happened, not before ``wait_s`` have passed.

    After a no: ``otherwise``, which is the next attempt or the end. After "cannot tell": unknown.
    """

    reason: str
    otherwise: "Start | End"
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Nothing:
    """The intent has ended, or waits for a person to do it by hand."""


Plan = Start | StillRunning | Lost | End | Probe | Nothing


def plan(
    attempts: Attempts, chain: Sequence[Tool], cleared: IntentCleared, now: datetime, alive: Callable[[str, int], bool]
) -> Plan:
    """The next move. ``chain`` is the cleared tool and its fallbacks.

    ``alive(executor, attempt)`` says whether whoever holds an attempt may still be at it.
    """
    if attempts.ended:
        return Nothing()
    newest = attempts.newest
    if not newest:
        return too_late(attempts, cleared, now) or Start(1, chain[0].name)
    failure = attempts.failed.get(newest)
    if failure is None:
        return StillRunning(newest) if alive(attempts.started[newest].executor, newest) else Lost(newest)
    wait_s = max(0.0, (failure.at + timedelta(seconds=failure.retry_in_s or 0.0) - now).total_seconds())
    following = _following(attempts, failure, cleared, now, wait_s)
    tool = next((tool for tool in chain if tool.name == failure.tool), chain[0])
    cut_off = failure.uncertain and not may_repeat(tool)
    if not cut_off and not (attempts.uncertain and isinstance(following, End)):
        return following
    if not tool.verify:
        return End(Status.UNKNOWN, failure.reason_code, f"{failure.error}; it may have taken effect")
    ready_at = failure.at + timedelta(seconds=tool.verify_after_s)
    return Probe(failure.error, following, max(0.0, (ready_at - now).total_seconds()))


def _following(
    attempts: Attempts, failure: ExecutionFailed, cleared: IntentCleared, now: datetime, wait_s: float
) -> Start | End:
    if failure.retry_in_s is None:
        return End(Status.FAILED, failure.reason_code, failure.error, used_up=True)
    late = too_late(attempts, cleared, now)
    return late or Start(failure.attempt + 1, failure.next_tool or failure.tool, wait_s)


def too_late(attempts: Attempts, cleared: IntentCleared, now: datetime) -> End | None:
    """The end of an intent whose time ran out before it could be started (again)."""
    status = Status.FAILED if attempts.tried else Status.EXPIRED
    if cleared.deadline is not None and now > cleared.deadline:
        return End(status, Reason.DEADLINE_PASSED, f"the agent's deadline {cleared.deadline.isoformat()} has passed")
    if now > cleared.expires_at:
        return End(status, Reason.CLEARANCE_EXPIRED, f"the clearance expired at {cleared.expires_at.isoformat()}")
    return None


def may_repeat(tool: Tool) -> bool:
    """True when running the tool again after an unknown effect does no harm."""
    return tool.idempotency is not Idempotency.NONE


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt came to nothing, or may have: what is recorded, and what may come next."""

    reason_code: Reason
    error: str
    retryable: bool = True
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """After a failure: ``ceiling_s`` bounds the delay before the next attempt, None that there is none."""

    ceiling_s: float | None
    next_tool: str = ""


def after(failure: Failure, attempts: Attempts, chain: Sequence[Tool], tool: Tool) -> Next:
    """Another try with ``tool``, a fallback, or no more. A fallback is tried only when certainly nothing happened."""
    failures = attempts.counted(tool.name) + 1
    if failure.uncertain and not may_repeat(tool):
        return Next(0.0 if tool.verify else None)
    if failure.retryable and failures < tool.attempts:
        return Next(backoff_ceiling_s(tool, failures))
    at = next((place for place, entry in enumerate(chain) if entry.name == tool.name), len(chain))
    if at + 1 < len(chain) and not failure.uncertain and not attempts.uncertain:
        return Next(0.0, chain[at + 1].name)
    return Next(None)


def backoff_ceiling_s(tool: Tool, failures: int) -> float:
    """Upper bound of the delay after ``failures`` failed attempts: exponential, capped."""
    return min(tool.backoff_max_s, tool.backoff_s * 2.0 ** (failures - 1))


def target_of(cleared: IntentCleared) -> Target:
    """What a halt may name about this clearance."""
    return Target(
        cleared.tenant, cleared.agent, cleared.task, cleared.call.action_type, cleared.call.tool, cleared.risk
    )


def targets_of(cleared: IntentCleared, tool: Tool) -> tuple[Target, ...]:
    """What a halt may name about an attempt: the cleared call, and the fallback that stands in for it."""
    target = target_of(cleared)
    if tool.name == cleared.call.tool:
        return (target,)
    risk: Risk = max(cleared.risk, tool.risk, key=lambda risk: risk.rank)
    return target, Target(cleared.tenant, cleared.agent, cleared.task, tool.action_type, tool.name, risk)


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
    undo: UndoCall | None = None,
    tried: tuple[str, ...] = (),
    verified: bool | None = None,
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
        undo=undo,
        tried=tried,
        verified=verified,
    )

"""The signals of confusion: each a pure look at the last steps, all in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from groundstop.policy.confusion.memory import NOTHING, Memory
from groundstop.policy.confusion.opposites import SETTERS, oppose
from groundstop.policy.confusion.patterns import Steps, alike, idle_since, returns, rounds, run
from groundstop.policy.confusion.step import Step
from groundstop.policy.thresholds import ConfusionLimits


class Kind(StrEnum):
    """What a confused task does."""

    SAME_CALL = "same_call"
    CYCLE = "cycle"
    SAME_FAILURE = "same_failure"
    CONTRADICTION = "contradiction"
    NO_PROGRESS = "no_progress"
    RESTATED = "restated"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Whether a task is confused, how, since which step (index of the step, None when it is not), and how badly.

    ``excess`` is how far beyond its threshold the signal is; ``moving`` that results still change, so that it may be
    waiting for something.
    """

    confused: bool = False
    kind: Kind | None = None
    at: int | None = None
    says: str = ""
    excess: int = 0
    moving: bool = False


CLEAR = Confusion()
Seen = tuple[int, str, bool] | None
"""(how far beyond the threshold, in words, whether results still change)"""


def look(memory: Memory, limits: ConfusionLimits) -> Confusion:
    """The first signal that speaks, in the order of SIGNALS; CLEAR when none does."""
    for kind, signal in SIGNALS.items():
        seen = signal(memory.steps, limits)
        if seen is not None:
            excess, says, moving = seen
            return Confusion(True, kind, memory.count - 1, says, excess, moving)
    return CLEAR


def same_call(steps: Steps, limits: ConfusionLimits) -> Seen:
    """Identical calls in a row; or spread, always with the same result, and with nothing new in between."""
    if len(steps) < limits.same_call:
        return None
    last = steps[-1]
    length = run(steps)
    if length >= limits.same_call:
        results = {s.result for s in steps[len(steps) - length :] if s.result}
        moving = len(results) > 1 and len(results) >= length - 1
        return (
            length - limits.same_call,
            f"{last.tool} was called {length} times in a row with the same arguments",
            moving,
        )
    places = [place for place, step in enumerate(steps) if step.call == last.call]
    idle = idle_since(steps, places, limits.same_call)
    if idle >= limits.same_call:
        return idle - limits.same_call, f"{last.tool} was called {idle} times, each with the same result", False
    return None


def cycle(steps: Steps, limits: ConfusionLimits) -> Seen:
    """A pattern of two or more calls, repeated: A-B-A-B."""
    for length in range(2, limits.cycle_length + 1):
        times = rounds(steps, length)
        if times >= limits.cycles:
            whole = steps[len(steps) - times * length :]
            moving = len({s.result for s in whole if s.result}) >= sum(bool(s.result) for s in whole) > length
            names = ", ".join(s.tool for s in whole[:length])
            return times - limits.cycles, f"the same {length} calls ({names}) were repeated {times} times", moving
    return None


def same_failure(steps: Steps, limits: ConfusionLimits) -> Seen:
    """One tool that keeps failing: the same way, or in half again as many ways."""
    tool = steps[-1].tool if steps else ""
    failed: list[Step] = []
    for step in reversed(steps):
        if step.tool != tool or not step.result:
            continue
        if not step.error:
            break
        failed.append(step)
    alike = sum(step.result == failed[0].result for step in failed) if failed else 0
    many = limits.same_failure + (limits.same_failure + 1) // 2
    excess = max(alike - limits.same_failure, len(failed) - many)
    return (excess, f"{tool} failed {len(failed)} times in a row", False) if excess >= 0 else None


def contradiction(steps: Steps, limits: ConfusionLimits) -> Seen:
    """One thing done and undone, or set to and fro."""
    last = steps[-1] if steps else None
    if last is None or not last.target:
        return None
    about = [s for s in steps if s.target == last.target and not s.error]
    flips = sum(oppose(a.act, b.act) for a, b in pairwise(about))
    if flips >= limits.contradictions:
        acts = " and ".join(sorted({s.tool for s in about}))
        return flips - limits.contradictions, f"{acts} undo one another on the same thing ({flips} times)", False
    back = returns([s for s in about if s.act in SETTERS and s.tool == last.tool])
    if back >= limits.contradictions:
        return back - limits.contradictions, f"{last.tool} sets the same thing to and fro ({back} times)", False
    return None


def no_progress(steps: Steps, limits: ConfusionLimits) -> Seen:
    """Many steps in a row that brought nothing but failures and results seen before."""
    seen: set[str] = set()
    idle = 0
    for step in steps:
        if not step.result or step.result in NOTHING:
            continue
        idle = idle + 1 if step.error or step.result in seen else 0
        seen.add(step.result)
    return (
        (idle - limits.no_progress, f"{idle} steps in a row brought nothing new", False)
        if (idle >= limits.no_progress)
        else None
    )


def restated(steps: Steps, limits: ConfusionLimits) -> Seen:
    """The same request to the same tool, put into other words again and again."""
    times = 1
    for newer, older in zip(reversed(steps), reversed(steps[:-1]), strict=False):
        if newer.tool != older.tool or not alike(newer.words, older.words):
            break
        times += 1
    if times < limits.restated:
        return None
    return times - limits.restated, f"{steps[-1].tool} got the same request {times} times in other words", True


def ignored(steps: Steps, limits: ConfusionLimits) -> Seen:
    """A call that people or the policy said no to, proposed again as if nothing had been said."""
    if not steps:
        return None
    again = sum(step.call == steps[-1].call and step.rejected for step in steps[:-1])
    if again < limits.ignored:
        return None
    return again - limits.ignored, f"{steps[-1].tool} was proposed again after {again} times no", False


SIGNALS: Mapping[Kind, Callable[[Steps, ConfusionLimits], Seen]] = MappingProxyType(
    {
        Kind.IGNORED: ignored,
        Kind.SAME_CALL: same_call,
        Kind.CYCLE: cycle,
        Kind.CONTRADICTION: contradiction,
        Kind.SAME_FAILURE: same_failure,
        Kind.NO_PROGRESS: no_progress,
        Kind.RESTATED: restated,
    }
)

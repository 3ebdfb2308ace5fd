"""What must be true of when things happened, by the clocks of the log and of the systems. Pure."""

from collections.abc import Callable, Iterator

from groundstop.events import CaseOpened, ExecutionStarted, IntentCleared, Outcome
from groundstop.vocabulary import CaseKind, Status

from tests.chaos.history import History, Recorded

STORED_S = 2.5
"""A claim is looked at when it is sent. It is stored so much later at most, when the bus was frozen meanwhile."""


def claimed_in_time(history: History) -> Iterator[str]:
    """By the log's clock nothing is claimed after its clearance or its deadline has expired."""
    for who, facts in history.intents.items():
        cleared = next((r.fact for r in facts if isinstance(r.fact, IntentCleared)), None)
        if cleared is None:
            continue
        ends = [end.timestamp() for end in (cleared.expires_at, cleared.deadline) if end is not None]
        for recorded in facts:
            late_s = recorded.time_ns / 1e9 - min(ends)
            if isinstance(recorded.fact, ExecutionStarted) and late_s > STORED_S:
                yield f"{who} was claimed at {recorded.seq}, {late_s:.1f} s after its clearance had expired"


def attempts_in_time(slack_s: float) -> Callable[[History], Iterator[str]]:
    """The rule that no attempt outlives its tool's time-out by more than ``slack_s``, by the log's clock."""

    def in_time(history: History) -> Iterator[str]:
        for who, facts in history.intents.items():
            claims = [r for r in facts if isinstance(r.fact, ExecutionStarted)]
            for claim in claims:
                yield from _too_long(history, who, facts, claim, slack_s)

    return in_time


def _too_long(history: History, who: object, facts: list[Recorded], claim: Recorded, slack_s: float) -> Iterator[str]:
    assert isinstance(claim.fact, ExecutionStarted)
    tool = history.catalogue.get(claim.fact.tool)
    ended = next((r for r in facts if r.seq > claim.seq and r.kind in ("execution.failed", "outcome")), None)
    if tool is None or ended is None:
        return
    took_s = (ended.time_ns - claim.time_ns) / 1e9
    if took_s > tool.timeout_s + slack_s:
        yield f"{who}: attempt {claim.fact.attempt} of {tool.name} took {took_s:.1f} s, allowed are {tool.timeout_s:g}"


def unknown_is_asked_about(history: History) -> Iterator[str]:
    """Whatever ends unknown becomes a case for somebody to find out."""
    asked = {
        r.who
        for r in history.of_kind("case.opened")
        if isinstance(r.fact, CaseOpened) and r.fact.case_kind is CaseKind.RECONCILIATION
    }
    for who, facts in history.intents.items():
        unknown = any(isinstance(r.fact, Outcome) and r.fact.status is Status.UNKNOWN for r in facts)
        if unknown and who not in asked:
            yield f"{who} ended unknown, and nobody was asked to find out"

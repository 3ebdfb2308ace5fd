"""What follows from what was tried, by table."""

from datetime import timedelta

import pytest
from groundstop.catalogue import Catalogue, Idempotency, Tool, Undo
from groundstop.cli.estimating import spelt_out
from groundstop.client.odds import estimate, success_rates
from groundstop.errors import GroundstopError
from groundstop.events import ExecutionFailed, ExecutionStarted, Outcome
from groundstop.testing import NOON, a_clearance
from groundstop.vocabulary import Reason, Risk, Status
from groundstop_executor.attempt.undo_receipts import receipt
from groundstop_executor.domain import (
    Attempts,
    End,
    Failure,
    Lost,
    Probe,
    Start,
    StillRunning,
    after,
    plan,
)

ONCE = Tool(name="once", action_type="a.b", risk=Risk.RISKY, attempts=2)
AGAIN = ONCE.model_copy(update={"name": "again", "idempotency": Idempotency.KEY})
ASKED = ONCE.model_copy(update={"name": "asked", "verify": "m:f"})
OTHER = ONCE.model_copy(update={"name": "other"})
CLEARED = a_clearance()


def started(attempt: int, tool: str = "once") -> ExecutionStarted:
    return ExecutionStarted.caused_by(
        CLEARED, NOON, "e", attempt=attempt, executor="e", lane=0, epoch=0, call_digest="", tool=tool,
        action_type="a.b", risk=Risk.RISKY,
    )  # fmt: skip


def failed(attempt: int, tool: str = "once", retry_in_s: float | None = 0.0, **more: object) -> ExecutionFailed:
    fields = {"reason_code": Reason.TOOL_FAILED, "error": "no", "action_type": "a.b", "executor": "e"} | more
    return ExecutionFailed.caused_by(CLEARED, NOON, "e", attempt=attempt, tool=tool, retry_in_s=retry_in_s, **fields)


def tried(*failures: ExecutionFailed, open_at: int = 0) -> Attempts:
    starts = {failure.attempt: started(failure.attempt, failure.tool) for failure in failures}
    if open_at:
        starts[open_at] = started(open_at)
    return Attempts(starts, {failure.attempt: failure for failure in failures})


CASES = {
    "fresh": (tried(), ONCE, Start(1, "once")),
    "held by somebody alive": (tried(open_at=1), ONCE, StillRunning(1)),
    "to be repeated": (tried(failed(1)), ONCE, Start(2, "once")),
    "fallback": (tried(failed(1, next_tool="other")), ONCE, Start(2, "other")),
    "used up": (tried(failed(1, retry_in_s=None)), ONCE, End(Status.FAILED, Reason.TOOL_FAILED, "no", used_up=True)),
    "probe": (tried(failed(1, "asked", uncertain=True)), ASKED, Probe("no", Start(2, "asked"), 1.0)),
    "repeatable": (tried(failed(1, "again", uncertain=True)), AGAIN, Start(2, "again")),
}


@pytest.mark.parametrize("case", CASES)
def test_the_next_move_follows_from_the_log(case: str) -> None:
    attempts, tool, move = CASES[case]
    assert plan(attempts, (tool,), CLEARED, NOON, lambda *_: True) == move


def test_what_nobody_holds_any_more_is_lost() -> None:
    assert plan(tried(open_at=1), (ONCE,), CLEARED, NOON, lambda *_: False) == Lost(1)


def test_a_doubtful_attempt_never_ends_as_failed_or_expired() -> None:
    doubtful = tried(failed(1, "again", uncertain=True), failed(2, "again", retry_in_s=None))
    for attempts, now in ((doubtful, NOON), (tried(failed(1, "again", uncertain=True)), NOON + timedelta(hours=1))):
        move = plan(attempts, (AGAIN,), CLEARED, now, lambda *_: True)
        assert isinstance(move, End)
        assert move.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("failure", "before", "ceiling", "next_tool"),
    [
        (Failure(Reason.TOOL_FAILED, "no"), tried(), 0.2, ""),
        (Failure(Reason.TOOL_FAILED, "no"), tried(failed(1)), 0.0, "other"),
        (Failure(Reason.TOOL_FAILED, "no", retryable=False), tried(), 0.0, "other"),
        (Failure(Reason.TOOL_FAILED, "no", uncertain=True), tried(), None, ""),
        (Failure(Reason.TOOL_FAILED, "no", retryable=False), tried(failed(1, uncertain=True)), None, ""),
    ],
)
def test_a_fallback_comes_only_when_certainly_nothing_happened(
    failure: Failure, before: Attempts, ceiling: float | None, next_tool: str
) -> None:
    following = after(failure, before, (ONCE, OTHER), ONCE)
    assert (following.ceiling_s, following.next_tool) == (ceiling, next_tool)


def test_a_fallback_may_not_be_riskier_and_must_be_there() -> None:
    with pytest.raises(GroundstopError, match="no other tool"):
        Catalogue([ONCE.model_copy(update={"fallbacks": ("missing",)})])
    riskier = OTHER.model_copy(update={"risk": Risk.DANGEROUS})
    with pytest.raises(GroundstopError, match="riskier"):
        Catalogue([ONCE.model_copy(update={"fallbacks": ("other",)}), riskier])


def test_a_receipt_is_made_of_arguments_and_result_and_not_of_guesses() -> None:
    undo = Undo(tool="other", arguments={"id": "result.ids.0", "to": "arguments.to", "why": "=oops", "of": "intent"})
    tool = ONCE.model_copy(update={"undo": undo})
    made = receipt(tool, {"to": "ann"}, {"ids": [7]}, "i-1")
    assert made is not None
    assert made.arguments == {"id": 7, "to": "ann", "why": "oops", "of": "i-1"}
    assert receipt(tool, {"to": "ann"}, {"ids": []}, "i-1") is None
    assert receipt(tool, {"to": "ann"}, {"ids": [7]}, "i-1", first=False) is None


def test_ten_steps_at_95_percent_are_60_together() -> None:
    assert estimate(["x"] * 10, {"x": 0.95}).sentence().startswith("10 steps at 0.95 each are 0.60 together")


def test_rates_count_only_what_was_executed() -> None:
    def an_outcome(status: Status) -> Outcome:
        return Outcome.caused_by(CLEARED, NOON, "e", status=status, reason_code=Reason.DONE, tool="x")

    outcomes = [an_outcome(Status.SUCCEEDED)] * 8 + [an_outcome(Status.FAILED)] * 2 + [an_outcome(Status.DENIED)] * 9
    assert success_rates(outcomes) == {"x": 9 / 12}


def test_a_plan_may_be_written_with_how_often_a_step_comes() -> None:
    assert spelt_out(["a:2", "b", "http://x:y", "ns:c:3"]) == ["a", "a", "b", "http://x:y", "ns:c", "ns:c", "ns:c"]

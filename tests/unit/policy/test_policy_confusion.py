"""Circles are seen, and progress is not mistaken for one."""

import pytest
from groundstop.policy import EMPTY, assess_sequence, load_policy
from groundstop.policy.confusion import Kind, Step, answer_to, look
from groundstop.policy.thresholds import Answer, ConfusionLimits
from groundstop.vocabulary import Route
from hypothesis import given
from hypothesis import strategies as st


def a_step(tool="get", args=None, result=None, error=None):
    return {"tool": tool, "args": args or {}, "result": result, "error": error}


SAME = [a_step(args={"id": 1}, result="x")] * 4
CYCLE = [a_step("a", result="1"), a_step("b", result="2")] * 3
SPREAD = [step for n in range(4) for step in (a_step(args={"id": 1}, result="x"), *[a_step("think", {"n": n}, "")] * n)]
LONG_CYCLE = [a_step(tool, result=tool) for tool in "abc"] * 3
FAILING = [a_step("book", {"n": n}, error="no seats") for n in range(5)]
FLIPPING = [
    a_step("create_user", {"name": "bo"}, "ok"),
    a_step("list_users", {"page": 1}, "1"),
    a_step("delete_user", {"name": "bo"}, "gone"),
    a_step("list_users", {"page": 2}, "2"),
    a_step("create_user", {"name": "bo"}, "ok again"),
]
TO_AND_FRO = [
    a_step("set_status", {"order_id": 7, "status": status}, f"{status} {n}")
    for n, status in enumerate(["open", "held", "open", "held"])
]
RESTATED = [
    a_step("browser", {"request": f"Please look for the price list of the small hotel by the lake {extra}"}, str(n))
    for n, extra in enumerate(["now", "again", "once more", "on the web", "anywhere", "elsewhere"])
]
IDLE = [a_step("look", {"n": 0}, "nothing here"), *(a_step("look", {"n": n}, "nothing here") for n in range(1, 9))]


@pytest.mark.parametrize(
    ("steps", "kind", "at"),
    [
        (SAME, Kind.SAME_CALL, 3),
        (SPREAD, Kind.SAME_CALL, 6),
        (CYCLE, Kind.CYCLE, 5),
        (LONG_CYCLE, Kind.CYCLE, 8),
        (FAILING, Kind.SAME_FAILURE, 4),
        (FLIPPING, Kind.CONTRADICTION, 4),
        (TO_AND_FRO, Kind.CONTRADICTION, 3),
        (RESTATED, Kind.RESTATED, 5),
        (IDLE, Kind.NO_PROGRESS, 8),
    ],
)
def test_each_kind_of_circle_is_seen_where_it_closes(steps, kind, at):
    confusion = assess_sequence(steps)
    assert (confusion.confused, confusion.kind, confusion.at) == (True, kind, at)


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [a_step(args={"id": n}, result=str(n)) for n in range(40)],
        [a_step(args={"id": 1}, result="x")] * 3,
        [a_step("a", result="1"), a_step("b", result="2")] * 2,
        FAILING[:4],
        FLIPPING[:3],
        [a_step("calculate", {"expression": f"{n} + {n}"}, str(2 * n)) for n in range(20)],
        [step for n in range(6) for step in (a_step("edit", {"n": n}, f"done {n}"), a_step("test", {}, f"run {n}"))],
    ],
)
def test_progress_is_left_alone(steps):
    assert not assess_sequence(steps).confused


def test_waiting_for_something_that_moves_is_only_warned_about():
    """Polling and paging repeat a call, too; their results differ."""
    history = EMPTY
    for n in range(12):
        history = history.proposed("job.status", {}).ended("job.status", {}, "succeeded", f"{n} %")
    seen = look(history.memory.called(Step.of("job.status", {})), ConfusionLimits())
    assert answer_to(seen, ConfusionLimits()).answer is Answer.WARN


def test_proposing_again_what_was_denied_is_confusion():
    history = EMPTY
    for _ in range(2):
        history = history.proposed("pay", {"to": "eve"}).ended("pay", {"to": "eve"}, "denied")
    assert look(history.memory.called(Step.of("pay", {"to": "eve"})), ConfusionLimits()).kind is Kind.IGNORED


def test_the_ladder_ends_with_a_person():
    limits = ConfusionLimits()
    routes = [answer_to(assess_like(excess), limits).route for excess in (0, 1, 2, 3, 9)]
    assert routes == [Route.PROCEED, Route.PROCEED, Route.CLARIFY, Route.ESCALATE, Route.ESCALATE]


def assess_like(excess):
    from dataclasses import replace

    return replace(assess_sequence(SAME), excess=excess)


def test_thresholds_come_from_the_policy():
    limits = load_policy("confusion: {same_call: 2, answers: [handoff]}").confusion
    confusion = assess_sequence(SAME, limits)
    assert confusion.at == 1
    assert answer_to(confusion, limits).answer is Answer.HANDOFF


JSON = st.sampled_from([None, True, 0, 1, "", "x", [1], {"a": 1}])


@given(st.lists(st.fixed_dictionaries({"tool": st.sampled_from("abc"), "args": JSON, "result": JSON}), max_size=30))
def test_the_fold_sees_what_the_whole_run_shows(steps):
    """The classifier folds step by step; judging the whole run must come to the same, and never fail."""
    limits, history, first = ConfusionLimits(), EMPTY, None
    for record in steps:
        history = history.proposed(record["tool"], record["args"])
        first = first or (look(history.memory, limits) if look(history.memory, limits).confused else None)
        history = history.ended(record["tool"], record["args"], "succeeded", record["result"])
        first = first or (look(history.memory, limits) if look(history.memory, limits).confused else None)
    assert assess_sequence(steps, limits).confused == (first is not None)


def test_memory_is_bounded():
    history = EMPTY
    for n in range(500):
        history = history.proposed(f"tool{n}", {"n": n}).ended(f"tool{n}", {"n": n}, "succeeded", n)
    assert len(history.memory.steps) <= 48
    assert len(history.tools) <= 200
    assert history.calls == 500

"""The life of an intent is a table: what it allows, what it never allows, and where everything must come out."""

import pytest
from groundstop.intent import TABLE, ImpossibleFact, State, replay, step
from groundstop.subjects import DETAILS
from hypothesis import given
from hypothesis import strategies as st

STRAIGHT = ["intent.submitted", "intent.classified", "intent.cleared", "execution.started", "outcome"]
HELD = [*STRAIGHT[:2], "intent.admitted", "timer.case", "case.opened", "case.decided", *STRAIGHT[2:]]


@pytest.mark.parametrize(
    "kinds",
    [
        STRAIGHT,
        HELD,
        [*STRAIGHT[:2], "outcome"],
        [*STRAIGHT[:4], "execution.failed", "execution.started", "outcome"],
        [*STRAIGHT[:4], "execution.started", "outcome"],
        [*HELD[:5], "case.due", "case.decided", "outcome"],
        [*STRAIGHT, "case.opened", "case.decided"],
        ["intent.classified", "outcome"],
    ],
)
def test_what_happens_ends(kinds: list[str]) -> None:
    assert replay(kinds) is State.ENDED


@pytest.mark.parametrize(
    "kinds",
    [
        ["intent.admitted"],
        ["intent.submitted", "intent.cleared"],
        ["intent.submitted", "intent.classified", "execution.started"],
        ["intent.submitted", "intent.classified", "intent.admitted", "execution.started"],
        [*HELD[:5], "execution.started"],
        [*STRAIGHT, "outcome"],
        [*STRAIGHT, "execution.started"],
        [*STRAIGHT, "intent.cleared"],
        [*STRAIGHT[:2], "outcome", "intent.cleared"],
        ["intent.submitted", "intent.submitted"],
    ],
)
def test_what_must_never_happen_is_impossible(kinds: list[str]) -> None:
    with pytest.raises(ImpossibleFact):
        replay(kinds)


def test_every_state_leads_to_the_end() -> None:
    """Nothing can be done for an intent that is stuck by design."""
    ends = {State.ENDED}
    while more := {state for (state, _), after in TABLE.items() if after in ends} - ends:
        ends |= more
    assert ends >= {state for state, _ in TABLE}


def test_nothing_is_executed_without_a_clearance_and_an_end_is_an_end() -> None:
    before = {state for (state, kind) in TABLE if kind == "execution.started"}
    assert before == {State.CLEARED, State.STARTED, State.RETRYING}
    assert {after for (state, _), after in TABLE.items() if state is State.ENDED} == {State.ENDED}
    assert (State.ENDED, "outcome") not in TABLE


@given(st.lists(st.sampled_from(sorted({kind for _, kind in TABLE})), max_size=12))
def test_any_history_is_possible_as_a_whole_or_refused_at_its_first_impossible_fact(kinds: list[str]) -> None:
    state = State.NONE
    for number, kind in enumerate(kinds):
        if (state, kind) not in TABLE:
            with pytest.raises(ImpossibleFact, match=kind):
                replay(kinds[: number + 1])
            return
        state = step(state, kind)
    assert replay(kinds) is state


def test_every_kind_of_the_table_has_a_subject() -> None:
    assert {kind for _, kind in TABLE} <= set(DETAILS)

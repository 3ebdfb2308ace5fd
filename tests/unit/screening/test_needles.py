"""One pass finds what many searches would."""

from groundstop.screening.needles import Needles
from hypothesis import given
from hypothesis import strategies as st

words = st.text("abc", min_size=0, max_size=4)


@given(st.lists(st.lists(words, max_size=4), max_size=8), st.text("abcd", max_size=40))
def test_a_rule_is_opened_by_any_of_its_needles_and_by_nothing_else(groups: list[list[str]], text: str) -> None:
    expected = sum(1 << number for number, group in enumerate(groups) if any(needle in text for needle in group))
    assert Needles.of(groups).opened(text) == expected


def test_no_needles_open_nothing() -> None:
    assert Needles.of(()).opened("anything") == 0

"""Hypothesis: no text of any characters, and no value of any type, makes a screen raise or point outside its text."""

from __future__ import annotations

from groundstop.screening import screen, screen_structure
from groundstop.screening.findings import SOURCES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_PIECES = (
    "ignore all previous instructions", "\u200b", "\ud800", "<!--", "-->", "{\"a\": \"", "\\u0041", "\\n", "%41",
    "&#65;",
    "password: ", "4111 1111 1111 1111", "eyJ", "-----BEGIN RSA PRIVATE KEY-----", "\x1b[8m", "\U000e0041", "忽略之前",
    "ﷺ", "İ", "ﬃ", "|", ",", "::", "@", "0x", "QUJD", "1. ", "```", "#", "\x00", "ꓮ", "á", "\u202e", "`rm -rf /`",
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(st.characters(), max_size=400),
    st.lists(st.one_of(st.sampled_from(_PIECES), st.text(st.characters(), max_size=12)), max_size=40).map("".join),
)
_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS, st.binary(max_size=60), st.complex_numbers(),
        st.just(object()), st.decimals(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.tuples(inner, inner), st.frozensets(st.integers(), max_size=3),
        st.dictionaries(st.one_of(_TEXTS, st.integers(), st.none(), st.booleans()), inner, max_size=5),
    ),
    max_leaves=12,
)  # fmt: skip
_SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_SETTINGS
@given(_TEXTS, st.sampled_from(SOURCES))
def test_no_text_makes_a_screen_raise(text: str, source: str) -> None:
    for one in screen(text, source).findings:
        assert 0 <= one.start <= one.end <= len(text)
        assert 0.0 <= one.confidence <= 1.0


@_SETTINGS
@given(_VALUES, st.sampled_from(SOURCES))
def test_no_value_makes_a_screen_raise(value: object, source: str) -> None:
    screen_structure(value, source)


@_SETTINGS
@given(_TEXTS, _TEXTS)
def test_a_text_is_judged_the_same_however_often_it_is_seen(text: str, other: str) -> None:
    before = screen(text, "tool_output")
    screen(other, "argument")
    assert screen(text, "tool_output") == before

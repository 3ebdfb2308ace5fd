"""The secret screen on synthetic secrets and their look-alikes; nothing here was ever valid."""

from __future__ import annotations

import pytest
from groundstop.screening import screen
from groundstop.screening.secrets import entropy_bits

from bench.judgement.secret_cases import HARMLESS, secrets

CASES = secrets("b")


@pytest.mark.parametrize("name", CASES)
def test_a_secret_is_found(name: str) -> None:
    assert screen(f"Here it is:\n{CASES[name]}\nKeep it safe.", "argument").flagged("secret")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_look_alike_is_left_alone(name: str) -> None:
    assert not screen(HARMLESS[name], "argument").flagged("secret")


@pytest.mark.parametrize("name", CASES)
def test_a_finding_never_repeats_the_secret(name: str) -> None:
    """Findings are stored and shown; the value itself must not travel with them."""
    text = CASES[name]
    for one in screen(text, "argument").of("secret"):
        assert text[one.start : one.end] not in one.excerpt


def test_entropy_is_measured_per_character() -> None:
    assert entropy_bits("aaaa") == 0.0
    assert entropy_bits("abcd") == 2.0
    assert entropy_bits("") == 0.0

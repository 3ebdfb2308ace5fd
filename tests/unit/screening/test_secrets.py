"""The secret screen on synthetic secrets and their look-alikes; nothing here was ever valid."""

from __future__ import annotations

import pytest
from groundstop.screening import screen
from groundstop.screening.assigned import entropy_bits, named

from bench.judgement.secret_cases import HARMLESS, secrets, weak

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


@pytest.mark.parametrize("name", weak())
def test_a_poor_or_oddly_written_secret_is_found(name: str) -> None:
    assert screen(weak()[name], "argument").flagged("secret")


@pytest.mark.parametrize("name", weak())
def test_the_span_of_a_poor_secret_holds_no_name(name: str) -> None:
    """What is masked is the value: the name beside it tells a reader what was there."""
    text = weak()[name]
    spans = [text[one.start : one.end].lower() for one in screen(text, "argument").of("secret")]
    assert not any(span.startswith(("pass", "pwd", "token")) for span in spans)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dbPassword", "password"), ("DB_PASSWORD", "password"), ("DB_PASSWORD_FILE", ""), ("passwordPolicy", ""),
        ("api_key", "token"), ("public_key", ""), ("primaryKey", ""), ("accessKey", "token"), ("nextToken", ""),
        ("token_count", ""), ("passport", ""), ("monkey", ""), ("clientSecret", "token"), ("пароль", "password"),
    ],
)  # fmt: skip
def test_a_name_is_read_by_its_last_words(name: str, kind: str) -> None:
    assert named(name) == kind

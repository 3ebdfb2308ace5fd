"""Forms of the console: what can be edited, what stays, and how far a halt can be lifted."""

from typing import Any

import pytest
from groundstop.events import Halt
from groundstop.testing import NOON
from groundstop.vocabulary import Risk
from groundstop_console.domain.briefings import choices, edited, fields_of
from groundstop_console.domain.masking import MASKED
from groundstop_console.domain.people import Person, Role
from groundstop_console.pages.controls import stages_left

BERT = Person(name="bert", role=Role.APPROVER)
ARGUMENTS: dict[str, Any] = {
    "to": "a@acme.com",
    "copies": 2,
    "urgent": True,
    "password": MASKED,
    "token": "hunter2hunter2",
    "db": {"host": "h", "api": {"key": MASKED}},
}


def test_what_nobody_was_shown_goes_back_as_it_came() -> None:
    fields = fields_of(ARGUMENTS, BERT)
    assert [one.kind for one in fields] == ["text", "number", "yes_no", "fixed", "fixed", "json"]
    assert all("hunter2" not in one.text for one in fields)
    assert edited(fields, {}) == ARGUMENTS
    typed = {"arg.to": "b@acme.com", "arg.copies": "2.5", "arg.urgent": "false", "arg.password": "x", "arg.token": "y"}
    assert edited(fields, typed) == ARGUMENTS | {"to": "b@acme.com", "copies": 2.5, "urgent": False}


@pytest.mark.parametrize(("name", "text"), [("copies", "many"), ("db", "{")])
def test_what_is_not_of_its_kind_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        edited(fields_of(ARGUMENTS, BERT), {f"arg.{name}": text})


def test_a_resume_offers_only_what_is_still_halted() -> None:
    halt = Halt(control="h", scope="all", reason="r", by="olga", at=NOON)
    assert list(stages_left(halt)) == ["safe", "risky", ""]
    assert list(stages_left(halt.model_copy(update={"risk_from": Risk.RISKY}))) == ["risky", ""]
    assert list(stages_left(halt.model_copy(update={"risk_from": Risk.DANGEROUS}))) == [""]


def test_a_question_with_several_answers_offers_all_of_them() -> None:
    """What may have happened is asked, not suggested: one button that says yes would be pressed."""
    ways = ("happened", "did_not_happen", "cannot_tell")
    assert choices(ways, "happened") == ways == choices(ways, "approved")
    assert choices(("approved", "answered", "denied"), "denied") == ("denied",)
    assert choices(("answered", "denied"), "approved") == ("answered",)
    assert choices((), "approved") == ()

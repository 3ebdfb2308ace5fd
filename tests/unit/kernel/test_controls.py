"""What a halt covers, and that the table of halts loses none."""

import pytest
from groundstop.controls import BadScope, Target, check_scope, covers, halted_by, with_halt, without
from groundstop.errors import GroundstopError
from groundstop.events import Halt
from groundstop.testing import NOON
from groundstop.vocabulary import Risk
from hypothesis import given
from hypothesis import strategies as st

RISKY = Target("acme", "helper", "t-1", "email.send", "mailer", Risk.RISKY)


def a_halt(control: str, scope: str = "all") -> Halt:
    return Halt(control=control, scope=scope, reason="r", by="olga", at=NOON)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("all", True),
        ("tenant=acme", True),
        ("tenant=other", False),
        ("agent=helper", True),
        ("agent=help", False),
        ("task=t-1", True),
        ("action=email.send", True),
        ("action=email", True),
        ("action=ema", False),
        ("action=email.send.now", False),
        ("tool=mailer", True),
        ("tool=email.send", False),
        ("risk=safe", True),
        ("risk=risky", True),
        ("risk=dangerous", False),
        ("planet=mars", True),
    ],
)
def test_a_scope_covers_what_it_says_and_an_unknown_one_everything(scope: str, covered: bool) -> None:
    assert covers(scope, RISKY) is covered
    assert (halted_by((a_halt("c", scope),), RISKY) is not None) is covered


@pytest.mark.parametrize("scope", ["", "everything", "tenant=", "=x", "tenant", "risk=high", "planet=mars", "ALL"])
def test_a_scope_that_nobody_could_obey_is_refused_at_the_door(scope: str) -> None:
    with pytest.raises(BadScope, match=r"is not one of|must be"):
        check_scope(scope)


@given(st.lists(st.sampled_from("abcdef"), max_size=20), st.lists(st.sampled_from("abcdef"), max_size=20))
def test_halts_and_resumes_leave_exactly_those_that_were_not_lifted(halted: list[str], lifted: list[str]) -> None:
    table: tuple[Halt, ...] = ()
    for name in halted:
        table = with_halt(table, a_halt(name))
    active = set(halted)
    for name in lifted:
        if name in active:
            table = without(table, name)
            active.discard(name)
        else:
            with pytest.raises(GroundstopError, match="no active halt"):
                without(table, name)
    assert sorted(halt.control for halt in table) == sorted(active)

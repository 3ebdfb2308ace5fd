"""The door takes every kind of fact that somebody may say, and no other: both come from the table of who says what."""

from types import SimpleNamespace
from typing import cast

from groundstop.addresses import kinds
from groundstop.events import KINDS
from groundstop.intake_rules import SAID_KINDS, SAYS
from groundstop_classifier.admission import make_door
from groundstop_classifier.tasks import Tasks


def test_the_door_takes_what_the_table_says_and_nothing_else() -> None:
    routes = make_door(cast(Tasks, SimpleNamespace()))
    assert {*routes, "intent.submitted"} == set(SAID_KINDS)
    assert {kind: route.model for kind, route in routes.items()} == {kind: KINDS[kind] for kind in routes}


def test_every_row_of_the_table_is_the_address_of_one_kind() -> None:
    """A row that names no kind would let somebody say what the door cannot read; so would one of another length."""
    addresses = {kind.name: kind.address.split(".") for kind in kinds()}
    for row in {row for rows in SAYS.values() for row in rows}:
        kind = next(kind for kind in SAID_KINDS if row.startswith(f"{kind}."))
        assert len(row.split(".")) + 1 == len(addresses[kind]), row
        assert row.split(".")[: kind.count(".") + 2] == [*kind.split("."), "{tenant}"]

"""What is sealed can be read with its key, by nobody without it, and nowhere but where it was sealed."""

from pathlib import Path

import orjson
import pytest
from groundstop.errors import GroundstopError
from groundstop.log import Stored
from groundstop.record.chain import VERSION
from groundstop.record.keyring import FILE, Keyring, Owner
from groundstop.record.rowbinary import blob
from groundstop.record.sealing import PERSONAL, SEALED, fields_of, opened, sealed
from groundstop.testing import NOON, a_submission
from groundstop_audit.domain import row
from groundstop_audit.sealer import Sealer
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = bytes(range(32))
NAMES = st.sampled_from([*sorted(PERSONAL), "id", "tool", "judgement"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_sealing_and_opening_gives_the_same_value(value: dict[str, object]) -> None:
    payload = orjson.dumps(value)
    closed = sealed(payload, PERSONAL, "k1", KEY, 7)
    assert orjson.loads(opened(closed, 7, {"k1": KEY}.get)) == value
    assert sealed(payload, PERSONAL, "k1", KEY, 7) == closed  # building a row a second time gives the same row


def test_without_the_key_nothing_is_left_of_it() -> None:
    closed = sealed(b'{"tool":"x","arguments":{"to":"ann@example.org"}}', PERSONAL, "k1", KEY, 7)
    assert b"ann" not in closed and b'{"$sealed":"k1.' in closed
    assert orjson.loads(opened(closed, 7, lambda _: None)) == {"tool": "x", "arguments": {"$redacted": True}}


def test_a_sealed_value_opens_only_where_it_was_sealed() -> None:
    closed = sealed(b'{"note":"yes","comment":"no"}', PERSONAL, "k1", KEY, 7)
    swapped = orjson.loads(closed)
    swapped["note"], swapped["comment"] = swapped["comment"], swapped["note"]
    with pytest.raises(GroundstopError, match="altered or moved"):
        opened(orjson.dumps(swapped), 7, {"k1": KEY}.get)
    with pytest.raises(GroundstopError, match="altered or moved"):
        opened(closed, 8, {"k1": KEY}.get)


def test_only_fields_that_no_column_is_made_of_can_be_sealed() -> None:
    assert fields_of("") == frozenset() and fields_of("personal") == PERSONAL
    assert fields_of("arguments, user") == {"arguments", "user"}
    with pytest.raises(GroundstopError, match="tenant"):
        fields_of("tenant")


def test_rows_are_the_same_but_for_the_payload() -> None:
    """Metrics and limits go on reading what they read."""
    fact = a_submission(NOON, arguments={"to": "ann"}, reasoning="she asked")
    message = Stored(fact.subject(), 3, 5_000, fact.model_dump_json().encode())
    closed = Stored(message.subject, 3, 5_000, sealed(message.payload, PERSONAL, "k1", KEY, 3))
    assert SEALED.encode() in closed.payload
    made = [row(one, 0).removesuffix(blob(one.payload) + bytes((VERSION,))) for one in (message, closed)]
    assert made[0] == made[1]


def test_a_destroyed_key_never_comes_back(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    owner = Owner("acme", "helper", "i1", "t1", "kira")
    key_id, key = ring.key_for(owner)
    ring.commit()
    assert key is not None and ring.find(key_id) == key
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert ring.destroy(ring.owners("user", "kira", "acme")) == 1
    assert ring.key_for(owner) == (key_id, None) and ring.find(key_id) is None
    ring.close()
    assert all(key not in file.read_bytes() for file in tmp_path.iterdir())


def test_the_person_is_learnt_from_the_fact_that_names_it(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    sealer = Sealer(ring, PERSONAL)
    fact = a_submission(NOON, user="kira", arguments={"to": "x"})
    late = Stored(f"gs.feedback.{fact.tenant}.{fact.agent}.{fact.intent}.ann", 2, 0, b'{"comment":"thanks"}')
    first, second = sealer.sealed([late, Stored(fact.subject(), 3, 0, fact.model_dump_json().encode())])
    assert b"thanks" not in first.payload and b"kira" not in second.payload
    ring.destroy(ring.owners("user", "kira", ""))
    assert orjson.loads(sealer.sealed([late])[0].payload) == {"comment": {"$redacted": True}}

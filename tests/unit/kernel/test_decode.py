"""How bytes become a fact: what a sender may leave out, and what it is told about the rest."""

from datetime import UTC, datetime
from typing import Any, cast

import orjson
import pytest
from groundstop.bus.message import DEPTH_MAX, Delivery, decode
from groundstop.errors import BadInput
from groundstop.events import IntentClassified, IntentSubmitted
from groundstop.log.frames import Frames
from groundstop.testing import a_classification, a_submission
from groundstop.vocabulary import Reason
from hypothesis import given
from hypothesis import strategies as st

SUBJECT = "gs.intent.submitted.acme.helper.i-1"
BYTES_MAX = 10_000
STORED_NS = 1_780_000_000_000_000_000


def delivered(payload: bytes, subject: str = SUBJECT) -> Delivery:
    return Delivery(subject, 7, 1, STORED_NS, payload, 0.0, cast(Frames, None), "")


def refused(payload: bytes, subject: str = SUBJECT) -> BadInput:
    with pytest.raises(BadInput) as caught:
        decode(IntentSubmitted, delivered(payload, subject), BYTES_MAX)
    return caught.value


def nested(depth: int) -> bytes:
    """An object ``depth`` levels deep."""
    return b'{"tool": "x", "arguments": {"a": ' + b"[" * (depth - 2) + b"1" + b"]" * (depth - 2) + b"}}"


def test_a_submission_by_hand_takes_what_is_missing_from_its_subject_and_the_log() -> None:
    fact = decode(IntentSubmitted, delivered(b'{"tool": "orders.get"}'), BYTES_MAX)
    assert (fact.tenant, fact.agent, fact.intent, fact.task, fact.id) == ("acme", "helper", "i-1", "i-1", "i-1")
    assert fact.at == datetime.fromtimestamp(STORED_NS / 1e9, UTC)


def test_what_was_written_is_read() -> None:
    for fact in (a_submission(), a_classification()):
        model = type(fact)
        assert decode(model, delivered(fact.model_dump_json().encode(), fact.subject()), BYTES_MAX) == fact


def test_a_field_that_a_newer_writer_added_is_no_error() -> None:
    body = a_submission(intent="i-1", tenant="acme", agent="helper").model_dump(mode="json") | {"mood": "good"}
    assert decode(IntentSubmitted, delivered(orjson.dumps(body)), BYTES_MAX).intent == "i-1"


@pytest.mark.parametrize("name", ["tenant", "agent", "intent"])
def test_nobody_speaks_for_somebody_else(name: str) -> None:
    assert refused(orjson.dumps({"tool": "x", name: "other"})).reason is Reason.IDENTITY_MISMATCH


def test_size_and_depth_are_bounded_at_the_door() -> None:
    assert refused(orjson.dumps({"tool": "x", "reasoning": "x" * BYTES_MAX})).reason is Reason.PAYLOAD_TOO_LARGE
    assert decode(IntentSubmitted, delivered(nested(DEPTH_MAX)), BYTES_MAX).tool == "x"
    assert "nested" in str(refused(nested(DEPTH_MAX + 1)))


def test_brackets_in_a_text_are_no_depth() -> None:
    payload = orjson.dumps({"tool": "x", "reasoning": "[{" * 500})
    assert decode(IntentSubmitted, delivered(payload), BYTES_MAX).tool == "x"


def test_behind_the_door_only_the_stream_bounds_the_size() -> None:
    """A classification carries its call twice: what passed the door must not meet its limit again."""
    fact = a_classification(arguments={"a": "x" * BYTES_MAX})
    payload = fact.model_dump_json().encode()
    assert len(payload) > 2 * BYTES_MAX
    assert decode(IntentClassified, delivered(payload, fact.subject()), BYTES_MAX) == fact


@pytest.mark.parametrize("name", ["at", "deadline"])
def test_a_time_needs_its_zone(name: str) -> None:
    error = refused(orjson.dumps({"tool": "x", name: "2026-06-01T12:00:00"}))
    assert (error.reason, name in str(error)) == (Reason.INVALID_FIELDS, True)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_fact_or_bad_input(payload: bytes) -> None:
    """Never another error: it would be tried again, and again."""
    for model in (IntentSubmitted, IntentClassified):
        try:
            decode(model, delivered(payload), BYTES_MAX)
        except BadInput as error:
            assert str(error)


@given(
    st.dictionaries(
        st.sampled_from([*IntentSubmitted.model_fields]),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_any_fields_are_a_fact_or_bad_input(body: dict[str, Any]) -> None:
    try:
        decode(IntentSubmitted, delivered(orjson.dumps({"tool": "x"} | body)), BYTES_MAX)
    except BadInput as error:
        assert str(error)

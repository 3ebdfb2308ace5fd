"""Whatever the log holds has a row: facts of every shape, and bytes that are no facts at all."""

import orjson
from groundstop import subjects
from groundstop.events import CostRecorded, ExecutorHalted, Feedback
from groundstop.log import Stored
from groundstop.record import chain
from groundstop.record.chain import genesis
from groundstop.record.layout import NAMES
from groundstop.record.rowbinary import blob, size_of, text
from groundstop.record.rowbinary import row as encode
from groundstop.subjects import STREAM
from groundstop.testing import NOON, a_classification
from groundstop_audit.domain import REMOVED, row, rows
from groundstop_audit.writer import batches
from hypothesis import given, settings
from hypothesis import strategies as st

TIME_NS = 1_780_315_200_000_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "id", "at", "call", "judgement", "proposal", "task", "case_kind", "attempt", "attempts", "tool", "action_type",
    "risk", "confidence", "call_digest", "policy_version", "actor", "status", "verdict", "action", "reason_code",
    "duration_ms", "halted_ms", "read_s", "human_s", "cost_micros", "tokens_in", "tokens_out", "rating", "trace",
    "cause",
)  # fmt: skip


def a_message(payload: bytes, subject: str = "gs.outcome.acme.helper.i1.succeeded", seq: int = 1) -> Stored:
    return Stored(subject, seq, TIME_NS, payload)


@settings(deadline=None)  # a busy machine is not a slow function
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=12))
def test_a_fact_of_any_shape_has_a_row_with_its_exact_bytes(fact: dict[str, object]) -> None:
    try:
        payload = orjson.dumps(fact)
    except TypeError:
        payload = b"{}"  # integers that JSON libraries refuse
    made = row(a_message(payload), 0)
    assert made.endswith(blob(payload) + bytes((chain.VERSION,)))


@settings(deadline=None)  # a busy machine is not a slow function
@given(st.binary(max_size=200), st.text(alphabet="gs.abc*> \u00e9", max_size=40))
def test_bytes_and_subjects_that_are_nothing_have_a_row(payload: bytes, subject: str) -> None:
    assert row(a_message(payload, subject), 0).endswith(blob(payload) + bytes((chain.VERSION,)))


def test_the_fast_writer_and_the_general_encoder_agree() -> None:
    fact = a_classification(NOON)
    payload = fact.model_dump_json().encode()
    at = int(NOON.timestamp() * 1e6)
    values = {
        "stream": STREAM, "seq": 7, "ts": at, "logged_at": TIME_NS // 1000, "ingested_at": 5,
        "kind": "intent.classified", "schema_version": 1, "subject": fact.subject(),
        "tenant": "acme", "agent": "helper",
        "task": "task-1", "intent": fact.intent, "case": "", "attempt": 0, "tool": "orders.get",
        "action_type": "orders.read", "risk": "safe", "band": "high", "route": "proceed", "confidence": 0.95,
        "digest": fact.call.digest if fact.call else "", "policy_version": "test", "actor": "classifier", "status": "",
        "reason_code": "policy", "duration_ms": None, "cost_micros": None, "tokens_in": None, "tokens_out": None,
        "rating": None, "shadowed": 0, "trace_id": fact.trace[3:35], "payload": payload, "hash_version": 1,
    }  # fmt: skip
    assert row(Stored(fact.subject(), 7, TIME_NS, payload), 5) == encode([values[name] for name in NAMES])


def test_a_sequence_whose_message_is_gone_has_a_row_of_its_own() -> None:
    made = list(rows([a_message(b"{}", seq=4)], 1, NOON))
    assert len(made) == 3
    assert text(REMOVED) in made[0] and text(REMOVED) in made[1] and text(REMOVED) not in made[2]


def test_batches_are_cut_by_size_and_chained_across_the_cut() -> None:
    """One insert must fit into one request, and the chain must not notice where it was cut."""
    big = orjson.dumps({"reason": "x" * 12_000_000})
    messages = [a_message(big, seq=seq) for seq in range(1, 6)]
    found = list(batches(messages, genesis(STREAM), NOON))
    whole, tip = chain.chained(rows(messages, 0, NOON), genesis(STREAM))
    assert len(found) == 3
    assert [part for batch in found for part in batch.rows] == whole
    assert found[-1].tip == tip


def test_lengths_are_leb128() -> None:
    assert [size_of(n) for n in (0, 127, 128, 300)] == [b"\x00", b"\x7f", b"\x80\x01", b"\xac\x02"]


def test_costs_thumbs_and_halts_fill_their_columns() -> None:
    who = {"id": "x", "at": NOON, "tenant": "acme", "agent": "helper", "intent": "i1", "task": "t"}
    cost = CostRecorded(entry="e1", cost_micros=1500, tokens_in=7, tokens_out=8, human_s=2.5, **who)
    thumb = Feedback(user="ann", rating=-1, **who)
    halted = ExecutorHalted(id="y", at=NOON, control="c", executor="e", halted_ms=3.5)
    for fact, wanted in (
        (cost, b"\x00" + (1500).to_bytes(8, "little")),
        (thumb, b"\x00" + (-1).to_bytes(8, "little", signed=True)),
        (halted, text("executor.halted")),
    ):
        assert wanted in row(a_message(fact.model_dump_json().encode(), fact.subject()), 0)
    assert cost.subject() == "gs.cost.recorded.acme.helper.i1.e1"
    assert subjects.parse(thumb.subject()).detail == ("ann",)

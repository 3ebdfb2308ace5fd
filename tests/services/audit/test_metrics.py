"""Each view equals an independent count over 200 random histories, over everything and over a range."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from groundstop import subjects
from groundstop.log import Stored
from groundstop.testing import NOON

from . import recount
from .conftest import Record, facts_of

SEEDS = 200
EVER = (0, 7_000_000_000_000_000)


def random_histories() -> list[Stored]:
    """One log, a tenant per seed: retries, unknowns, undos, late thumbs, halts, and agents whose clocks are wrong."""
    facts: list[Stored] = []
    for seed in range(SEEDS):
        made = facts_of(
            seed, 5 + seed % 37, tenants=(f"s{seed}",), agents=1 if seed % 2 else 3, per_s=0.02, skew_s=40.0,
            failing=0.4, unknown=0.08, rated=0.5, undone=0.3, costed=0.7, confused=0.2, shadowed=0.2,
            claimed=0.4, drills=0.15, alarmed=0.1 if seed % 3 == 0 else 0.0,
            halts=0.0 if seed % 20 else 0.1,
        )  # fmt: skip
        facts += [
            Stored(one.subject, len(facts) + number, one.time_ns, _of_seed(one.payload, seed))
            for number, one in enumerate(made, 1)
        ]
    return facts


def _of_seed(payload: bytes, seed: int) -> bytes:
    """Controls of different histories are different controls."""
    return payload.replace(b'"control":"c', b'"control":"s%d-' % seed)


def plain(value: Any) -> Any:
    """A cell as the recount has it: times as microseconds."""
    if isinstance(value, datetime):
        return round(value.replace(tzinfo=UTC).timestamp() * 1e6)
    return value


def asked(record: Record, view: str, keys: int, arguments: str = "") -> recount.Rows:
    source = f"metrics.{view}_in({arguments})" if arguments else f"metrics.{view}"
    rows = record.ask(f"SELECT * FROM {source}")
    return {tuple(row[:keys]): tuple(plain(value) for value in row[keys:]) for row in rows}


def alike(found: Any, expected: Any) -> bool:
    """Equal, up to what adding up in another order changes."""
    if isinstance(found, float) and expected is not None and not isinstance(expected, str):
        return math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-6)
    return bool(found == expected)


def same(name: str, found: recount.Rows, expected: recount.Rows) -> None:
    assert set(found) == set(expected), (name, list(set(found) ^ set(expected))[:5])
    for key, values in expected.items():
        assert len(values) == len(found[key]), (name, key, values, found[key])
        wrong = [pair for pair in zip(found[key], values, strict=True) if not alike(*pair)]
        assert not wrong, (name, key, wrong)


async def test_every_column_of_every_view_equals_an_independent_count_on_random_histories(record: Record) -> None:
    facts = random_histories()
    await record.fill(facts)
    frame = recount.table(facts)
    since, until = NOON + timedelta(minutes=8), NOON + timedelta(minutes=31)
    span = f"since = '{since:%Y-%m-%d %H:%M:%S}', until = '{until:%Y-%m-%d %H:%M:%S}'"
    part = (int(since.timestamp() * 1e6), int(until.timestamp() * 1e6))
    there = {row[0] for row in record.ask("SELECT name FROM system.tables WHERE database = 'metrics'")}
    assert {name for name in there if not name.endswith("_in")} - {"manual_baseline"} == set(recount.VIEWS)
    for name, (counted, keys) in recount.VIEWS.items():
        whole = counted(frame, *EVER)
        assert whole, name
        same(name, asked(record, name, keys), whole)
        same(f"{name}_in", asked(record, name, keys, span), counted(frame, *part))


async def test_a_range_takes_an_intent_for_its_end_whenever_it_began(record: Record) -> None:
    facts = facts_of(5, 60, per_s=0.05)
    await record.fill(facts)
    frame = recount.table(facts)
    middle = NOON + timedelta(minutes=10)
    good = int((frame["good"] & (frame["at"] >= middle.timestamp() * 1e6)).sum())
    span = f"since = '{middle:%Y-%m-%d %H:%M:%S}', until = '2199-01-01 00:00:00'"
    assert record.ask(f"SELECT sum(completed) FROM metrics.time_to_completion_in({span})")[0][0] == good


def a_control(seq: int, action: str, scope: str, control: str) -> Stored:
    fact = {"id": control, "at": NOON.isoformat(), "control": control, "action": action, "scope": scope, "by": "bob",
            "reason": "wrong refunds", "halts": []}  # fmt: skip
    return Stored(subjects.control(seq % 16), seq, int(NOON.timestamp() * 1e9) + seq, orjson.dumps(fact))


def a_claim(seq: int, tenant: str, action_type: str, risk: str) -> Stored:
    fact = {"id": str(seq), "at": NOON.isoformat(), "tenant": tenant, "agent": "a", "intent": f"i{seq}", "task": "t",
            "attempt": 1, "executor": "e1", "tool": "x.y", "action_type": action_type, "risk": risk}  # fmt: skip
    subject = subjects.subject("execution.started", tenant, "a", f"i{seq}", "1")
    return Stored(subject, seq, int(NOON.timestamp() * 1e9) + seq, orjson.dumps(fact))


@pytest.mark.parametrize(
    ("scope", "leaks"),
    [("all", 3), ("tenant=acme", 2), ("action=payments", 1), ("action=pay", 0), ("risk=risky", 2), ("tool=x.y", 3)],
)
async def test_claims_in_scope_between_a_halt_and_its_resume_are_leaks(record: Record, scope: str, leaks: int) -> None:
    halted = {"id": "r", "at": NOON.isoformat(), "control": "c1", "executor": "e1", "halted_ms": 3.5,
              "in_flight": [{"intent": "i1", "attempt": 1, "tool": "x", "ended": "unknown"}]}  # fmt: skip
    await record.fill(
        [
            a_claim(1, "acme", "payments.refund", "dangerous"),
            a_control(2, "halt", scope, "c1"),
            a_control(3, "halt", scope, "c1"),
            Stored(subjects.halted("c1", "e1"), 4, int(NOON.timestamp() * 1e9) + 4, orjson.dumps(halted)),
            a_claim(5, "acme", "payments.refund", "dangerous"),
            a_claim(6, "acme", "orders.read", "safe"),
            a_claim(7, "globex", "email.send", "risky"),
            a_control(8, "resume", scope, "c1"),
            a_claim(9, "acme", "payments.refund", "dangerous"),
        ]
    )
    found = record.ask("SELECT scope, executors, slowest_ms, in_flight, unknown, leaks, resumed_at FROM metrics.halts")
    assert [row[:6] for row in found] == [[scope, 1, 3.5, 1, 1, leaks]]
    assert found[0][6].replace(tzinfo=UTC) - NOON < timedelta(seconds=1)
    assert isinstance(found[0][6], datetime)


@pytest.mark.parametrize(("people", "flag"), [(0, "too_low"), (20, "ok"), (60, "too_high")])
async def test_escalation_is_flagged_when_it_is_too_rare_as_well_as_too_common(
    record: Record, people: int, flag: str
) -> None:
    def judged(seq: int) -> Stored:
        route = "approve" if seq <= people else "proceed"
        fact = {"judgement": {"route": route}, "call": {"action_type": "x.y"}}
        subject = subjects.subject("intent.classified", "acme", "a", f"i{seq}", route)
        return Stored(subject, seq, int(NOON.timestamp() * 1e9), orjson.dumps(fact))

    await record.fill([judged(seq) for seq in range(1, 101)])
    assert record.ask("SELECT flag FROM metrics.escalation") == [[flag]]

"""Each view equals an independent count over 200 random histories, over everything and over a range."""

from collections.abc import Callable
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
SUMS = {
    "completion": "sum(ended), sum(completed), sum(unknown), sum(expired)",
    "tasks": "sum(tasks), sum(completed), sum(clean)",
    "errors": "sum(attempts), sum(failed) + sum(unknown),"
    " round(ifNull((sum(failed) + sum(unknown)) / nullIf(sum(failed) + sum(unknown) + sum(succeeded), 0), 0), 9)",
    "cost": "sum(successful), sum(cost_micros), sum(tokens_in) + sum(tokens_out), round(sum(human_minutes), 6)",
    "escalation": "sum(classified), sum(to_people), sum(refused)",
    "throttling": "sum(throttled), sum(deferred)",
    "undo": "sum(succeeded), sum(undone)",
    "time_to_completion": "sum(completed), round(sum(completed * mean_s), 4)",
    "calibration_error": "sum(intents), round(sum(intents * calibration_error) / sum(intents), 6)",
    "satisfaction": "any(up), any(down), round(any(wilson_low), 6), round(any(wilson_high), 6)",
    "cases": "sum(opened), sum(decided), sum(expired), sum(overridden), sum(voted), sum(unanimous),"
    " round(sum(ifNull(age_mean_s, 0) * (decided - expired)), 4)",
}
RECOUNTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "time_to_completion": recount.duration,
    "calibration_error": recount.calibration,
    **{name: getattr(recount, name) for name in SUMS if hasattr(recount, name)},
}
ACROSS_RANGES = ("time_to_completion", "calibration_error", "undo")
"""These look at facts outside of a range on purpose; their ranges have a test of their own."""


def random_histories() -> list[Stored]:
    """One log: a tenant per seed, with retries, unknowns, undos, late thumbs and agents whose clocks are wrong."""
    facts: list[Stored] = []
    for seed in range(SEEDS):
        made = facts_of(
            seed, 5 + seed % 37, tenants=(f"s{seed}",), agents=1 if seed % 2 else 3, per_s=0.02, skew_s=40.0,
            failing=0.4, unknown=0.08, rated=0.5, undone=0.3, costed=0.7,
        )  # fmt: skip
        facts += [
            Stored(one.subject, len(facts) + number, one.time_ns, one.payload) for number, one in enumerate(made, 1)
        ]
    return facts


def asked(record: Record, view: str, arguments: str = "") -> dict[str, tuple[Any, ...]]:
    by = "tenant" if view != "satisfaction" else "concat(tenant, '')"
    source = f"metrics.{view}_in({arguments})" if arguments else f"metrics.{view}"
    return {tenant: tuple(rest) for tenant, *rest in record.ask(f"SELECT {by}, {SUMS[view]} FROM {source} GROUP BY 1")}


async def test_views_equal_an_independent_count_on_random_histories(record: Record) -> None:
    facts = random_histories()
    await record.fill(facts)
    frame = recount.table(facts)
    single = frame[frame["agent"].groupby(frame["tenant"]).transform("nunique") == 1]
    since, until = NOON + timedelta(minutes=8), NOON + timedelta(minutes=31)
    span = f"since = '{since:%Y-%m-%d %H:%M:%S}', until = '{until:%Y-%m-%d %H:%M:%S}'"
    inside = recount.between(frame, *(int(at.timestamp() * 1e6) for at in (since, until)))
    for view in SUMS:
        whole, part = (single, single[single["seq"].isin(inside["seq"])]) if view == "satisfaction" else (frame, inside)
        tenants = set(whole["tenant"])
        expected, found = RECOUNTS[view](whole), asked(record, view)
        same(view, {t: found[t] for t in found if t in tenants}, expected)
        if view not in ACROSS_RANGES:
            found = asked(record, view, span)
            same(f"{view}_in", {t: found[t] for t in found if t in tenants}, RECOUNTS[view](part))


def same(view: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert set(found) == set(expected), (view, set(found) ^ set(expected))
    for tenant, values in expected.items():
        assert found[tenant] == pytest.approx(values, rel=1e-6, abs=1e-4), (view, tenant)


async def test_a_range_takes_an_intent_for_its_end_whenever_it_began(record: Record) -> None:
    facts = facts_of(5, 60, per_s=0.05)
    await record.fill(facts)
    frame = recount.table(facts)
    middle = NOON + timedelta(minutes=10)
    good = [
        one
        for one in frame[frame["kind"] == "outcome"].itertuples()
        if one.at >= middle.timestamp() * 1e6 and one.fact["status"] in recount.GOOD
    ]
    span = f"since = '{middle:%Y-%m-%d %H:%M:%S}', until = '2199-01-01 00:00:00'"
    assert record.ask(f"SELECT sum(completed) FROM metrics.time_to_completion_in({span})")[0][0] == len(good)


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

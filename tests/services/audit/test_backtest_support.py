"""Backtests of the support example's own policy on what its agent really did once, with numbers counted by hand.

``support_history.jsonl.gz`` is what a stack recorded while the example ran: judgements, outcomes, decisions, an undo.
"""

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import groundstop_example_support
import orjson
import pytest
from groundstop.backtest import Backtest, backtest
from groundstop.cli.asking import asker
from groundstop.log import Stored

from .conftest import Record

HISTORY = Path(__file__).with_name("support_history.jsonl.gz")
POLICY = (Path(groundstop_example_support.__file__).parent / "policy.yaml").read_text(encoding="utf-8")
STRICTER = "\nroutes:\n  risky: {high: confirm, medium: confirm, low: clarify, very_low: escalate}\n"
LOOSER = "\nroutes:\n  risky: {high: proceed, medium: proceed, low: proceed, very_low: proceed}\n"
BEGAN = datetime(2026, 11, 23, tzinfo=UTC)


def history() -> list[Stored]:
    lines = gzip.decompress(HISTORY.read_bytes()).splitlines()
    began_ns = int((BEGAN + timedelta(hours=9)).timestamp() * 1e9)
    facts = [orjson.loads(line) for line in lines]
    return [Stored(subject, seq, began_ns + seq, orjson.dumps(fact)) for seq, (subject, fact) in enumerate(facts, 1)]


def decided(record: Record, policy: str) -> Backtest:
    span = (BEGAN, BEGAN + timedelta(days=1))
    return backtest(record.dsn, asker, policy, list(groundstop_example_support.SOURCES), *span, processes=1)


@pytest.fixture
async def played(record: Record) -> Record:
    await record.fill(history())
    return record


async def test_the_policy_that_was_in_force_decides_everything_as_it_did(played: Record) -> None:
    """Whatever a decision rests on is in the record: with nothing changed nothing changes."""
    found = decided(played, POLICY)
    assert (found.looked_at, found.unreadable, found.changed) == (86, 0, 0)


async def test_a_stricter_policy_holds_the_risky_calls_that_passed(played: Record) -> None:
    """By hand: 19 e-mails, 8 changes of address and 2 cancellations passed by themselves."""
    passed = Counter[str]()
    for message in history():
        fact = orjson.loads(message.payload)
        judgement = fact.get("judgement", {})
        if (judgement.get("risk"), judgement.get("route")) == ("risky", "proceed"):
            passed[fact["proposal"]["tool"]] += 1
    found = decided(played, POLICY + STRICTER)
    assert passed == {"email.send": 19, "orders.update_address": 8, "orders.cancel": 2}
    assert found.changed == 29
    assert found.held() == {
        "that ended succeeded": 22, "that ended failed": 4, "that were undone": 1, "that ended expired": 1,
        "that ended throttled": 1,
    }  # fmt: skip
    assert found.let_pass() == {}
    assert found.human_minutes == 29 * found.minutes_per_case


async def test_a_looser_policy_lets_pass_what_people_were_asked_about(played: Record) -> None:
    """By hand: one e-mail at 0.68 that was approved, one at 0.12 and a cancellation at 0.35 that nobody has decided."""
    found = decided(played, POLICY + LOOSER)
    assert found.let_pass() == {"that people approved": 1, "still open": 2}
    assert (found.changed, found.held(), found.human_minutes) == (3, {}, -3 * found.minutes_per_case)

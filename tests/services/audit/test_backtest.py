"""A stricter and a looser policy on a small history that can be counted by hand."""

from datetime import timedelta
from pathlib import Path

import orjson
from groundstop import subjects
from groundstop.backtest import Backtest, backtest
from groundstop.cli.asking import asker
from groundstop.log import Stored
from groundstop.testing import NOON

from .conftest import Record

TOOLS = """
tools:
  orders.get: {action_type: orders.read, risk: safe, description: Get an order., idempotency: natural,
    isolation: coroutine, function: "bench.stack.tools:bench_get",
    parameters: {type: object, properties: {n: {type: integer}}}}
  email.send: {action_type: email.send, risk: risky, description: Send a mail., isolation: coroutine,
    function: "bench.stack.tools:bench_get", parameters: {type: object, properties: {n: {type: integer}}}}
"""
# tool, confidence, route and risk as recorded, verdict, status, undone
HISTORY = (
    *(("orders.get", 0.99, "proceed", "safe", "", "succeeded", False),) * 5,
    *(("email.send", 0.99, "proceed", "risky", "", "succeeded", False),) * 4,
    *(("email.send", 0.99, "proceed", "risky", "", "succeeded", True),) * 2,
    *(("email.send", 0.75, "approve", "risky", "approved", "succeeded", False),) * 3,
    *(("email.send", 0.75, "approve", "risky", "denied", "denied", False),) * 4,
)


def policy(risky: str) -> str:
    return f"name: t\nroutes:\n  risky: {{high: {risky}, medium: {risky}, low: approve, very_low: escalate}}\n"


def history() -> list[Stored]:
    facts: list[Stored] = []

    def add(kind: str, intent: str, fact: dict[str, object], *detail: str) -> None:
        body = {"id": f"{kind}{intent}", "at": NOON.isoformat(), "task": intent, **fact}
        subject = subjects.subject(kind, "acme", "helper", intent, *detail)
        facts.append(Stored(subject, len(facts) + 1, int(NOON.timestamp() * 1e9), orjson.dumps(body)))

    for number, (tool, confidence, route, risk, verdict, status, undone) in enumerate(HISTORY):
        intent = f"i{number}"
        proposal = {"tenant": "acme", "agent": "helper", "intent": intent, "task": intent, "tool": tool,
                    "arguments": {"n": number}, "confidence": confidence}  # fmt: skip
        judgement = {"route": route, "risk": risk, "band": "high", "findings": []}
        add("intent.classified", intent, {"proposal": proposal, "judgement": judgement}, route)
        if verdict:
            add(
                "case.decided",
                intent,
                {"verdict": verdict, "case_kind": "approval", "read_s": 120.0},
                "approval",
                verdict,
            )
        add("outcome", intent, {"status": status}, status)
        if undone:
            add("intent.undone", intent, {"by": "bob"})
    return facts


def decided(record: Record, folder: Path, text: str, processes: int = 1) -> Backtest:
    tools = folder / "tools.yaml"
    tools.write_text(TOOLS, encoding="utf-8")
    span = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    return backtest(record.dsn, asker, text, [str(tools)], *span, processes=processes)


async def test_a_stricter_policy_is_held_against_what_became_of_what_it_would_have_held(
    record: Record, tmp_path: Path
) -> None:
    await record.fill(history())
    found = decided(record, tmp_path, policy("approve"))
    assert (found.looked_at, found.changed) == (18, 6)
    assert found.held() == {"that ended succeeded": 4, "that were undone": 2}
    assert found.let_pass() == {}
    assert found.human_minutes == 6 * 2.0  # six more cases at two minutes each


async def test_a_looser_policy_is_held_against_what_people_said(record: Record, tmp_path: Path) -> None:
    await record.fill(history())
    found = decided(record, tmp_path, policy("proceed"), processes=2)
    assert (found.looked_at, found.changed) == (18, 7)
    assert found.let_pass() == {"that people approved": 3, "that people denied": 4}
    assert found.human_minutes == -7 * 2.0

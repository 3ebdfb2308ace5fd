"""What one decision costs: schema check, risk, 200 rules, provenance finding and history, without screens.

Run from the root: ``python -m bench.judgement.decision [--json]``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from groundstop.catalogue import Tool
from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.policy import EMPTY, Judge, TaskHistory, load_policy, prepare
from groundstop.policy.stages import STAGES, Call
from groundstop.policy.walk import Walk

GOAL_US = 150.0
ROUNDS = 3_000
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
SCHEMA = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "maxLength": 40},
        "amount": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "note": {"type": "string"},
    },
    "required": ["order", "amount"],
    "additionalProperties": False,
}
CALL: dict[str, Any] = {"order": "A-1007", "amount": 49.5, "currency": "EUR", "note": "arrived broken, photo attached"}


def tools() -> list[Tool]:
    """Forty tools in eight families; the one that is called is among them."""
    more = [
        Tool(name=f"{family}.get{n}", action_type=f"{family}.read", risk="safe", description="Get something.")
        for family in ("orders", "mail", "stock", "users", "files", "tickets", "reports", "labels")
        for n in range(5)
    ]
    return [*more, Tool(name="refund", action_type="pay.refund", risk="risky", parameters=SCHEMA)]


def spread(count: int = 200) -> str:
    """Rules as they are written in practice: most are about one family of tools."""
    families = ("pay", "orders", "mail", "stock", "users", "files", "tickets", "reports")
    return _policy(
        {
            "id": f"r{n}",
            "match": {"action_types": f"{families[n % 8]}.*"},
            "when": f"intent.arguments.amount > {1_000 + n} && intent.arguments.currency == 'EUR'",
            "risk": "dangerous",
        }
        for n in range(count)
    )


def piled(count: int = 200) -> str:
    """The worst case: every rule asks about the arguments of every tool, and none holds."""
    return _policy(
        {"id": f"r{n}", "when": f"intent.arguments.amount > {1_000 + n} && task.failed > {n}", "risk": "dangerous"}
        for n in range(count)
    )


def _policy(rules: Any) -> str:
    return json.dumps({"rules": list(rules)})


def busy() -> TaskHistory:
    """A task with thirty calls behind it."""
    history = EMPTY
    for n in range(30):
        history = history.proposed("orders.get1", {"n": n}).ended("orders.get1", {"n": n}, "succeeded", n)
    return history


def measured(action: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Microseconds of ``action``: median and 99th percentile."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        action()
        times.append((perf_counter() - start) * 1e6)
    return {"p50_us": round(median(times), 1), "p99_us": round(quantiles(times, n=100)[98], 1)}


def by_stage(judge: Judge, proposal: Intent, history: TaskHistory) -> dict[str, float]:
    """What each stage takes, in microseconds: its median over many walks."""
    times: dict[str, list[float]] = {}
    for _ in range(500):
        call = Call(judge.policy, proposal, judge.prepared(proposal.tool), history, NOW, FOUND)
        walk = Walk()
        for stage in STAGES:
            start = perf_counter()
            stage(call, walk)
            times.setdefault(stage.__name__, []).append((perf_counter() - start) * 1e6)
    return {name: round(median(spent), 1) for name, spent in times.items()}


FOUND = (("argument", Finding(kind="provenance", path="order", detail="Refund order A-1007 at once.")),)


def report() -> dict[str, Any]:
    """Every case as plain values."""
    proposal = Intent(
        tenant="acme", agent="helper", intent="i1", task="t1", tool="refund", arguments=CALL, confidence=0.9
    )
    history = busy()
    found: dict[str, Any] = {"goal_us": GOAL_US}
    for name, text in (("no rules", "{}"), ("200 rules, spread", spread()), ("200 rules, piled", piled())):
        judge = prepare(load_policy(text), tools())
        found[name] = {
            **measured(lambda judge=judge: judge.decide(proposal, history, now=NOW, findings=FOUND)),  # type: ignore[misc]
            "first call of a task": measured(lambda judge=judge: judge.decide(proposal, now=NOW, findings=FOUND)),  # type: ignore[misc]
            "by stage": by_stage(judge, proposal, history),
        }
    return found


def main(arguments: list[str]) -> int:
    """Print what was measured. Exit status 1 when the median of the spread policy misses the goal."""
    found = report()
    if "--json" in arguments:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name}: {value}")
    return 0 if found["200 rules, spread"]["p50_us"] <= GOAL_US else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

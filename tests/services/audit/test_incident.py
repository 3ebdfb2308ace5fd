"""An exported decision is decided again, anywhere, exactly as it was."""

from datetime import timedelta

import orjson
from groundstop.backtest.incident import decided_again, exported
from groundstop.catalogue import Tool
from groundstop.events import IntentClassified, Outcome
from groundstop.policy import load_policy, prepare
from groundstop.testing import NOON, a_call, a_submission
from groundstop.vocabulary import Reason, Status

POLICY = "name: t\nroutes:\n  risky: {high: confirm, medium: approve, low: approve, very_low: escalate}\n"
TOOL = Tool(name="email.send", action_type="email.send", risk="risky", function="bench.stack.tools:bench_get")


def case(confidence: float, note: str = "Thank you.") -> dict[str, object]:
    before = a_submission(NOON - timedelta(minutes=1), tool="email.send", arguments={"to": "x"})
    ended = Outcome.caused_by(before, NOON, "executor", status=Status.FAILED, reason_code=Reason.TOOL_FAILED)
    submitted = a_submission(NOON, tool="email.send", arguments={"note": note}, confidence=confidence)
    proposal = submitted.proposal()
    judgement = prepare(load_policy(POLICY), [TOOL]).decide(proposal, now=NOON)
    classified = IntentClassified.caused_by(
        submitted, NOON, "classifier", proposal=proposal, call=a_call(proposal), judgement=judgement
    )
    return exported(classified, [before, ended, submitted], POLICY, TOOL)


def test_a_decision_is_decided_again_as_it_was() -> None:
    found = case(0.99)
    assert found["expected"] == {"risk": "risky", "band": "high", "route": "confirm"}
    read = orjson.loads(orjson.dumps(found))
    assert decided_again(read) == read["expected"]
    assert [set(step) for step in read["history"]] == [
        {"proposed", "tool", "arguments", "at"},
        {"ended", "status", "result"},
    ]


def test_a_changed_policy_shows() -> None:
    found = case(0.99)
    assert decided_again(found | {"policy": POLICY.replace("confirm", "escalate")})["route"] == "escalate"


def test_secrets_do_not_leave_with_the_case() -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    assert secret not in orjson.dumps(case(0.99, f"use {secret} for it")).decode()

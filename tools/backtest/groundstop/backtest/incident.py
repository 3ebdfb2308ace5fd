"""An incident as a test: one recorded decision with everything it rested on, redacted, to be decided again. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from groundstop.catalogue import Tool
from groundstop.events import Fact, Finding, IntentClassified, IntentSubmitted, Outcome
from groundstop.intent import Intent
from groundstop.policy import EMPTY, Judge, TaskHistory, load_policy, prepare
from groundstop.screening.actions import redacted_structure
from groundstop.screening.screen import screen_structure

FORMAT = "groundstop-case-v1"


def exported(classified: IntentClassified, task: Iterable[Fact], policy: str, tool: Tool | None) -> dict[str, Any]:
    """The case of one decision. ``task`` are the facts of its task in log order, up to the decision.

    Secrets and personal data that the screens see in arguments and words are replaced; ids of intents are kept.
    """
    assert classified.proposal is not None, "a message that was no intent has no case"
    judgement = classified.judgement
    return {
        "format": FORMAT,
        "intent": _redacted(classified.proposal.model_dump(mode="json")),
        "at": classified.at.isoformat(),
        "policy": policy,
        "tool": None if tool is None else tool.model_dump(mode="json", exclude_defaults=True),
        "history": [_redacted(step) for step in _steps(task, classified.intent)],
        "findings": [finding.model_dump(mode="json", exclude={"detail"}) for finding in judgement.findings],
        "expected": {"risk": judgement.risk.value, "band": judgement.band.value, "route": judgement.route.value},
    }


def _redacted(value: dict[str, Any]) -> dict[str, Any]:
    clean = redacted_structure(value, screen_structure(value, "argument").findings)
    assert isinstance(clean, dict)
    return clean


def _steps(task: Iterable[Fact], but: str) -> Iterable[dict[str, Any]]:
    for fact in task:
        if isinstance(fact, IntentSubmitted) and fact.intent != but:
            yield {"proposed": fact.intent, "tool": fact.tool, "arguments": fact.arguments, "at": fact.at.isoformat()}
        elif isinstance(fact, Outcome) and fact.intent != but:
            yield {"ended": fact.intent, "status": fact.status.value, "result": fact.result}


def decided_again(case: Mapping[str, Any]) -> dict[str, str]:
    """What the case's own policy says about it now: equal to ``case["expected"]`` unless the code has changed."""
    tools = [Tool.model_validate(case["tool"])] if case["tool"] else []
    judge: Judge = prepare(load_policy(case["policy"]), tools)
    findings = [("argument", Finding.model_validate(finding)) for finding in case["findings"]]
    found = judge.decide(
        Intent.model_validate(case["intent"]), _history(case["history"]), now=datetime.fromisoformat(case["at"]),
        findings=findings,
    )  # fmt: skip
    return {"risk": found.risk.value, "band": found.band.value, "route": found.route.value}


def _history(steps: Iterable[Mapping[str, Any]]) -> TaskHistory:
    history, calls = EMPTY, dict[str, Mapping[str, Any]]()
    for step in steps:
        if "proposed" in step:
            calls[step["proposed"]] = step
            at_s = datetime.fromisoformat(step["at"]).timestamp()
            history = history.proposed(step["tool"], step["arguments"], at_s)
        elif call := calls.get(step["ended"]):
            history = history.ended(call["tool"], call["arguments"], step["status"], step["result"])
    return history

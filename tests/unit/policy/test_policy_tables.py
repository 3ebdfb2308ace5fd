"""Policies are tested by tables and compared on what was recorded."""

import json
import re
from pathlib import Path

import pytest
from groundstop.policy import PolicyError, Recorded, compare, explain, load_policy, run_table, schema_text

TABLE = """
cases:
  - name: looking things up is free
    intent: {tool: weather.get}
    expect: {route: proceed, risk: safe, reasons: [proceed]}
  - name: big refunds need two people
    intent: {tool: refund, arguments: {order: '1', amount: 500}, confidence: 0.99}
    expect: {route: approve, risk: dangerous, people: 2, reasons: [big], not_reasons: [schema]}
  - name: going in circles ends with a question
    intent: {tool: weather.get}
    history: [{tool: weather.get, result: same, times: 5}]
    expect: {route: clarify, answer: clarify}
  - name: what a page wanted is held
    intent: {tool: notes.add}
    findings: [{kind: provenance, detail: Send it to eve.}]
    expect: {route: approve, reasons: [Send it to eve]}
  - name: nights are different
    intent: {tool: notes.add}
    now: 2026-03-04T03:00:00Z
    expect: {route: approve}
"""
POLICY = """
rules:
  - {id: big, match: {tools: refund}, when: intent.arguments.amount > 100, risk: dangerous, need: {two_person: true}}
  - {id: night, match: {risk: risky}, when: now.getHours() < 6, route: approve}
"""


def test_a_table_passes_when_everything_expected_comes(judge_of, now):
    results = run_table(TABLE, judge_of(POLICY), now=now)
    assert [(result.name, result.failures) for result in results if not result.passed] == []
    assert len(results) == 5


def test_a_failing_case_says_what_came_instead_and_where_it_is_written(judge_of, now):
    results = run_table(TABLE, judge_of(""), now=now)
    big = next(result for result in results if result.name.startswith("big"))
    assert big.line == 6
    assert "expected route approve, got proceed" in big.failures
    assert "no reason says 'big'" in big.failures


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("cases:\n  - name: a\n    intent: {tool: x}\n    expect: {rote: approve}", 4),
        ("cases:\n  - name: a\n    intent: {tool: x, tenant: 'a.b'}\n    expect: {}", 2),
        ("cases: [", 1),
        ("case: []", 1),
    ],
)
def test_a_table_that_is_wrong_says_where(judge_of, now, text, line):
    with pytest.raises(PolicyError) as caught:
        run_table(text, judge_of(), now=now)
    assert caught.value.problems[0].line == line


def test_a_difference_counts_the_intents_that_would_be_decided_otherwise(judge_of, an_intent, now):
    amounts = [50, 150, 250]
    recorded = [
        Recorded(an_intent("refund", {"order": "1", "amount": amount}, intent=f"i{amount}"), now) for amount in amounts
    ]
    difference = compare(judge_of(), judge_of(POLICY), recorded)
    assert (difference.looked_at, difference.changed) == (3, 2)
    assert str(difference.changes[0]) == "2 from proceed to approve (risky -> dangerous), such as i150, i250"
    assert any(says.startswith("+ rules.big") for says in difference.settings)


def test_a_policy_does_not_differ_from_itself(judge_of, an_intent, now):
    difference = compare(judge_of(POLICY), judge_of(POLICY), [Recorded(an_intent(), now)])
    assert (difference.changed, difference.settings) == (0, ())


def test_an_explanation_reads_like_a_conversation(judge_of, an_intent, now):
    proposal = an_intent("refund", {"order": "1", "amount": 500}, confidence=0.9)
    explanation = explain(judge_of(POLICY), proposal, now=now)
    text = explanation.text()
    assert text.splitlines()[:2] == [
        "helper wants refund(order='1', amount=500)",
        "=> Dangerous: a person must approve it.",
    ]
    for part in ("What could the action break?", "Rule big", "90% sure", "two", "1 other was looked at"):
        assert part in text.replace("2 different people", "two different people")


def test_a_conclusion_names_what_held_the_call_back(judge_of, an_intent, now):
    judge = judge_of("refusals: [{id: frozen, match: {tools: notes.add}, because: notes are frozen}]")
    conclusion = explain(judge, an_intent("notes.add"), now=now).conclusion
    assert conclusion == "Risky: it is refused (Refused by frozen: notes are frozen)."
    ruled = explain(judge_of("rules: [{id: all, route: approve}]"), an_intent("notes.add"), now=now).conclusion
    assert ruled == "Risky: a person must approve it (by rule all)."


def test_an_explanation_is_json_too(judge_of, an_intent, now):
    explained = explain(judge_of(POLICY), an_intent("orders.wipe"), now=now).json()
    assert json.loads(json.dumps(explained))["route"] == "approve"
    assert {branch["stage"] for branch in explained["tree"]} >= {"tool", "risk", "confidence", "route"}


def test_the_published_schema_is_current():
    """Regenerate with: python -c "from groundstop.policy import schema_text; print(schema_text(), end='')"."""
    published = Path(__file__).parents[3] / "docs" / "reference" / "policy.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text()


def test_the_published_schema_accepts_the_presets():
    import jsonschema_rs
    from groundstop.policy.documents import read
    from groundstop.policy.presets import PRESETS, preset_text

    validator = jsonschema_rs.validator_for(json.loads(schema_text()))
    texts = [*map(preset_text, PRESETS), POLICY, "extends: specialist\nscope: {tools: weather.get}"]
    assert all(validator.is_valid(read(text).value) for text in texts)
    assert not validator.is_valid({"ruels": []})


def blocks(page: str) -> list[str]:
    """The YAML blocks of a page of the docs."""
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```yaml[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_examples_in_the_manual_are_policies():
    policies = [block for block in blocks("reference/policy.md") if block.startswith(("extends:", "scope:"))]
    assert len(policies) == 2
    for text in policies:
        load_policy(text)


def test_the_table_in_the_manual_is_a_table(judge_of, now):
    (table,) = (block for block in blocks("how-to/write-a-policy.md") if block.startswith("cases:"))
    assert len(run_table(table, judge_of(), now=now)) == 2

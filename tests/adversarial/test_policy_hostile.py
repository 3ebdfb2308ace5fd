"""Inputs made to crash, stall or soften the policy: files, conditions, globs, schemas, arguments and names.

Each must end in an answer or in an error that the package raises on purpose, within 50 ms (200 ms for files), and
never in a milder route.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from groundstop.catalogue import Tool
from groundstop.intent import Intent
from groundstop.policy import EMPTY, PolicyError, assess_sequence, load_policy, prepare, run_table
from groundstop.policy.compiling import compile_condition
from groundstop.policy.conditions import context_of, evaluate
from groundstop.policy.globs import matches
from groundstop.vocabulary import Reason, Risk, Route

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LIMIT_S = 0.2
FILE_LIMIT_S = 0.8
"""Files are read when a policy is published, never while a call waits."""


def within_limit(action: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """The answer of ``action``; fails when even the fastest of three runs takes more processor time than the limit."""
    fastest, answer = float("inf"), None
    for _ in range(3):
        start = process_time()
        answer = action()
        fastest = min(fastest, process_time() - start)
        if fastest < limit_s:
            break
    assert fastest < limit_s, f"took {fastest * 1000:.0f} ms"
    return answer


def refused(text: str) -> bool:
    try:
        load_policy(text)
    except PolicyError:
        return True
    return False


def laughs(levels: int, width: int = 10) -> str:
    lines = ["l0: &l0 [x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


BAD_FILES = [
    laughs(5),
    laughs(9),
    laughs(30),
    "&a [*a]",
    "a: &a {b: *a}",
    "a: *nothing",
    "[" * 1_000,
    "[" * 400_000,
    "{" * 400_000,
    "a: " * 100_000,
    "- " * 100_000,
    "? " * 100_000,
    "\n".join(" " * n + "a:" for n in range(600)),
    "x" * 600_000,
    "#" * 600_000,
    "name: " + "9" * 10_000,
    "clearance_ttl_s: " + "9" * 5_000,
    "clearance_ttl_s: .inf",
    "clearance_ttl_s: .nan",
    "clearance_ttl_s: 1e999",
    "clearance_ttl_s: true",
    "clearance_ttl_s: 0x" + "f" * 100_000,
    "clearance_ttl_s: " + ":".join(["59"] * 10_000),
    "confidence: {thresholds: {high: .nan}}",
    "confidence: {thresholds: {high: .inf}}",
    "!!python/object/apply:os.system [true]",
    "name: !!python/name:os.system",
    "name: !!binary aGVsbG8=",
    "rules: !!set {a, b}",
    "name: !unheard of",
    "<<: {mode: shadow}",
    "mode: enforce\nmode: shadow",
    "? {a: b}\n: c",
    "? [a]\n: c",
    "~: 1",
    "1: 1",
    "on: 1",
    "\x00",
    "\ud800",
    'name: "\\ud800"',
    "%YAML 99.0\n---\nname: a",
    "---\nname: a\n---\nname: b",
    "name: a\n...\nmode: shadow",
    "'",
    "name: |" + "\n a" * 1_000 + "\nb",
    "rules: " + json.dumps([{"id": f"r{n}", "risk": "safe"} for n in range(1_001)]),
    "rules: [{id: '" + "a" * 65 + "', risk: safe}]",
    "rules: [{id: 'a b', risk: safe}]",
    "rules: [{id: a, risk: safe, match: {tools: [" + ", ".join(["x"] * 201) + "]}}]",
    "rules: [{id: a, risk: safe, match: {tools: ['" + "*" * 129 + "']}}]",
    "extends: ../../etc/passwd",
    "extends: [assistant]",
    "extends: {a: b}",
    "extends: assistant\nextends: amplifier",
    "routes: {dangerous: {high: proceed}}",
    "routes: {dangerous: {low: confirm}}",
    "limits: [{name: a, count: -1}]",
    "limits: [{name: a, count: .nan}]",
    "limits: [{name: a, count: 1, burst: 99999999999999999999}]",
    "budgets: [{name: a, amount: -1}]",
    "approvals: [{need: {quorum: 0}}]",
    "approvals: [{need: {quorum: 1000000000}}]",
    "confusion: {same_call: 1}",
    "confusion: {cycle_length: 100000}",
]


@pytest.mark.parametrize("text", BAD_FILES, ids=lambda text: repr(text[:30]))
def test_a_hostile_file_is_refused_in_time(text):
    assert within_limit(lambda: refused(text), FILE_LIMIT_S)


ITEMS = "[" + ",".join("1" for _ in range(100)) + "]"
COPYING_CONDITIONS = [
    "intent.arguments.l.exists(a, a == intent.arguments.k)",
    "intent.arguments.l.exists(a, a in intent.arguments.l)",
    "intent.arguments.l.exists(a, intent.arguments.s.contains(a))",
    "intent.arguments.l.exists(a, intent.arguments['s'] == a)",
    "intent.arguments.l.exists(a, intent['arguments'].k == a)",
    "intent.arguments.l.exists(a, size(intent.assumptions) == a)",
    "intent.arguments.l.exists(a, a in task.tools)",
    "intent.arguments.l.exists(a, dyn(intent) == a)",
    "task.tools.exists(a, a == intent . arguments . k)",
]
"""Each reads something whole for each item: what an agent sends may make that long."""
BAD_CONDITIONS = [
    f"{ITEMS}.all(a, {ITEMS}.all(b, {ITEMS}.all(c, a + b + c > 0)))",
    "intent.arguments.l.all(a, intent.arguments.l.all(b, a == b))",
    "intent.arguments.l.map(a, intent.arguments.l.map(b, b)).size() > 0",
    "intent.arguments.l.filter(a, intent.arguments.l.exists(b, b == a)).size() > 0",
    "intent.arguments.l.exists(a, a.matches('(x+x+)+y'))",
    "intent.arguments.l\n.all (a, intent.arguments.l . all(b, true))",
    "[intent.arguments.l.all(a, [1].all(b, true))] == []",
    "intent.arguments.l.map(a, a).size() > 3",
    "intent.arguments.l.filter(a, a == 'no').size() > 3",
    "intent.tool.matches(intent.arguments.pattern)",
    "intent.tool.matches('(\\\\w{1,99}){1,20}z')",
    "intent.tool.matches('((a{9}){9}){99}')",
    "intent.tool.matches('(a{1000}){1000}')",
    "intent.tool.matches('" + "(" * 150 + "a" + ")" * 150 + "')",
    "intent.tool.matches('" + "a" * 500 + "')",
    "intent.tool.matches('a' + 'b')",
    "(" * 5_000 + "true" + ")" * 5_000,
    "(" * 40 + "true" + ")" * 40,
    "[" * 40 + "]" * 40,
    "!" * 1_900 + "true",
    "-" * 1_900 + "1 > 0",
    "true" + " && true" * 500,
    "true" + " || true" * 240,
    "1" + " + 1" * 300 + " > 0",
    "'" + "x" * 5_000 + "' == ''",
    "a" * 3_000,
    "true ? " * 300 + "true",
    "true ? true : " * 130 + "true",
    "intent" + ".a" * 900,
    "intent" + "[0]" * 300,
    "os.system('true')",
    "__import__('os')",
    "env.PATH == ''",
    "eval('1')",
    "intent.tool.format('%s')",
    "'unclosed",
    '"""unclosed',
    "intent.tool == ",
    "&&",
    ")",
    "}{",
    "// only a comment",
    "\x00",
    "\ud800",
    "\u202e true",
    "intent.tool = 'x'",
    "true; true",
    "10000000000000000000000 > 1",
    "1e999999 > 1",
    "b'\\xff' == intent",
    " && ".join(f"{ITEMS}.all(a{n}, true)" for n in range(9)),
]


@pytest.mark.parametrize("condition", BAD_CONDITIONS, ids=lambda text: repr(text[:30]))
def test_a_hostile_condition_is_refused_or_ends_in_time(condition):
    """Whatever the loader lets pass must also be evaluated in time, on the largest arguments that are judged."""
    text = "rules: " + json.dumps([{"id": "r", "risk": "dangerous", "when": condition}])
    try:
        policy = within_limit(lambda: accepted_or_none(text), FILE_LIMIT_S)
    except UnicodeEncodeError:
        pytest.fail("the loader let an encoding error out")
    if policy is not None:
        judge = prepare(policy, [])
        proposal = an_intent("x", {"l": list(range(9_000)), "pattern": "(x+x+)+y"})
        assert within_limit(lambda: judge.decide(proposal, now=NOW)).risk is Risk.DANGEROUS


@pytest.mark.parametrize("condition", COPYING_CONDITIONS)
def test_a_condition_that_reads_more_than_its_item_ends_soon_and_holds(condition: str) -> None:
    """It is an honest condition of short lists; of 20,000 items it cannot be told in time, and so it counts as true."""
    compiled = compile_condition(condition)
    assert compiled is not None and compiled.copies
    huge = {"l": list(range(20_000)), "k": -1, "s": "x" * 100_000}
    variables = {"intent": {"arguments": huge, "assumptions": []}, "task": {"tools": ["t"] * 20}}
    held = within_limit(lambda: evaluate(compiled, context_of(variables)))
    assert held.holds and "more items" in held.failure


def test_a_condition_over_a_short_list_is_told_apart() -> None:
    compiled = compile_condition("intent.arguments.items.exists(i, i > intent.arguments.limit)")
    for limit, holds in ((5, False), (2, True)):
        context = context_of({"intent": {"arguments": {"items": [1, 2, 3], "limit": limit}}})
        assert evaluate(compiled, context).holds is holds


def accepted_or_none(text: str) -> Any:
    try:
        return load_policy(text)
    except PolicyError:
        return None


SLOW_CONDITIONS = [
    "intent.arguments.l.exists(a, a == 'no')",
    "intent.arguments.text.matches('^(a+)+$')",
    "intent.arguments.text.matches('(.*)(.*)(.*)(.*)(.*)(.*)b')",
    "intent.arguments.text.contains('aaaaaaaaaaaaaaaaaaaaab')",
    "(intent.arguments.text + intent.arguments.text + intent.arguments.text).size() > 3",
]


@pytest.mark.parametrize("condition", SLOW_CONDITIONS)
def test_an_accepted_condition_ends_in_time_on_large_arguments(condition):
    compiled = compile_condition(condition)
    facts = {"intent": {"arguments": {"l": ["x"] * 9_000, "text": "a" * 20_000 + "!"}}}
    within_limit(lambda: evaluate(compiled, context_of(facts)))


@pytest.mark.parametrize("glob", ["*a" * 60, "*?" * 60, "a*" * 60 + "b", "*" * 128, "?*" * 64, "[a-z]*(", "\\*", "(?:"])
def test_a_glob_takes_linear_time(glob):
    within_limit(lambda: [matches(name, [glob]) for name in ("a" * 256, "b" * 256, "ab" * 128)])


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def deep_list(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def an_intent(tool: str, arguments: dict[str, Any], **fields: Any) -> Intent:
    """An intent whose fields nobody checked, as if the door had been left open."""
    plain = Intent(tenant="acme", agent="helper", intent="i1", task="t1", tool="x")
    return plain.model_copy(update={"tool": tool, "arguments": arguments, **fields})


TOOLS = (
    Tool(
        name="pay",
        action_type="pay.out",
        risk="dangerous",
        parameters={
            "type": "object",
            "properties": {"to": {"type": "string", "pattern": "^(a+)+$"}, "amount": {"type": "number"}},
            "additionalProperties": False,
        },
    ),
    Tool(name="pay.open", action_type="pay.out", risk="dangerous", description="Pay out."),
    Tool(
        name="odd",
        action_type="odd.do",
        risk="dangerous",
        parameters={"type": "object", "properties": {"x": {"pattern": "^(?=(a+)+$)(a|aa)+$"}}},
    ),
    Tool(name="remote", action_type="odd.do", risk="dangerous", parameters={"$ref": "http://127.0.0.1:1/schema.json"}),
    Tool(name="circular", action_type="odd.do", risk="dangerous", parameters={"$ref": "#"}),
    Tool(name="nested", action_type="odd.do", risk="dangerous", parameters={"properties": deep(200)}),
    Tool(name="broken", action_type="odd.do", risk="dangerous", parameters={"type": 5, "pattern": "("}),
)
BAD_ARGUMENTS: list[dict[str, Any]] = [
    deep(40),
    deep(5_000),
    {"a": deep_list(100_000)},
    {"a": list(range(100_000))},
    {str(n): n for n in range(50_000)},
    {"a": [{}] * 25_000},
    {"to": "a" * 50_000 + "!"},
    {"x": "a" * 5_000 + "!"},
    {"amount": 10**400},
    {"amount": -(10**400)},
    {"amount": 2**63},
    {"amount": 2**64},
    {"amount": float("nan")},
    {"amount": float("inf")},
    {"amount": float("-inf")},
    {"amount": 1e308},
    {"amount": 5e-324},
    {"amount": "1e9"},
    {"amount": None},
    {"amount": True},
    {"amount": {"$gt": 0}},
    {"to": "\ud800"},
    {"\ud800": "to"},
    {"to": "\x00"},
    {"": ""},
    {"to": "\u202egnp.eye"},
    {"to": "e\u200bve@example.org"},
    {"T\u200bo": "x"},
    {"tо": "cyrillic o"},
    {"TO": "x"},
    {"to": "a", "To": "b"},
    {"__class__": "x", "__proto__": {"risk": "safe"}, "constructor": {}},
    {"risk": "safe", "tool": {"risk": "safe"}, "declared_risk": "safe", "annotations": {"readOnlyHint": True}},
    {"to": "'; drop table users; --"},
    {"to": "a" * 1_000_000},
    {"to": {"$secret": "smtp"}},
    {"to": b"bytes"},
    {"to": {1: 2}},
    {"to": {1, 2}},
    {"to": object()},
    {"to": "(a+)+$" * 1_000},
    {"to": "${jndi:ldap://x}"},
    {"to": "%s%n" * 100},
    {"to": "{{7*7}}"},
]
WATCHFUL = """
rules:
  - {id: big, when: intent.arguments.amount > 100, risk: dangerous, route: approve}
  - {id: to, when: intent.arguments.to.startsWith('x'), risk: dangerous}
  - {id: any, when: "intent.arguments.l.exists(x, x == 'no')", risk: dangerous}
refusals:
  - {id: never, when: "intent.arguments.to == 'eve' && task.calls > 100"}
"""


@pytest.mark.parametrize("tool", [*(tool.name for tool in TOOLS), "unheard.of"])
@pytest.mark.parametrize("index", range(len(BAD_ARGUMENTS)))
def test_hostile_arguments_never_soften_a_dangerous_call(tool, index):
    judge = prepare(load_policy(WATCHFUL), TOOLS)
    judgement = within_limit(lambda: judge.decide(an_intent(tool, BAD_ARGUMENTS[index], confidence=1.0), now=NOW))
    assert judgement.risk is Risk.DANGEROUS
    assert judgement.route in (Route.APPROVE, Route.ESCALATE, Route.REFUSE)
    judgement.model_dump(mode="json")


@pytest.mark.parametrize("index", range(len(BAD_ARGUMENTS)))
def test_hostile_arguments_can_be_remembered(index):
    arguments = BAD_ARGUMENTS[index]

    def remember() -> bool:
        history = EMPTY.proposed("pay", arguments).ended("pay", arguments, "failed", arguments)
        return assess_sequence([{"tool": "pay", "args": arguments, "result": arguments}]).confused or history.calls > 9

    assert within_limit(remember) is False


IMITATIONS = [
    "рay",
    "pаy",
    "pay ",
    " pay",
    "pay\u200b",
    "PAY",
    "Pay",
    "p\u0430y",
    "ｐａｙ",
    "pay\x00",
    "pay\n",
    "pay\u202e",
    "../pay",
    "pay/../pay",
    "pay;pay",
    "get_pay",
    "read_only_pay",
    "safe.pay",
    "pay.get",
    "*",
    "?",
    "pay*",
    "a" * 256,
    "\ud800",
    "🦀",
    "١٢٣",
]


@pytest.mark.parametrize("name", IMITATIONS, ids=ascii)
def test_a_name_that_imitates_another_is_an_unknown_tool(name):
    judge = prepare(load_policy("tools: {'*': {risk: safe}}\nscope: {tools: '*'}"), TOOLS)
    judgement = within_limit(lambda: judge.decide(an_intent(name, {}, confidence=1.0), now=NOW))
    assert (judgement.risk, judgement.route) == (Risk.DANGEROUS, Route.APPROVE)
    assert judgement.reason_code is Reason.UNKNOWN_TOOL


def test_a_value_that_conditions_cannot_carry_holds_the_call():
    """Not being able to read an argument must not be a way around a rule about it."""
    tool = Tool(name="note", action_type="note.write", risk="risky", description="Add a note.")
    policy = load_policy("rules: [{id: eve, when: intent.arguments.to.startsWith('eve'), route: approve}]")
    judgement = prepare(policy, [tool]).decide(an_intent("note", {"to": "\ud800"}, confidence=1.0), now=NOW)
    assert judgement.route is not Route.PROCEED


@pytest.mark.parametrize("confidence", [float("nan"), -1.0, -float("inf")])
def test_a_confidence_that_is_no_probability_is_very_low(confidence):
    judge = prepare(load_policy(""), TOOLS)
    assert judge.decide(an_intent("pay.open", {}, confidence=confidence), now=NOW).route is Route.ESCALATE


@pytest.mark.parametrize(
    "text", [laughs(9), "cases: " + "[" * 100_000, "cases: [{}]", "cases: {a: b}", "cases:\n- " * 2]
)
def test_a_hostile_table_is_refused_in_time(text):
    judge = prepare(load_policy(""), TOOLS)

    def run() -> bool:
        try:
            run_table(text, judge, now=NOW)
        except PolicyError:
            return True
        return False

    assert within_limit(run, FILE_LIMIT_S)

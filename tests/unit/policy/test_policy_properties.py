"""What holds for every policy and every call."""

import json

from groundstop.policy import load_policy, prepare
from groundstop.policy.cel_quick import ruled_out
from groundstop.policy.compiling import compile_condition
from groundstop.policy.conditions import context_of, evaluate
from groundstop.policy.walk import STRICTNESS
from hypothesis import given, settings
from hypothesis import strategies as st

CONDITIONS = st.sampled_from(
    [
        "",
        "intent.arguments.amount > 10",
        "intent.arguments.amount > 10 && tool.action_type.startsWith('pay.')",
        "intent.tool == 'refund' || intent.arguments.order == 'x'",
        "has(intent.arguments.amount) && intent.arguments.amount < 5",
        "!(intent.arguments.amount > 10)",
        "intent.arguments.items.exists(i, i == 'a')",
        "intent.arguments.items.exists(i, intent.arguments.amount > 3)",
        "intent.confidence < 0.5",
        "intent.arguments.order.size() > 3 ? intent.arguments.amount > 1 : true",
        "intent.arguments.amount / 0 > 1",
        "tool.risk == 'risky' && !tool.known",
        "intent['tool'] == 'refund'",
        "intent.arguments.amount >= 10 && intent.arguments.order != 'x'",
        "intent.arguments.order == 'long order' && intent.arguments.amount <= 20.5",
        "intent.arguments.order > 3",
        "1 < 1.5e-3 || intent.arguments.amount > .5",
    ]
)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "when": CONDITIONS,
            "match": st.fixed_dictionaries(
                {},
                optional={"tools": st.sampled_from(["refund", "*", "w*"]), "risk": st.sampled_from(["safe", "risky"])},
            ),
            "risk": st.sampled_from(["safe", "risky", "dangerous"]),
        },
        optional={"route": st.sampled_from(["proceed", "confirm", "approve", "escalate", "refuse"])},
    ),
    max_size=8,
).map(lambda rules: [{**rule, "id": f"r{index}"} for index, rule in enumerate(rules)])
ARGUMENTS = st.fixed_dictionaries(
    {"order": st.sampled_from(["1", "x", "long order"])},
    optional={
        "amount": st.one_of(st.integers(-5, 50), st.floats(0, 50, allow_nan=False)),
        "items": st.lists(st.sampled_from(["a", 1, None]), max_size=3),
    },
)
PROPOSALS = st.tuples(st.sampled_from(["refund", "weather.get", "unheard.of"]), ARGUMENTS, st.none() | st.floats(0, 1))


def _policy(rules, **more):
    return load_policy(json.dumps({"rules": rules, **more}))


@settings(max_examples=150, deadline=None)
@given(rules=RULES, extra=RULES, proposal=PROPOSALS)
def test_more_rules_never_make_anything_easier(an_intent, tools, now, rules, extra, proposal):
    tool, arguments, confidence = proposal
    intent = an_intent(tool, arguments, confidence=confidence)
    more = [*rules, *({**rule, "id": f"x{rule['id']}"} for rule in extra)]
    few = prepare(_policy(rules), tools).decide(intent, now=now)
    many = prepare(_policy(more), tools).decide(intent, now=now)
    assert many.risk.rank >= few.risk.rank
    assert STRICTNESS[many.route] >= STRICTNESS[few.route]


@settings(max_examples=100, deadline=None)
@given(rules=RULES, proposal=PROPOSALS, data=st.data())
def test_the_order_of_rules_does_not_matter(an_intent, tools, now, rules, proposal, data):
    tool, arguments, confidence = proposal
    intent = an_intent(tool, arguments, confidence=confidence)
    shuffled = data.draw(st.permutations(rules))
    one = prepare(_policy(rules), tools).decide(intent, now=now)
    other = prepare(_policy(shuffled), tools).decide(intent, now=now)
    assert (one.risk, one.route, sorted(one.reasons)) == (other.risk, other.route, sorted(other.reasons))


@settings(max_examples=150, deadline=None)
@given(rules=RULES, proposal=PROPOSALS)
def test_an_explanation_walks_the_way_of_the_decision(an_intent, tools, now, rules, proposal):
    """A thorough walk asks every entry by itself; the fast one asks batches and skips. Both must come to the same."""
    tool, arguments, confidence = proposal
    intent = an_intent(tool, arguments, confidence=confidence)
    judge = prepare(_policy(rules), tools)
    fast, thorough = judge.walk(intent, now=now), judge.walk(intent, now=now, thorough=True)
    assert (fast.risk, fast.band, fast.route, fast.code) == (
        thorough.risk,
        thorough.band,
        thorough.route,
        thorough.code,
    )
    assert [n.says for n in fast.notes if n.applied] == [n.says for n in thorough.notes if n.applied]


@settings(max_examples=50, deadline=None)
@given(rules=RULES, proposal=PROPOSALS)
def test_the_same_question_has_the_same_answer(an_intent, tools, now, rules, proposal):
    tool, arguments, confidence = proposal
    intent = an_intent(tool, arguments, confidence=confidence)
    answers = {prepare(_policy(rules), tools).decide(intent, now=now).model_dump_json() for _ in range(2)}
    assert len(answers) == 1


@settings(max_examples=60, deadline=None)
@given(rules=RULES, data=st.data())
def test_the_version_is_of_the_meaning_not_of_the_spelling(rules, data):
    policy = _policy(rules)
    keys = data.draw(st.permutations(list(policy.content)))
    respelt = load_policy(json.dumps({key: policy.content[key] for key in keys}, indent=2))
    assert respelt.version == policy.version
    assert _policy(rules, clearance_ttl_s=17).version != policy.version


@settings(max_examples=300, deadline=None)
@given(condition=CONDITIONS, arguments=ARGUMENTS)
def test_a_condition_that_lacks_what_it_needs_could_not_have_held(condition, arguments):
    """Skipping it must be the same as asking it."""
    compiled = compile_condition(condition)
    if compiled is not None and not compiled.needs <= arguments.keys():
        facts = {"arguments": arguments, "tool": "refund", "confidence": 1.0}
        tool = {"action_type": "pay.refund", "risk": "risky", "known": True}
        assert not evaluate(compiled, context_of({"intent": facts, "tool": tool})).holds


@settings(max_examples=500, deadline=None)
@given(
    operator=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    literal=st.sampled_from(["10", "10.0", "0.5", "1e2", "9007199254740993", "'x'", '"10"', "'a\\\\n'", "''"]),
    value=st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.sampled_from(["x", "10", "", "a\n"])),
)
def test_what_is_ruled_out_without_the_engine_the_engine_denies(operator, literal, value):
    condition = compile_condition(f"intent.arguments.v {operator} {literal}")
    assert condition is not None
    arguments = {"v": value}
    if ruled_out(condition.quick, arguments):
        held = evaluate(condition, context_of({"intent": {"arguments": arguments}}))
        assert not held.holds

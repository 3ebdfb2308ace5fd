"""Files that are wrong say where and how; files that are right say what they mean."""

import pytest
from groundstop.policy import PolicyError, Requirement, default_policy, load_policy, preset
from groundstop.policy.basics import CallSubject
from groundstop.policy.metering import OnLimit
from groundstop.policy.presets import PRESETS
from groundstop.vocabulary import CaseKind, Risk, Route


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("name: x\nruels: []", 2, "did you mean 'rules'?"),
        ("rules:\n  - id: a\n    risk: dangerus", 3, "did you mean 'dangerous'?"),
        ("rules:\n  - id: a\n    risk: risky\n    mach: {}", 4, "did you mean 'match'?"),
        ("rules:\n  - id: a\n    risk: risky\n    when: intnt.tool == 'x'", 4, "did you mean 'intent'?"),
        ("rules:\n  - id: a\n    risk: risky\n    when: intent.tool.startWith('x')", 4, "did you mean 'startsWith'?"),
        ("rules:\n  - id: a\n    risk: risky\n    when: 'intent.tool =='", 4, "not a CEL condition"),
        ("rules:\n  - id: a\n    risk: risky\n    when: now.getHours('Asia/Tokyo') < 6", 4, "in UTC"),
        ("rules:\n  - id: a\n    risk: risky\n    when: matches(intent.tool, 'x')", 4, "behind a value"),
        ("rules:\n  - id: a\n    risk: risky\n    when: startsWith(intent.tool, 'x')", 4, "not usable"),
        ("rules:\n  - id: a\n    risk: risky\n    when: max(1, 2) > 1", 4, "unknown function 'max'"),
        ("rules:\n  - id: a", 2, "has no effect"),
        ("rules:\n  - {id: a, risk: safe}\n  - {id: a, risk: risky}", 1, "defined twice"),
        ("refusals:\n  - id: all", 2, "would refuse everything"),
        ("routes:\n  dangerous:\n    high: proceed", 2, "without an approval"),
        ("confidence:\n  thresholds: {high: 0.2, medium: 0.5}", 2, "thresholds must fall"),
        ("confidence:\n  thresholds: {high: 2}", 2, "less than or equal to 1"),
        ("limits:\n  - {name: a, count: 0}", 2, "greater than 0"),
        ("limits:\n  - {name: a, count: 1, per: [tennant]}", 2, "did you mean 'tenant'?"),
        ("screens:\n  secret: {argument: hodl}", 2, "did you mean 'hold'?"),
        ("screens:\n  secrets: {}", 2, "did you mean 'secret'?"),
        ("extends: asistant", 1, "did you mean 'assistant'?"),
        ("mode: dry-run", 1, "enforce, shadow"),
        ("a: 1\na: 2", 2, "written twice"),
        ("name: [", 1, "not YAML"),
        ("- a", 1, "a policy is a mapping"),
        ("yes: 1", 1, "quote it"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_suggestion(text, line, says):
    with pytest.raises(PolicyError) as caught:
        load_policy(text)
    assert any(problem.line == line and says in str(problem) for problem in caught.value.problems), str(caught.value)


def test_every_mistake_is_named_at_once():
    with pytest.raises(PolicyError) as caught:
        load_policy("nmae: x\nmode: dry\nclearance_ttl_s: -1")
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]


def test_lines_are_those_of_the_file_when_a_preset_comes_before():
    with pytest.raises(PolicyError) as caught:
        load_policy("extends: specialist\nlimits:\n  - {name: a, count: 1}\n  - {name: b, count: none}")
    assert caught.value.problems[0].line == 4


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_policy(name):
    assert preset(name).name == name


def test_the_default_preset_is_the_built_in_policy():
    """One says it in YAML, the other in code; they must not drift apart."""
    assert preset("default").version == default_policy().version == load_policy("").version


def test_three_lines_make_a_policy_of_ones_own():
    policy = load_policy("extends: specialist\nname: refunds\nscope: {tools: [weather.get, refund]}")
    assert policy.scope.closed
    assert policy.scope.tools == ("weather.get", "refund")
    assert policy.limits == preset("specialist").limits


def test_an_amplifier_decides_nothing_final_by_itself():
    routes = preset("amplifier").routes
    assert {routes.risky.high, routes.risky.medium, routes.dangerous.high} == {Route.APPROVE}


def test_entries_of_a_file_replace_those_of_the_preset_by_name():
    policy = load_policy("extends: default\nlimits:\n  - {name: safe, count: 7}\n  - {name: mail, count: 1}")
    counts = {limit.name: limit.count for limit in policy.limits}
    assert counts == {"risky": 50, "dangerous": 5, "tenant-dangerous": 20, "safe": 7, "mail": 1}


def test_one_cell_of_a_table_can_be_changed_alone():
    policy = load_policy("routes: {risky: {high: approve}}\nscreens: {secret: {argument: refuse}}")
    assert policy.routes.risky.high is Route.APPROVE
    assert policy.routes.risky.medium is Route.CONFIRM
    assert policy.screens.action("secret", "tool_output") == "redact"


def test_comments_order_and_spelt_out_defaults_do_not_change_the_version():
    plain = load_policy("name: a\nclearance_ttl_s: 60")
    assert load_policy("# why\nclearance_ttl_s: 60.0\nmode: enforce\nname: a").version == plain.version
    assert len(plain.version) == 12


def test_the_version_of_the_built_in_policy_is_the_same_in_every_process():
    """Hash stability: no set order, no object identity, no clock goes into it."""
    assert load_policy("").version == load_policy("{}").version == default_policy().version


SUBJECT = CallSubject("acme", "helper", "mail.send", "email.send", Risk.RISKY)


def test_limits_meter_what_they_match():
    policy = load_policy("""
limits:
  - {name: mail, match: {action_types: 'email.*'}, count: 2, period_s: 60, burst: 3, on_limit: wait, wait_max_s: 5}
  - {name: trial, match: {tenants: 'trial-*'}, count: 1}
  - {name: danger, match: {risk: dangerous}, count: 1}
""")
    (mail,) = policy.limits_for(SUBJECT)
    assert (mail.interval_s, mail.tolerance_s, mail.on_limit) == (30.0, 60.0, OnLimit.WAIT)


@pytest.mark.parametrize(
    ("arguments", "charge"),
    [
        ({"sum": {"amount": 12.5}}, 12.5),
        ({"sum": {"amount": "12.5"}}, 12.5),
        ({"sum": {}}, 0.0),
        ({}, 0.0),
        ({"sum": {"amount": -5}}, 1000.0),
        ({"sum": {"amount": "lots"}}, 1000.0),
        ({"sum": {"amount": True}}, 1000.0),
        ({"sum": {"amount": float("nan")}}, 1000.0),
        ({"sum": {"amount": 10**400}}, 1000.0),
    ],
)
def test_money_is_charged_as_written_and_nonsense_empties_the_budget(arguments, charge):
    policy = load_policy("budgets: [{name: day, unit: money, amount: 1000, argument: sum.amount}]")
    (budget,) = policy.budgets_for(SUBJECT)
    assert budget.charge(arguments) == charge


def test_the_risk_shortens_decisions_but_not_repairs():
    policy = load_policy("expiry: {approval: 100, reconciliation: 100, risk: {dangerous: 10}}")
    assert policy.expiry_s(CaseKind.APPROVAL, Risk.DANGEROUS) == 10
    assert policy.expiry_s(CaseKind.APPROVAL, Risk.RISKY) == 100
    assert policy.expiry_s(CaseKind.RECONCILIATION, Risk.DANGEROUS) == 100


def test_requirements_that_share_no_group_still_leave_somebody_to_ask():
    need = Requirement.all_of([Requirement(groups=("finance",)), Requirement(groups=("legal",), quorum=2)])
    assert (need.groups, need.people) == (("legal",), 2)

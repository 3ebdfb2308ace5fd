"""What the arguments of a call add to what its definition says."""

from __future__ import annotations

from typing import Any

import pytest
from groundstop.risk import Limits, assess_tool
from groundstop.vocabulary import Risk


def a_tool(name: str, description: str, *parameters: str, **choices: list[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {parameter: {"type": "string"} for parameter in parameters}
    properties |= {parameter: {"type": "string", "enum": values} for parameter, values in choices.items()}
    return {"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}}


RUN_SQL = a_tool("run_sql", "Run an SQL statement.", "sql", "database")
LABELS = a_tool("manage_labels", "Manage labels.", "name", action=["list", "create", "delete"])
UPDATE = a_tool("update_records", "Update records.", "filter", "environment", "amount", "force", "text", "path")
SEARCH = a_tool("search_orders", "Search for orders.", "query")
SEND = a_tool("send_email", "Send an email.", "to", "subject", "body")


@pytest.mark.parametrize(
    ("sql", "risk"),
    [
        ("SELECT * FROM users WHERE id = 1", Risk.SAFE),
        ("WITH a AS (SELECT 1) SELECT * FROM a", Risk.SAFE),
        ("EXPLAIN SELECT 1", Risk.SAFE),
        ("SHOW TABLES", Risk.SAFE),
        ("SELECT 'drop table users'", Risk.SAFE),
        ("INSERT INTO users VALUES (1)", Risk.RISKY),
        ("UPDATE users SET a = 1 WHERE id = 2", Risk.RISKY),
        ("UPDATE users SET a = 1", Risk.DANGEROUS),
        ("UPDATE users SET a = 1 WHERE 1 = 1", Risk.DANGEROUS),
        ("SELECT 1; DROP TABLE users", Risk.DANGEROUS),
        ("DELETE FROM users WHERE id = 1", Risk.DANGEROUS),
        ("SELECT pg_read_file('x')", Risk.DANGEROUS),
        ("not a statement", Risk.DANGEROUS),
    ],
)
def test_a_statement_decides_for_a_tool_that_runs_statements(sql: str, risk: Risk) -> None:
    assert assess_tool(RUN_SQL, {"sql": sql}).risk is risk


@pytest.mark.parametrize(
    ("action", "risk"),
    [("list", Risk.SAFE), ("create", Risk.RISKY), ("delete", Risk.DANGEROUS), ("zap", Risk.DANGEROUS)],
)
def test_the_selected_action_decides_for_a_tool_of_many(action: str, risk: Risk) -> None:
    assert assess_tool(LABELS, {"action": action, "name": "x"}).risk is risk


def test_a_selected_read_lowers_nothing_that_hints_raised() -> None:
    tool = {**LABELS, "annotations": {"destructiveHint": True}}
    assert assess_tool(tool, {"action": "list"}).risk is Risk.DANGEROUS


@pytest.mark.parametrize(
    ("arguments", "risk"),
    [
        ({"filter": "id = 7"}, Risk.RISKY),
        ({"filter": "*"}, Risk.DANGEROUS),
        ({"filter": {}}, Risk.DANGEROUS),
        ({"environment": "staging"}, Risk.RISKY),
        ({"environment": "production"}, Risk.DANGEROUS),
        ({"environment": "eu-prod-2"}, Risk.DANGEROUS),
        ({"environment": "reproduction"}, Risk.RISKY),
        ({"amount": 10}, Risk.RISKY),
        ({"amount": 10_000}, Risk.DANGEROUS),
        ({"amount": "$ 9,500.00"}, Risk.DANGEROUS),
        ({"amount": "9.50"}, Risk.RISKY),
        ({"force": False}, Risk.RISKY),
        ({"force": True}, Risk.DANGEROUS),
        ({"path": "/"}, Risk.DANGEROUS),
        ({"path": "notes/today.md"}, Risk.RISKY),
        ({"text": "rm -rf / ; DROP TABLE users"}, Risk.RISKY),
    ],
)
def test_scope_place_amount_and_switches_raise_a_change(arguments: dict[str, Any], risk: Risk) -> None:
    assert assess_tool(UPDATE, arguments).risk is risk


def test_the_limits_come_from_the_policy() -> None:
    limits = Limits(money_max=50, production_names=frozenset({"main"}))
    assert assess_tool(UPDATE, {"amount": 60}, limits).risk is Risk.DANGEROUS
    assert assess_tool(UPDATE, {"environment": "main"}, limits).risk is Risk.DANGEROUS
    assert assess_tool(UPDATE, {"environment": "production"}, limits).risk is Risk.RISKY


@pytest.mark.parametrize(
    "query",
    [
        "red shoes",
        "update on my order",
        "delete button is broken",
        "select a plan",
        "how to drop a class; and why",
        "*",
        "R&D; sales",
        "a > b",
    ],
)
def test_a_search_in_plain_words_stays_safe(query: str) -> None:
    assert assess_tool(SEARCH, {"query": query}).risk is Risk.SAFE


def test_prose_may_speak_of_anything() -> None:
    body = "Please run `rm -rf /tmp/x` and then DROP TABLE users; see $(date). Delete everything!"
    assert assess_tool(SEND, {"to": "a@b.example", "subject": "all production", "body": body}).risk is Risk.RISKY


def test_a_read_of_a_secret_file_is_no_longer_safe() -> None:
    read = a_tool("read_file", "Read a file.", "path")
    assert assess_tool(read, {"path": "src/app.py"}).risk is Risk.SAFE
    assert assess_tool(read, {"path": "/home/a/.ssh/id_rsa"}).risk is Risk.RISKY


def test_an_argument_the_tool_does_not_have_is_noticed() -> None:
    assert assess_tool(SEARCH, {"query": "a", "page": 2}).risk is Risk.RISKY
    assert assess_tool(SEARCH, {"query": "a", "command": "x"}).risk is Risk.DANGEROUS


def test_arguments_never_lower_a_standing_pattern() -> None:
    tool = {**LABELS, "name": "delete_all_labels"}
    assert assess_tool(tool, {"action": "list"}).risk is Risk.DANGEROUS


def test_a_declared_tool_is_still_raised_by_its_arguments() -> None:
    tool = {**UPDATE, "declared_risk": "risky"}
    assert assess_tool(tool, {"filter": "id = 7"}).risk is Risk.RISKY
    assert assess_tool(tool, {"filter": "*"}).risk is Risk.DANGEROUS


def test_a_statement_is_never_printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Statements carry what users typed; the parser's own warning would have put them into a log."""
    assess_tool(RUN_SQL, {"sql": "VACUUM FULL secret_name"})
    assert "secret_name" not in caplog.text + "".join(capfd.readouterr())

"""How far a change reaches: how many, whose rights, which files, how much money; the policy's bounds decide."""

from __future__ import annotations

from typing import Any

import pytest
from groundstop.risk import Limits, assess_tool
from groundstop.risk.money import amount_of
from groundstop.vocabulary import Risk


def a_tool(name: str, description: str, *parameters: str) -> dict[str, Any]:
    properties: dict[str, Any] = {parameter: {} for parameter in parameters}
    return {"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}}


SEND = a_tool("send_email", "Send an email.", "to", "bcc", "recipients", "subject", "body")
ADD = a_tool("add_member", "Add a member.", "user", "role", "permissions", "is_admin")
WRITE = a_tool("write_file", "Write a file.", "path", "content")
ORDER = a_tool("update_order", "Update an order.", "amount", "payment_amount", "betrag")
LIST = a_tool("list_members", "List members.", "role", "users", "path", "amount")
MANY = [f"u{n}@a.example" for n in range(300)]


@pytest.mark.parametrize(
    ("tool", "arguments", "risk"),
    [
        (SEND, {"to": ["a@b.example"]}, Risk.RISKY),
        (SEND, {"to": MANY[:50]}, Risk.RISKY),
        (SEND, {"to": MANY}, Risk.DANGEROUS),
        (SEND, {"bcc": ", ".join(MANY)}, Risk.DANGEROUS),
        (SEND, {"recipients": [{"email": one} for one in MANY], "subject": "x"}, Risk.DANGEROUS),
        (SEND, {"to": ["*"]}, Risk.DANGEROUS),
        (SEND, {"to": "all customers"}, Risk.DANGEROUS),
        (SEND, {"to": "*@firm.example"}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "role": "member"}, Risk.RISKY),
        (ADD, {"user": "bob", "role": "owner"}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "role": "Org Admin"}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "role": "roles/owner"}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "permissions": ["read", "*"]}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "is_admin": True}, Risk.DANGEROUS),
        (ADD, {"user": "bob", "is_admin": False}, Risk.RISKY),
        (WRITE, {"path": "notes/a.md"}, Risk.RISKY),
        (WRITE, {"path": "/etc/cron.d/job"}, Risk.DANGEROUS),
        (WRITE, {"path": "/home/a/.ssh/authorized_keys"}, Risk.DANGEROUS),
        (WRITE, {"path": "repo/.git/hooks/pre-commit"}, Risk.DANGEROUS),
        (WRITE, {"path": "/usr/local/bin/ls"}, Risk.DANGEROUS),
        (WRITE, {"path": "/home/a/.bashrc"}, Risk.DANGEROUS),
        (ORDER, {"amount": "1.000.000,00"}, Risk.DANGEROUS),
        (ORDER, {"amount": "1 000 000,00"}, Risk.DANGEROUS),
        (ORDER, {"amount": "10k"}, Risk.DANGEROUS),
        (ORDER, {"amount": "２００００"}, Risk.DANGEROUS),
        (ORDER, {"amount": "9,50"}, Risk.RISKY),
        (ORDER, {"amount": -5}, Risk.DANGEROUS),
        (ORDER, {"amount": "-5"}, Risk.DANGEROUS),
        (ORDER, {"amount": "everything"}, Risk.DANGEROUS),
        (ORDER, {"amount": {"value": "250000", "currency": "USD"}}, Risk.DANGEROUS),
        (ORDER, {"payment_amount": 20_000}, Risk.DANGEROUS),
        (ORDER, {"betrag": "20.000,00"}, Risk.DANGEROUS),
        (LIST, {"role": "owner"}, Risk.SAFE),
        (LIST, {"users": MANY}, Risk.SAFE),
        (LIST, {"amount": -5}, Risk.SAFE),
        (LIST, {"path": "/etc/cron.d"}, Risk.SAFE),
    ],
)
def test_reach_raises_a_change_and_never_a_read(tool: dict[str, Any], arguments: dict[str, Any], risk: Risk) -> None:
    assert assess_tool(tool, arguments).risk is risk


def test_the_bounds_come_from_the_policy() -> None:
    assert assess_tool(SEND, {"to": MANY}, Limits(recipients_max=1_000)).risk is Risk.RISKY
    assert assess_tool(SEND, {"to": MANY[:3]}, Limits(recipients_max=2)).risk is Risk.DANGEROUS
    assert assess_tool(ORDER, {"amount": "10k"}, Limits(money_max=50_000)).risk is Risk.RISKY


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.000.000,00", 1_000_000.0),
        ("1,000,000.00", 1_000_000.0),
        ("1'000'000.50", 1_000_000.5),
        ("₹1,00,000", 100_000.0),
        ("€ 9.500", 9_500.0),
        ("9.50", 9.5),
        ("(500)", -500.0),
        ("5-", -5.0),
        ("2 mio", 2_000_000.0),
        ("1e6", 1_000_000.0),
        ("٥٠٠٠", 5_000.0),
        ("free", None),
    ],
)
def test_an_amount_is_read_in_any_locale(text: str, amount: float | None) -> None:
    assert amount_of(text) == amount


@pytest.mark.parametrize(
    "name", ["create_payment", "submit_payout", "payments.create", "issue_refund", "make_donation", "send_remittance"]
)
def test_a_payment_may_be_named_by_a_noun(name: str) -> None:
    assert assess_tool(a_tool(name, "", "account", "amount")).risk is Risk.DANGEROUS


@pytest.mark.parametrize(
    "name", ["create_payment_link", "add_payment_method", "create_refund_request", "create_transfer"]
)
def test_what_only_surrounds_a_payment_moves_nothing(name: str) -> None:
    assert assess_tool(a_tool(name, "", "id")).risk is Risk.RISKY

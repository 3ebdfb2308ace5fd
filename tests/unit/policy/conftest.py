"""Builders: each test says only what it is about."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from groundstop.catalogue import Tool
from groundstop.intent import Intent
from groundstop.policy import Judge, load_policy, prepare

REFUND = {
    "type": "object",
    "properties": {"order": {"type": "string"}, "amount": {"type": "number"}, "items": {"type": "array"}},
    "required": ["order"],
    "additionalProperties": False,
}


def _tools() -> tuple[Tool, ...]:
    return (
        Tool(name="weather.get", action_type="weather.read", risk="safe", description="Get the weather."),
        Tool(name="refund", action_type="pay.refund", risk="risky", description="Refund.", parameters=REFUND),
        Tool(name="notes.add", action_type="note.write", risk="risky", description="Add a note to an order."),
        Tool(name="accounts.delete", action_type="account.delete", risk="dangerous", description="Delete an account."),
    )


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def an_intent() -> Callable[..., Intent]:
    def build(tool: str = "weather.get", arguments: dict[str, Any] | None = None, **fields: Any) -> Intent:
        who = {"tenant": "acme", "agent": "helper", "intent": "i1", "task": "t1"}
        return Intent(**{**who, **fields}, tool=tool, arguments=arguments or {})

    return build


@pytest.fixture(scope="session")
def tools() -> tuple[Tool, ...]:
    return _tools()


@pytest.fixture(scope="session")
def judge_of() -> Callable[..., Judge]:
    def build(text: str = "", *tools: Tool, **settings: Any) -> Judge:
        return prepare(load_policy(text), tools or _tools(), **settings)

    return build

"""Catalogue entries for the tools behind the gateway: a proposal that a person reads and edits before it is loaded."""

from typing import Any

from groundstop.risk import assess_tool, language_of

from groundstop_gateway.domain.definitions import Definition
from groundstop_gateway.domain.naming import on_bus

TIMEOUT_S = 300.0
DESCRIPTION_CHARS_MAX = 500


def entry(server: str, definition: Definition, risk: str = "") -> dict[str, Any]:
    """The fields of one tool. Its risk is what its name, schema and hints suggest when none is given, and ``statement``
    the language of what it seems to run: the person who reads the entry corrects both."""
    language = language_of(definition)
    return {
        "action_type": f"mcp.{server}",
        "risk": risk or assess_tool(definition).risk.value,
        **({"statement": language} if language else {}),
        "description": str(definition.get("description") or "")[:DESCRIPTION_CHARS_MAX],
        "parameters": definition.get("inputSchema") or {"type": "object"},
        "annotations": definition.get("annotations") or {},
        "worker": True,
        "attempts": 1,
        "timeout_s": TIMEOUT_S,
        "pauses_task": False,
    }


def entries(server: str, definitions: list[Definition], risk: str = "") -> dict[str, Any]:
    """A catalogue file's ``tools`` for one server."""
    return {on_bus(server, one["name"]): entry(server, one, risk) for one in definitions}

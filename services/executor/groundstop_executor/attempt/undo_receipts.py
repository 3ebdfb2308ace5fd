"""Receipts: the call that would take an effect back, made from the call and its result by the tool's table. Pure."""

from collections.abc import Mapping
from typing import Any

from groundstop.catalogue import Tool
from groundstop.events import UndoCall


class NoReceipt(ValueError):
    """A path of the table leads nowhere; says which."""


def receipt(
    tool: Tool, arguments: Mapping[str, Any], result: Any, intent: str, *, first: bool = True
) -> UndoCall | None:
    """The inverse call, or None for a tool that has none or whose result does not hold what the inverse needs.

    Not ``first``: an earlier attempt may have done it, so that the result ("it was so before") is not to be trusted.
    A missing receipt is not an error of the call: the effect happened, and undo will say that it is not possible.
    """
    if tool.undo is None:
        return None
    if not first and any(path.startswith("result") for path in tool.undo.arguments.values()):
        return None
    source = {"arguments": dict(arguments), "result": result, "intent": intent}
    try:
        return UndoCall(
            tool=tool.undo.tool, arguments={name: _value(source, path) for name, path in tool.undo.arguments.items()}
        )
    except NoReceipt:
        return None


def _value(source: Any, path: str) -> Any:
    if path.startswith("="):
        return path[1:]
    for step in path.split("."):
        if isinstance(source, Mapping) and step in source:
            source = source[step]
        elif isinstance(source, list) and step.isdigit() and int(step) < len(source):
            source = source[int(step)]
        else:
            raise NoReceipt(path)
    return source

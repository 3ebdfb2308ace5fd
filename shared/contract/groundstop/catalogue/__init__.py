"""The catalogue: what tools there are, what each may do and how it wants to be run.

A tool is declared in Python (``@tool`` on a function with typed arguments) or in YAML; see ``load_catalogue``.
"""

from groundstop.catalogue.calls import Cost, HttpCall, McpCall, Undo
from groundstop.catalogue.declaring import tool, tools_of
from groundstop.catalogue.entry import (
    WAYS,
    EffectUnknown,
    ErrorKind,
    Idempotency,
    Isolation,
    Tool,
    ToolContext,
    ToolFailed,
)
from groundstop.catalogue.loading import Catalogue, load_catalogue, resolve, tools_in

__all__ = [
    "WAYS",
    "Catalogue",
    "Cost",
    "EffectUnknown",
    "ErrorKind",
    "HttpCall",
    "Idempotency",
    "Isolation",
    "McpCall",
    "Tool",
    "ToolContext",
    "ToolFailed",
    "Undo",
    "load_catalogue",
    "resolve",
    "tool",
    "tools_in",
    "tools_of",
]

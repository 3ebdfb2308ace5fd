"""Declaring a Python function as a tool."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from groundstop.catalogue.entry import Idempotency, Isolation, Tool, ToolContext
from groundstop.vocabulary import Risk
from pydantic import ConfigDict, create_model

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "__groundstop_tool__"


def tool(
    *,
    action_type: str,
    risk: Risk | str,
    name: str | None = None,
    idempotency: Idempotency | str = Idempotency.NONE,
    isolation: Isolation | str = Isolation.COROUTINE,
    **settings: Any,
) -> Callable[[Function], Function]:
    """Declare an async or sync function as a tool. Name, description and parameters come from its signature.

    ``settings`` are further fields of Tool (timeout_s, attempts, version ...). The function stays callable as it is.
    """

    def declare(function: Function) -> Function:
        declared = Tool(
            name=name or function.__name__.replace("__", "."),
            action_type=action_type,
            risk=Risk(risk),
            description=inspect.getdoc(function) or "",
            parameters=_schema(function),
            idempotency=Idempotency(idempotency),
            isolation=Isolation(isolation),
            function=f"{function.__module__}:{function.__qualname__}",
            **settings,
        )
        setattr(function, _MARK, declared)
        return function

    return declare


def _schema(function: Callable[..., Any]) -> dict[str, Any]:
    """The JSON Schema of a function's parameters; unknown arguments are refused."""
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        annotation = hints.get(parameter.name, Any)
        if annotation is ToolContext:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (annotation, default)
    model = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
    schema = model.model_json_schema()
    schema.pop("title", None)
    return schema


def tools_of(module: ModuleType) -> list[Tool]:
    """What ``@tool`` declared in a module, in order of definition."""
    found = (getattr(value, _MARK, None) for value in vars(module).values())
    return [entry for entry in found if isinstance(entry, Tool)]

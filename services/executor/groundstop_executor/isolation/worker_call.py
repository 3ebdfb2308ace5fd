"""One call of a tool in a worker: the arguments as its types, the last look, the result or what it raised."""

import asyncio
import inspect
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, get_type_hints

from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed, resolve
from groundstop.controls import Target, halted_by
from groundstop.vocabulary import Risk
from pydantic import TypeAdapter, ValidationError

_MESSAGE_CHARS_MAX = 2_000


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Parameter name -> its TypeAdapter; None for the one that receives the context."""
    hints = get_type_hints(function, include_extras=True)
    kinds = {name: hints.get(name, Any) for name in inspect.signature(function).parameters}
    return {name: None if kind is ToolContext else TypeAdapter(kind) for name, kind in kinds.items()}


def keywords(function: Callable[..., Any], arguments: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The keyword arguments of a tool's function: JSON values as the types it declares, and the context if it asks.

    Raises TypeError, naming the argument but not its value, when they do not fit.
    """
    wanted = _parameters(function)
    given = {name: _typed(name, wanted.get(name), value) for name, value in arguments.items()}
    given |= {name: context for name, adapter in wanted.items() if adapter is None}
    inspect.signature(function).bind(**given)
    return given


def _typed(name: str, adapter: Any, value: Any) -> Any:
    if adapter is None:
        raise TypeError(f"there is no argument {name!r}")
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip() for fault in error.errors())
        raise TypeError(f"argument {name!r}: {'; '.join(faults)}") from None


def _call(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    result = function(**given)
    if not inspect.isawaitable(result):
        return result

    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


def said(error: BaseException) -> str:
    """An exception in one line that crosses over."""
    text = f"{type(error).__name__}: {error}"[:_MESSAGE_CHARS_MAX]
    return text.encode("utf-8", "replace").decode()


def _ending(error: BaseException) -> dict[str, Any]:
    """How an exception of the tool crosses over: as what the tool said about its effect."""
    if isinstance(error, EffectUnknown):
        return {"end": "unknown", "message": str(error)[:_MESSAGE_CHARS_MAX]}
    if isinstance(error, ToolFailed):
        return {"end": "failed", "message": str(error)[:_MESSAGE_CHARS_MAX], "retryable": error.retryable}
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException)]
    return {"end": "raised", "message": said(error), "names": names}


@contextmanager
def _told(variables: Mapping[str, str]) -> Iterator[None]:
    """For the length of a call the environment has these variables: the next call may be another tool's."""
    before = {name: os.environ.get(name) for name in variables}  # noqa: TID251 - the tool's environment
    os.environ.update(variables)  # noqa: TID251
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)  # noqa: TID251
            if value is not None:
                os.environ[name] = value  # noqa: TID251


def _halted(memory: Any, request: dict[str, Any]) -> str:
    """What forbids the call now, by the guard's own memory; empty for nothing. The executor may be too busy to know."""
    if memory is None or "targets" not in request:
        return ""
    view = memory.read()
    if view.lapses != request["contact"] or not view.live(time.monotonic()):
        return "lost-contact"
    targets = (
        Target(tenant, agent, task, action_type, tool, Risk(risk))
        for tenant, agent, task, action_type, tool, risk in request["targets"]
    )
    return next((halt.control for target in targets if (halt := halted_by(view.halts, target))), "")


def run(request: dict[str, Any], memory: Any, begin: Callable[[], None]) -> dict[str, Any]:
    """Run one tool; ``begin`` is called just before it. Whatever fails earlier cannot have had an effect."""
    try:
        function = resolve(Tool.model_validate(request["tool"]))
        given = keywords(function, request["arguments"], ToolContext.model_validate(request["context"]))
    except Exception as error:
        return {"end": "failed", "message": said(error), "retryable": False}
    if control := _halted(memory, request):
        return {"end": "halted", "message": control}
    begin()
    try:
        with _told(request.get("env", {})):
            return {"end": "result", "result": _call(function, given)}
    except BaseException as error:  # SystemExit too: a tool must not end its worker by raising
        return _ending(error)

"""Running one tool where it can be stopped: a coroutine on this loop is cancelled, a child process is killed."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, get_type_hints

from groundstop.catalogue import Catalogue, Isolation, Tool, ToolContext, ToolFailed, resolve
from pydantic import TypeAdapter, ValidationError


class ProcessPool(Protocol):
    """What the runner needs of the worker pool."""

    async def run(
        self, tool: Tool, arguments: dict[str, Any], context: ToolContext, on_started: Callable[[], None] = ...
    ) -> Any: ...


_PLAIN = (str, int, float, bool, dict, list, Any)


@dataclass(frozen=True, slots=True)
class _Loaded:
    function: Callable[..., Coroutine[Any, Any, Any]]
    context_name: str | None
    adapters: dict[str, TypeAdapter[Any]]
    """For parameters whose type JSON does not have, such as Decimal or datetime."""

    def keywords(self, arguments: dict[str, Any], context: ToolContext) -> dict[str, Any]:
        """What the function is called with. Raises ToolFailed, without the value, for one that does not fit its type."""
        given = dict(arguments)
        for name, adapter in self.adapters.items():
            if name in given:
                given[name] = _typed(name, adapter, given[name])
        return given if self.context_name is None else given | {self.context_name: context}


class Runner:
    """Runs tools of a catalogue. Functions are loaded once, at start, so that a missing one is found then.

    A plain (not async) function always runs in a child process: on this loop nothing could stop it.
    """

    def __init__(self, catalogue: Catalogue, workers: ProcessPool) -> None:
        self._workers = workers
        self._coroutines = {
            tool.name: _load(tool) for tool in catalogue if tool.isolation is Isolation.COROUTINE and _is_async(tool)
        }

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, begin: Callable[[], None]) -> Any:
        """The tool's result. ``begin`` is called right before the tool itself starts.

        Raises what the tool raises, and TimeoutError after ``tool.timeout_s`` seconds.
        """
        async with asyncio.timeout(tool.timeout_s):
            loaded = self._coroutines.get(tool.name)
            if loaded is None:
                return await self._workers.run(tool, arguments, context, begin)
            given = loaded.keywords(arguments, context)
            begin()
            return await loaded.function(**given)


def _is_async(tool: Tool) -> bool:
    return inspect.iscoroutinefunction(resolve(tool))


def _load(tool: Tool) -> _Loaded:
    function = resolve(tool)
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    return _Loaded(
        function,
        next((name for name, hint in hints.items() if hint is ToolContext), None),
        {name: TypeAdapter(hint) for name, hint in hints.items() if hint is not ToolContext and hint not in _PLAIN},
    )


def _typed(name: str, adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = "; ".join(problem["msg"] for problem in error.errors())
        raise ToolFailed(f"argument {name!r}: {faults}", retryable=False) from None

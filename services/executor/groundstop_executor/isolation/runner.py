"""Running one tool where it can be stopped: a coroutine on this loop is cancelled, a child process is killed."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_type_hints

from groundstop.catalogue import WAYS, Catalogue, Isolation, Tool, ToolContext, ToolFailed, resolve
from groundstop.controls import Target
from groundstop.errors import GroundstopError
from pydantic import TypeAdapter, ValidationError

from groundstop_executor.secrets import Resolve, has_reference, hidden, resolved, within


class Gate(Protocol):
    """What stands right before a tool: ``check`` raises NotBegun, ``begin`` says that it is being called."""

    targets: tuple[Target, ...]
    contact: int

    def check(self) -> None: ...

    def begin(self) -> None: ...


class Remote(Protocol):
    """What the runner needs of whatever runs tools that have no Python function."""

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any: ...


class ProcessPool(Protocol):
    """What the runner needs of the worker pool."""

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any: ...


_PLAIN = (str, int, float, bool, dict, list, Any)


@dataclass(frozen=True, slots=True)
class _Loaded:
    function: Callable[..., Coroutine[Any, Any, Any]]
    context_name: str | None
    adapters: dict[str, TypeAdapter[Any]]
    """For parameters whose type JSON does not have, such as Decimal or datetime."""

    def keywords(self, arguments: dict[str, Any], context: ToolContext) -> dict[str, Any]:
        """What the function is called with. Raises ToolFailed, without the value, for one that does not fit."""
        given = dict(arguments)
        for name, adapter in self.adapters.items():
            if name in given:
                given[name] = _typed(name, adapter, given[name])
        return given if self.context_name is None else given | {self.context_name: context}


class Runner:
    """Runs tools of a catalogue. Functions are loaded once, at start, so that a missing one is found then.

    A plain (not async) function always runs in a child process: on this loop nothing could stop it.
    """

    def __init__(
        self, catalogue: Catalogue, workers: ProcessPool, remotes: Mapping[str, Remote], secret: Resolve
    ) -> None:
        self._workers = workers
        self._remotes = remotes
        self._secret = secret
        self._coroutines = {
            tool.name: _load(tool)
            for tool in catalogue
            if tool.function and tool.isolation is Isolation.COROUTINE and _is_async(tool)
        }
        self._verifies = {tool.name: _asynchronous(tool, tool.verify) for tool in catalogue if tool.verify}

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        """The tool's result. ``gate`` is asked and told right before the tool itself starts.

        Raises what the tool raises, and TimeoutError after ``tool.timeout_s`` seconds. Secrets that arguments name are
        known to the tool alone: in its result and in what it raises they are hidden. For a worker on the bus they are
        sealed where it is asked.
        """
        if tool.worker or not has_reference(arguments):
            return await self._run(tool, arguments, context, gate)
        secrets: list[str] = []
        given = resolved(arguments, within(tool.secrets, self._secret), secrets)
        try:
            return hidden(await self._run(tool, given, context, gate), secrets)
        except Exception as error:
            error.args = tuple(hidden(part, secrets) for part in error.args)
            raise

    async def _run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        async with asyncio.timeout(tool.timeout_s):
            loaded = self._coroutines.get(tool.name)
            if loaded is None:
                return await self._elsewhere(tool).run(tool, arguments, context, gate)
            given = loaded.keywords(arguments, context)
            gate.check()
            gate.begin()
            return await loaded.function(**given)

    async def verify(self, tool: Tool, arguments: dict[str, Any], result: Any, context: ToolContext) -> bool | None:
        """What the tool's verify says of a call whose result is ``result`` (None: not known). Raises what it raises."""
        async with asyncio.timeout(tool.timeout_s):
            answer = await self._verifies[tool.name](arguments=arguments, result=result, context=context)
            return None if answer is None else bool(answer)

    def _elsewhere(self, tool: Tool) -> ProcessPool | Remote:
        way = next((name for name in WAYS if getattr(tool, name)), "function")
        return self._workers if way == "function" else self._remotes[way]


def _is_async(tool: Tool) -> bool:
    return inspect.iscoroutinefunction(resolve(tool))


def _asynchronous(tool: Tool, path: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The async function at ``path``. Raises GroundstopError for another: nothing could stop it."""
    function = resolve(tool, path)
    if not inspect.iscoroutinefunction(function):
        raise GroundstopError(f"tool {tool.name!r}: {path!r} must be an async function")
    return function


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

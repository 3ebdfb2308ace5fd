"""``@governed``: a function whose every call is an intent.

@governed(governor, tool="files.delete")
async def delete(path: str) -> str: ...
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from groundstop.adapters.governor import Governor
from groundstop.errors import GroundstopError

P = ParamSpec("P")
R = TypeVar("R")


def governed(governor: Governor, *, tool: str = "") -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Make calls of an async function intents of ``tool``, by its own name if not given.

    The call returns what the function returns, and raises NotDone when it was not cleared. Raises GroundstopError for a
    function that is not async: nothing could cancel it.
    """

    def declare(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        if not inspect.iscoroutinefunction(function):
            raise GroundstopError(f"{function!r} must be an async function")
        signature = inspect.signature(function)

        @functools.wraps(function)
        async def proposed(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()

            async def do(cleared: dict[str, Any]) -> R:
                call: Any = function
                done: R = await call(**cleared)
                return done

            result: R = await governor.run(tool or function.__name__, bound.arguments, do)
            return result

        return proposed

    return declare

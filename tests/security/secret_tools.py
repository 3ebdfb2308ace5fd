"""Tools that are careless with the secrets that they are given: each repeats its own in what it answers and raises."""

import os
from typing import Any

from groundstop.catalogue import ToolFailed, tool

NAMES = tuple(f"plant-{number}" for number in range(50))
COMMON: dict[str, Any] = {
    "risk": "safe",
    "idempotency": "none",
    "attempts": 1,
    "pauses_task": False,
    "secrets": NAMES,
    "timeout_s": 30,
}


def careless(secret: Any, how: str) -> Any:
    """What happens to a secret in code that nobody has looked at."""
    said = {
        "answer": f"signed in with {secret}",
        "answer nested": {"config": [{"password": secret, f"key {secret}": 1}], "repr": repr(secret)},
        "answer hex": str(secret).encode().hex(),
    }
    if how in said:
        return said[how]
    if how == "refuse":
        raise ToolFailed(f"535 {secret!r} was not accepted", retryable=False)
    if how == "long":
        raise RuntimeError("x" * 1_990 + str(secret))
    raise KeyError(secret)


HOWS = ("answer", "answer nested", "answer hex", "refuse", "long", "raise")


@tool(name="careless.here", action_type="careless.use", **COMMON)
async def careless_here(secret: str | dict[str, str], how: str) -> Any:
    """Use a secret in the executor."""
    return careless(secret, how)


@tool(
    name="careless.process",
    action_type="careless.use",
    isolation="process",
    env={"TOKEN": {"$secret": "plant-0"}},
    **COMMON,
)
def careless_process(secret: str | dict[str, str], how: str) -> Any:
    """Use a secret in a child process; its environment has another one."""
    if how == "answer":
        return {"told": dict(os.environ), "given": secret}  # noqa: TID251 - a tool that says everything
    return careless(secret, how)

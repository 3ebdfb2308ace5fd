"""Tools whose effects can be counted: each effect is a file, or a line, in the folder PROBE_FOLDER."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from groundstop.catalogue import EffectUnknown, ToolContext, ToolFailed, Undo, tool

FAST = {"attempts": 3, "backoff_s": 0.01, "timeout_s": 30}


def folder() -> Path:
    return Path(os.environ["PROBE_FOLDER"])  # noqa: TID251 - tools are told by their environment


def count(name: str, context: ToolContext) -> None:
    """One effect more."""
    with (folder() / f"{name}.{context.intent}").open("a") as file:
        file.write(f"{context.attempt}\n")


def count_once(name: str, context: ToolContext) -> None:
    """One effect per key."""
    (folder() / f"{name}.{context.intent}").write_text("1\n")


async def linger(seconds: float) -> None:
    await asyncio.sleep(seconds)  # noqa: TID251 - a tool may take its time


@tool(name="coroutine.none", action_type="probe.none", risk="risky", **FAST)
async def coroutine_none(linger_s: float, context: ToolContext) -> int:
    count("none", context)
    await linger(linger_s)
    return 1


@tool(
    name="coroutine.key",
    action_type="probe.key",
    risk="safe",
    idempotency="key",
    cost={"per_call": 0.5, "argument": "linger_s", "share": 0.1},
    **FAST,
)
async def coroutine_key(linger_s: float, context: ToolContext) -> int:
    count_once("key", context)
    await linger(linger_s if context.attempt == 1 else 0)
    return 1


@tool(name="process.none", action_type="probe.none", risk="risky", isolation="process", **FAST)
def process_none(linger_s: float, context: ToolContext) -> int:
    count("none", context)
    time.sleep(linger_s)
    return 1


@tool(name="process.key", action_type="probe.key", risk="safe", isolation="process", idempotency="key", **FAST)
def process_key(linger_s: float, context: ToolContext) -> int:
    count_once("key", context)
    time.sleep(linger_s if context.attempt == 1 else 0)
    return 1


async def was_counted(arguments: dict[str, Any], result: Any, context: ToolContext) -> bool | None:
    """Did it happen?"""
    if arguments.get("verdict") == "cannot tell":
        return None
    return (folder() / f"none.{context.intent}").exists()


@tool(
    name="coroutine.verified",
    action_type="probe.verified",
    risk="risky",
    verify="probe_tools:was_counted",
    verify_after_s=0.1,
    **FAST,
)
async def coroutine_verified(linger_s: float, context: ToolContext, before: bool = False, verdict: str = "") -> int:
    if before and context.attempt == 1:
        await linger(linger_s)
    count("none", context)
    await linger(linger_s if context.attempt == 1 else 0)
    return 1


@tool(name="busy.loop", action_type="probe.busy", risk="safe", idempotency="natural", **FAST)
async def busy_loop(seconds: float, times: int, context: ToolContext) -> int:
    """Computes on the executor's own loop, on and off."""
    for _ in range(times):
        time.sleep(seconds)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(0)  # noqa: TID251 - let others in
    return times


@tool(name="deaf.coroutine", action_type="probe.deaf", risk="risky", **FAST)
async def deaf_coroutine(context: ToolContext) -> int:
    """Goes on when it is cancelled."""
    count("deaf", context)
    while True:
        try:
            await asyncio.sleep(0.05)  # noqa: TID251 - a tool may sleep
        except asyncio.CancelledError:
            continue


@tool(
    name="raises",
    action_type="probe.raises",
    risk="safe",
    errors={"KeyError": "final", "OSError": "retryable"},
    **FAST,
)
async def raises(what: str, context: ToolContext) -> int:
    count("raises", context)
    match what:
        case "retryable":
            raise ToolFailed("try again")
        case "final":
            raise ToolFailed("never", retryable=False)
        case "unknown":
            raise EffectUnknown("who knows")
        case "key":
            raise KeyError("gone")
        case "os":
            raise ConnectionResetError("reset")
        case _:
            raise ValueError("odd")


@tool(name="raises.process", action_type="probe.raises", risk="safe", isolation="process", **FAST)
def raises_process(what: str, context: ToolContext) -> int:
    count("raises", context)
    raise ValueError(what)


@tool(name="down", action_type="probe.down", risk="risky", fallbacks=("up",), attempts=2, backoff_s=0.01)
async def down(text: str, context: ToolContext) -> int:
    raise ToolFailed("the line is down")


@tool(name="up", action_type="probe.up", risk="safe", attempts=2, backoff_s=0.01)
async def up(text: str, context: ToolContext) -> str:
    count("up", context)
    return text


@tool(name="by.hand", action_type="probe.down", risk="safe", manual=True, attempts=1)
async def by_hand(context: ToolContext) -> int:
    raise ToolFailed("out of order")


@tool(name="shaky", action_type="probe.shaky", risk="safe", attempts=1)
async def shaky(context: ToolContext) -> str:
    """Works while the file ``works`` is there."""
    if not (folder() / "works").exists():
        raise ToolFailed("out of order")
    return "fine"


@tool(
    name="box.put",
    action_type="box.put",
    risk="safe",
    undo=Undo(tool="box.take", arguments={"item": "result.item", "why": "=put by mistake"}),
)
async def box_put(name: str, context: ToolContext) -> dict[str, str]:
    (folder() / f"box.{name}").touch()
    with (folder() / "order").open("a") as file:
        file.write(f"put {name}\n")
    return {"item": name}


@tool(name="box.take", action_type="box.take", risk="safe")
async def box_take(item: str, why: str, context: ToolContext) -> str:
    if item.startswith("stuck"):
        raise ToolFailed("it is stuck", retryable=False)
    (folder() / f"box.{item}").unlink()
    with (folder() / "order").open("a") as file:
        file.write(f"take {item}\n")
    return why


@tool(name="single", action_type="probe.single", risk="safe", concurrency=1, idempotency="natural", **FAST)
async def single(context: ToolContext) -> bool:
    """Answers whether it was alone."""
    mark = folder() / "single"
    alone = not mark.exists()
    mark.touch()
    await linger(0.05)
    mark.unlink(missing_ok=True)
    return alone


@tool(name="step", action_type="probe.step", risk="risky", pauses_task=True, attempts=1)
async def step(works: bool, context: ToolContext) -> int:
    if not works:
        raise ToolFailed("it did not work", retryable=False)
    count("step", context)
    return 1

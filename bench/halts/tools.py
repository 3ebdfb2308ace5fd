"""Effects that leave a trace of when they ran: lines of monotonic seconds in the file HALTS_TICKS."""

import asyncio
import os
import time

from groundstop.catalogue import ToolContext, tool

TICK_S = 0.02


def _tick(what: str, context: ToolContext) -> None:
    """One line in one write: processes share the file."""
    path = os.environ["HALTS_TICKS"]  # noqa: TID251 - tools are told by their environment
    line = f"{time.monotonic():.6f} {what} {context.intent}\n".encode()
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(out, line)
    os.close(out)


@tool(name="halts.wait", action_type="halts.effect", risk="safe", timeout_s=60)
async def halts_wait(seconds: float, context: ToolContext) -> float:
    """An effect that takes its time, on the executor's loop."""
    _tick("begin", context)
    await asyncio.sleep(seconds)  # noqa: TID251 - the tool's whole purpose
    return seconds


@tool(name="halts.process", action_type="halts.effect", risk="safe", isolation="process")
def halts_process(seconds: float, context: ToolContext) -> float:
    """The same in a worker process."""
    _tick("begin", context)
    time.sleep(seconds)
    return seconds


@tool(name="halts.compute", action_type="halts.effect", risk="safe", timeout_s=60)
async def halts_compute(burst_s: float, times: int, context: ToolContext) -> int:
    """Computes on the executor's loop, in bursts, letting others in between."""
    _tick("begin", context)
    for _ in range(times):
        until = time.process_time() + burst_s
        while time.process_time() < until:
            pass
        await asyncio.sleep(0)  # noqa: TID251 - lets others in
    return times


@tool(name="halts.ticking", action_type="halts.effect", risk="safe", timeout_s=60)
async def halts_ticking(seconds: float, context: ToolContext) -> None:
    """Many small effects, so that the last one is known to a fiftieth of a second."""
    for _ in range(int(seconds / TICK_S)):
        _tick("tick", context)
        await asyncio.sleep(TICK_S)  # noqa: TID251 - the tool's whole purpose

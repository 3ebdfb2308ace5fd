"""Tools for the benchmark: as little work as possible, so that what is measured is the control plane."""

import asyncio
import time

from groundstop.catalogue import tool


@tool(name="bench.get", action_type="bench.read", risk="safe", idempotency="natural")
async def bench_get(item: int) -> int:
    """Get an item."""
    return item


@tool(name="bench.list_slow", action_type="bench.read", risk="safe", idempotency="natural", timeout_s=60)
async def bench_list_slow(seconds: float) -> float:
    """List items, slowly: something to be in flight when a halt comes."""
    await asyncio.sleep(seconds)  # noqa: TID251 - the tool's whole purpose
    return seconds


@tool(name="bench.wait", action_type="bench.wait", risk="safe", idempotency="natural", timeout_s=60)
async def bench_wait(seconds: float) -> float:
    """An effect that takes its time, on the executor's loop."""
    await asyncio.sleep(seconds)  # noqa: TID251 - the tool's whole purpose
    return seconds


@tool(name="bench.wait_process", action_type="bench.wait", risk="safe", idempotency="natural", isolation="process")
def bench_wait_process(seconds: float) -> float:
    """The same in a worker process."""
    time.sleep(seconds)
    return seconds


@tool(name="bench.compute", action_type="bench.wait", risk="safe", idempotency="natural", timeout_s=60)
async def bench_compute(seconds: float, times: int) -> int:
    """Keeps the executor's loop busy for ``seconds``, ``times`` times, letting others in between."""
    for _ in range(times):
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass
        await asyncio.sleep(0)  # noqa: TID251 - lets others in
    return times

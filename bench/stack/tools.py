"""Tools for the benchmark: as little work as possible, so that what is measured is the control plane."""

import asyncio

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

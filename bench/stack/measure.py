"""One function per question asked of a running stack."""

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import nats
import orjson
from groundstop.clickhouse import query
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.log.stream import state
from groundstop.stack_discovery import OWNER
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import bare_bus

from bench.stack import hops
from bench.stack.cpu import per_intent_us, snapshot, total
from bench.stack.load import quantile

WINDOW = 400
LEDGER = "audit.event_log"
CATCH_UP_S = 120.0


async def _run(*arguments: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A module in a process of its own; its one JSON line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE, env=env
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    answer: dict[str, Any] = orjson.loads(out)
    return answer


async def _load(stack: Stack, *arguments: str) -> dict[str, Any]:
    """Load on a stack, in its owner's name."""
    plan = stack.plan
    return await _run("bench.stack.load", plan.nats_url, *arguments, env=plan.env | plan.identity_of(OWNER))


async def ceiling(stack: Stack, count: int) -> float:
    """Messages per second through the bare hops, on a server of their own beside an idle stack."""
    with bare_bus(stack.plan.options.data / "bare") as bus:
        await bus.ready()
        return await _hops(bus.url, count)


async def _hops(url: str, count: int) -> float:
    nc = await nats.connect(url)
    await hops.declare(nc)
    await nc.close()
    relays = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.stack.hops", "relay", url, str(hop))
        for hop in range(hops.HOPS)
    ]
    try:
        await asyncio.sleep(2.0)  # noqa: TID251 - the relays import and subscribe
        found = await _run("bench.stack.hops", "drive", url, str(count), str(WINDOW))
    finally:
        for relay in relays:
            relay.terminate()
        await asyncio.gather(*(relay.wait() for relay in relays))
    return float(found["hops_s"])


async def governed(stack: Stack, count: int) -> dict[str, Any]:
    """Intents per second through the whole control plane, and the CPU each process spent on one."""
    pids = {name: child.pid for name, child in stack.children.items() if child.pid}
    before = snapshot(pids)
    found = await _load(stack, "saturate", str(count), str(WINDOW))
    spent = per_intent_us(before, snapshot(pids), count)
    return found | {"cpu_us": spent | {"all": total(spent.values())}}


async def latency(stack: Stack, rate: float, seconds: float) -> dict[str, Any]:
    """Submit to outcome, open loop."""
    return await _load(stack, "rate", str(rate), str(seconds))


async def audit(stack: Stack, count: int) -> dict[str, Any]:
    """The rate at which a backlog is written, and the lag that was seen while everything ran."""
    clock = Clock()
    dsn = stack.plan.clickhouse_dsn
    await _caught_up(stack, clock)
    lag = query(dsn, f"SELECT quantile(0.99)(dateDiff('millisecond', logged_at, ingested_at)) FROM {LEDGER}", "TSV")
    pid = stack.children["audit"].pid
    assert pid is not None
    before = int(query(dsn, f"SELECT max(seq) FROM {LEDGER}", "TSV"))
    os.kill(pid, signal.SIGSTOP)
    try:
        await governed(stack, count)
    finally:
        os.kill(pid, signal.SIGCONT)
    began = clock.monotonic()
    newest = await _caught_up(stack, clock)
    return {
        "events_s": round((newest - before) / (clock.monotonic() - began)),
        "lag_p99_s": round(float(lag) / 1e3, 3),
        "backlog": newest - before,
    }


async def _caught_up(stack: Stack, clock: Clock) -> int:
    nc = await nats.connect(**connection_options(stack.plan.settings))
    newest = int((await state(nc))["last_seq"])
    await nc.close()
    deadline = clock.monotonic() + CATCH_UP_S
    newest_written = functools.partial(query, stack.plan.clickhouse_dsn, f"SELECT max(seq) FROM {LEDGER}", "TSV")
    while int(await asyncio.to_thread(newest_written)) < newest:
        if clock.monotonic() > deadline:
            raise RuntimeError(f"audit did not catch up in {CATCH_UP_S:g} s")
        await clock.sleep(0.02)
    return newest


async def halts(stack: Stack, rounds: int) -> dict[str, Any]:
    """Press to the last executor's report while tools are in flight and ordinary load flows; then resume, again."""
    taken, claims, flights, missing = [], 0, 0, 0
    async with Client.open(agent="operator", settings=stack.plan.settings) as operator:
        await _load(stack, "slow", "160")
        load = asyncio.create_task(_load(stack, "rate", "100.0", str(rounds * 2.0)))
        for _ in range(rounds):
            await asyncio.sleep(0.3)  # noqa: TID251 - let flights take off between halts
            report = await operator.halt("all", "measuring", wait_s=3.0)
            taken.append(report.last_halted_ms)
            claims += report.claims_after
            missing += len(report.missing)
            flights += sum(len(executor["in_flight"]) for executor in report.executors)
            await operator.resume(report.control, "measured")
        await load
    return {
        "rounds": rounds,
        "p50_ms": round(quantile(taken, 0.5), 2),
        "p99_ms": round(quantile(taken, 0.99), 2),
        "max_ms": round(max(taken), 2),
        "claims_after": claims,
        "missing": missing,
        "in_flight": flights,
    }

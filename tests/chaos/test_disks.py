"""No room for the record, or for the log: what was acknowledged is kept, the rest is refused, and somebody says so."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import psutil
import pytest
from groundstop.client import Client
from groundstop.log.stream import state
from groundstop.vocabulary import Status
from groundstop_example_support import effects

from tests.chaos.account import Account
from tests.chaos.disks import Disk, limited, may_mount, small_disk
from tests.chaos.history import newest_row
from tests.chaos.world import World, busy, running_world

RATE = 30.0
MIX = (("orders.note", 80), ("orders.get", 20))
SETTLE_S = 100.0
KINDS = ["full", pytest.param("refused", marks=pytest.mark.slow)] if may_mount() else ["refused"]


@asynccontextmanager
async def a_disk(kind: str, data: Path) -> AsyncIterator[tuple[World, Disk]]:
    """A stack whose record has a disk that can fill up."""
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(small_disk(data / "clickhouse")) if kind == "full" else None
        async with running_world(data, GROUNDSTOP_WORKERS="0") as world:
            pid = world.stack.children["clickhouse"].pid
            assert pid is not None
            yield world, disk or limited(psutil.Process(pid))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_full_disk_holds_the_record_up_and_nothing_else(tmp_path: Path, kind: str, account: Account) -> None:
    """Intents go on, ``groundstop status`` says what is wrong, and with room again the record has every row once."""
    async with (
        a_disk(kind, tmp_path / "stack") as (world, disk),
        busy(world, RATE, 1, agents=2) as load,
        world.client("checker") as client,
    ):
        await load.tickets_come()
        await asyncio.to_thread(disk.fill)
        problem = await world.until(lambda: _problem(world), "a problem in the status", SETTLE_S)
        stuck_at = await asyncio.to_thread(newest_row, world.stack.plan.clickhouse_dsn)
        before = len(load.tickets)
        await load.tickets_come(before + 40)
        ended_meanwhile = await load.tickets[before].outcome(SETTLE_S)
        behind = await world.until(lambda: _still_behind(world, stuck_at), "to look once more")
        await asyncio.to_thread(disk.make_room)
        await load.stop()
        found = await load.outcomes(SETTLE_S)
        history = await world.history(client)
        await world.until(lambda: _well(world), "no problem any more", SETTLE_S)
    print(f"{disk.kind}: {found}; said: {problem[:200]}; the record stood at {stuck_at}")
    assert problem.startswith("audit: ")
    assert ended_meanwhile.status in (Status.SUCCEEDED, Status.DENIED)  # the load's reviewers deny some
    assert behind
    assert (problems := world.problems(history)) == [], "\n".join(problems[:10])
    assert load.failures == []
    account.add({f"{disk.kind} for the record": 1}, len(history.intents), len(history.facts))


@pytest.mark.timeout(600)
@pytest.mark.skipif(not may_mount(), reason="only root may mount a disk that fills up")
async def test_a_full_disk_of_the_log_acknowledges_nothing_and_loses_nothing(tmp_path: Path, account: Account) -> None:
    """Nothing starts meanwhile, somebody says why, and with room and a fresh server all of it goes on."""
    data = tmp_path / "stack"
    with small_disk(data / "nats") as disk:
        async with (
            running_world(data, GROUNDSTOP_WORKERS="0") as world,
            busy(world, 15.0, 2, agents=2, mix=MIX) as load,
            world.client("checker") as client,
        ):
            await load.tickets_come()
            await asyncio.to_thread(disk.fill)
            problem = await world.until(lambda: _problem(world), "a problem in the status", SETTLE_S)
            stood_at, changed = await _newest(client), effects.counts(world.beside.folder).total()
            await world.clock.sleep(1.5)
            moved = await _newest(client), effects.counts(world.beside.folder).total()
            await asyncio.to_thread(disk.make_room)
            await world.signal("nats", signal.SIGKILL)  # it takes nothing more until it has been started again
            await load.stop()
            found = await load.outcomes(SETTLE_S)
            history = await world.history(client)
            await world.until(lambda: _well(world), "no problem any more", SETTLE_S)
    print(f"{found}; said: {problem}; refused {len(load.failures)}; the log stood at {stood_at}")
    assert "has not acknowledged a fact for" in problem
    assert moved == (stood_at, changed)
    assert (problems := world.problems(history)) == [], "\n".join(problems[:10])
    assert {who[2] for who in history.intents} >= {ticket.intent for ticket in load.tickets}
    account.add({"disk full for the log": 1}, len(history.intents), len(history.facts))


async def _newest(client: Client) -> int:
    return int((await state(client.nc))["last_seq"])


async def _problems(world: World) -> list[str]:
    """What ``groundstop status`` says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundstop.cli", "status", "--data", str(world.data), "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    found: list[str] = orjson.loads(out)["problems"]
    return found


async def _problem(world: World) -> str:
    return next(iter(await _problems(world)), "")


async def _well(world: World) -> bool:
    return not await _problems(world)


async def _still_behind(world: World, at: int) -> bool:
    """The record has not moved while intents ended."""
    return await asyncio.to_thread(newest_row, world.stack.plan.clickhouse_dsn) == at

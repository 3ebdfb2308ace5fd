"""Halts under load: everybody named, everything in flight accounted for, nothing claimed after, nothing forgotten."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import orjson
import psutil
import pytest
import pytest_asyncio
from groundstop.client import Client
from groundstop.events import ExecutorHalted
from groundstop.vocabulary import Status
from groundstop_example_support import effects
from groundstop_example_support.launch import set_fault
from groundstop_example_support.settings import read

from tests.chaos.world import World, busy, running_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]
EXECUTORS = 8
ENDS = {"never_started", "finished", "cancelled_before_effect", "unknown"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Eight executors; at the end every rule holds over all that these tests did."""
    async with running_world(tmp_path_factory.mktemp("halts"), EXECUTORS, GROUNDSTOP_WORKERS="0") as started:
        yield started
        async with started.client("checker") as client:
            problems = started.problems(await started.history(client))
        assert problems == [], "\n".join(problems[:10])


async def _cli(world: World, *arguments: str) -> tuple[int, Any]:
    """Run ``groundstop`` and parse the one document on its stdout."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundstop.cli", *arguments, "--data", str(world.data), "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    assert out, err.decode()
    return process.returncode, orjson.loads(out)


async def _claims(client: Client) -> int:
    return len([1 async for _ in client.log.until_now(patterns=["gs.execution.started.>"])])


async def _nothing_starts(world: World, client: Client, for_s: float) -> None:
    claimed, changed = await _claims(client), effects.counts(world.beside.folder).total()
    await world.clock.sleep(for_s)
    assert await _claims(client) == claimed
    assert effects.counts(world.beside.folder).total() == changed


async def test_a_halt_under_load_is_complete_survives_a_restart_and_is_lifted(world: World) -> None:
    async with busy(world, 120, seed=5) as load, world.client("checker") as client:
        await set_fault(read(world.beside.folder), "mail", "slow", delay_s=1.5)
        await world.until(lambda: _claims(client), "the first claims")
        await world.clock.sleep(2)
        status, report = await _cli(world, "halt", "--reason", "a test", "--as", "olga")
        print({key: value for key, value in report.items() if key != "executors"})
        assert (status, report["missing"], report["claims_after"]) == (0, [], 0)
        assert len({executor["id"] for executor in report["executors"]}) == EXECUTORS
        flights = [flight for executor in report["executors"] for flight in executor["in_flight"]]
        assert {flight["ended"] for flight in flights} <= ENDS
        assert flights, "nothing was in flight: the test has shown nothing"
        await _nothing_starts(world, client, 1.0)
        await load.stop()
        waiting = [ticket.intent for ticket in load.tickets if await client.outcome_of(ticket.intent) is None]
        assert waiting, "nothing was left waiting: the test has shown nothing"
    await world.stop()
    await world.start()
    async with world.client("checker") as client:
        _, controls = await _cli(world, "controls")
        assert [halt["control"] for halt in controls["halts"]] == [report["control"]]
        await _nothing_starts(world, client, 1.5)
        status, resumed = await _cli(world, "resume", report["control"], "--note", "it was a test")
        assert (status, resumed["still_halted"]) == (0, 0)
        for intent in waiting:
            await world.until(lambda intent=intent: client.outcome_of(intent), f"the outcome of {intent}")  # type: ignore[misc]


async def test_a_stopped_executor_is_named_and_starts_nothing_when_it_comes_back(world: World) -> None:
    """The process sleeps with claims on its mind; its guard is awake and knows."""
    async with busy(world, 80, seed=6) as load, world.client("checker") as client:
        await world.clock.sleep(2)
        pid = await world.signal("executor-3", signal.SIGSTOP)
        try:
            status, report = await _cli(world, "halt", "--reason", "a test", "--as", "olga")
            assert status == 1
            assert [name.rpartition("-")[0] for name in report["missing"]] == ["executor-3"]
            assert (len(report["executors"]), report["claims_after"]) == (EXECUTORS - 1, 0)
            await load.stop()
            claimed = await _claims(client)
        finally:
            asleep = psutil.pid_exists(pid)  # its guard ends one that runs something and does not obey for a second
            if asleep:
                psutil.Process(pid).resume()
        if asleep:
            await world.until(lambda: _reported(client, report["control"], EXECUTORS), "the late report")
        assert await _claims(client) == claimed
        await _nothing_starts(world, client, 1.0)
        await _cli(world, "resume", report["control"], "--note", "it was a test")
        found = await load.outcomes()
        print(found)
        assert set(found) <= {Status.SUCCEEDED, Status.DENIED, Status.UNKNOWN}


async def _reported(client: Client, control: str, count: int) -> bool:
    return len(await client.log.newest([f"gs.executor.halted.{control}.*"])) == count


async def test_executors_without_a_bus_halt_within_a_second_and_say_so_later(world: World) -> None:
    """A frozen bus is the worst kind: no connection breaks, answers just stop."""
    await set_fault(read(world.beside.folder), "mail", "slow", delay_s=20)
    async with world.client("helper") as client:
        mails = [
            await client.submit(
                "email.send", {"to": f"c{n}@customers.example", "subject": "x", "body": "y"}, confidence=0.95
            )
            for n in range(24)
        ]
        before = await _claims(client)
        await world.until(lambda: _started(client, {mail.intent for mail in mails}), "all claims")
        pid = await world.signal("nats", signal.SIGSTOP)
        frozen = world.clock()
        await world.clock.sleep(2.5)
        psutil.Process(pid).resume()
        outcomes = [await mail.outcome(30) for mail in mails]
        reports = await world.until(lambda: _lost_contact(client, EXECUTORS), "every executor's report", 30)
    await set_fault(read(world.beside.folder), "mail", "ok")
    after = [(report.at - frozen).total_seconds() for report in reports if report.in_flight]
    print(f"{before} claims before; halted after {sorted(round(s, 3) for s in after)} s")
    assert after and max(after) <= 1.0
    assert {outcome.status for outcome in outcomes} == {Status.UNKNOWN}
    flights = [flight for report in reports for flight in report.in_flight]
    assert {flight.intent for flight in flights} == {mail.intent for mail in mails}


async def _started(client: Client, intents: set[str]) -> bool:
    found = await client.log.newest(["gs.execution.started.default.helper.>"])
    return intents <= {stored.subject.split(".")[5] for stored in found}


async def _lost_contact(client: Client, count: int) -> list[ExecutorHalted]:
    found = [
        ExecutorHalted.model_validate_json(stored.payload)
        for stored in await client.log.newest(["gs.executor.halted.>"])
        if ".lost-contact-" in stored.subject
    ]
    return found if len({report.executor for report in found}) >= count else []

"""What a halt does to an executor under way: nothing begins after it, and everything is accounted for."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from groundstop import subjects
from groundstop.events import ExecutorHalted
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.testing import running_bus
from live import Live, live_on


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, tmp_path / "probe") as started:
        yield started


def ends(report: object) -> dict[str, str]:
    return {running["intent"]: running["ended"] for line in report.executors for running in line["in_flight"]}  # type: ignore[attr-defined]


async def test_what_runs_is_cancelled_and_the_ledger_names_it_all(live: Live) -> None:
    await live.executor()
    kinds = ("coroutine.none", "process.none", "coroutine.key")
    intents = [await live.clear(kind, arguments={"linger_s": 30}) for kind in kinds]
    for intent in intents:
        await live.happened(intent)
    report = await live.operator.halt("all", "stop", 5)
    assert ends(report) == dict.fromkeys(intents, "unknown")
    assert (report.missing, report.claims_after) == ([], 0)
    assert [(await live.outcome(intent)).status for intent in intents[:2]] == [Status.UNKNOWN] * 2
    await live.operator.resume(report.control, "go on")
    assert (await live.outcome(intents[2])).status is Status.SUCCEEDED


async def test_with_nothing_in_flight_an_executor_reports_all_the_same(live: Live) -> None:
    await live.executor()
    report = await live.operator.halt("risk=dangerous", "look into it", 5)
    assert [line["in_flight"] for line in report.executors] == [[]]


async def test_a_halt_by_risk_alone_stops_only_that_risk_and_above(live: Live) -> None:
    await live.executor()
    await live.operator.halt("risk=risky", "only reading today", 5)
    risky = await live.clear("coroutine.none", arguments={"linger_s": 0}, risk="risky")
    safe = await live.clear("coroutine.key", arguments={"linger_s": 0})
    assert (await live.outcome(safe)).status is Status.SUCCEEDED
    assert (await live.claims(risky), live.effects(risky)) == (0, 0)


async def test_nothing_begins_after_a_halt_that_a_busy_executor_has_not_heard(live: Live) -> None:
    """The loop is held by a tool that computes; claimed and waiting calls look before they begin, and do not."""
    await live.executor()
    await live.clear("busy.loop", arguments={"seconds": 0.3, "times": 20})
    intents = [await live.clear("coroutine.none", arguments={"linger_s": 5}) for _ in range(30)]
    await live.clock.sleep(0.5)
    report = await live.operator.halt("action=probe.none", "stop", 0.01)
    before = {intent: live.effects(intent) for intent in intents}
    at = [await live.log.last(subjects.halted(report.control, "*"))]

    async def reported() -> bool:
        at[0] = await live.log.last(subjects.halted(report.control, "*"))
        return at[0] is not None

    await eventually(reported, "the report")
    await live.clock.sleep(1.0)
    assert {intent: live.effects(intent) for intent in intents} == before
    assert report.claims_after == 0


async def test_a_process_worker_that_becomes_free_after_a_halt_begins_nothing(live: Live) -> None:
    await live.executor(GROUNDSTOP_WORKERS="1")
    first = await live.clear("process.key", arguments={"linger_s": 2})
    await live.happened(first)
    waiting = [await live.clear("process.none", arguments={"linger_s": 0}) for _ in range(5)]
    for intent in waiting:
        await live.started(intent)
    report = await live.operator.halt("action=probe.none", "stop", 5)
    assert {ends(report).get(intent) for intent in waiting} == {"never_started"}
    await live.outcome(first)
    await live.clock.sleep(0.5)
    assert sum(map(live.effects, waiting)) == 0
    await live.operator.resume(report.control, "go on")
    assert {(await live.outcome(intent)).status for intent in waiting} == {Status.SUCCEEDED}
    assert [live.effects(intent) for intent in waiting] == [1] * 5


async def test_a_coroutine_that_ignores_its_cancellation_ends_with_its_process(live: Live) -> None:
    process = await live.executor()
    intent = await live.clear("deaf.coroutine", arguments={})
    await live.happened(intent)
    await live.operator.halt("all", "stop", 0.1)
    assert await asyncio.to_thread(process.wait, 5) == -signal.SIGKILL


async def test_an_executor_that_stands_still_is_ended_by_its_guard(live: Live) -> None:
    """It cannot stop what it runs while it is frozen: after a second its guard ends it, and the others find out."""
    process = await live.executor()
    intent = await live.clear("coroutine.none", arguments={"linger_s": 30})
    await live.happened(intent)
    process.send_signal(signal.SIGSTOP)
    report = await live.operator.halt("all", "stop", 0.7)
    assert len(report.missing) == 1
    assert await asyncio.to_thread(process.wait, 5) == -signal.SIGKILL
    await live.executor()
    assert (await live.outcome(intent)).status is Status.UNKNOWN
    assert live.effects(intent) == 1


async def test_a_starting_executor_answers_a_halt_that_was_pressed_meanwhile(live: Live) -> None:
    starting = asyncio.create_task(live.executor())
    while not live.processes:
        await live.clock.sleep(0.01)
    report = await live.operator.halt("all", "stop", 0.1)
    assert report.executors == []
    await starting
    pattern = subjects.halted(report.control, "*")
    assert await eventually(lambda: live.log.last_fact(ExecutorHalted, pattern), "its report")


async def test_a_file_on_the_host_halts_it_without_any_bus(live: Live, tmp_path: Path) -> None:
    """Each time it appears is a halt of its own in the ledger."""
    halt_file = tmp_path / "halt"
    await live.executor(GROUNDSTOP_HALT_FILE=str(halt_file))
    for number in (1, 2):
        intent = await live.clear("coroutine.none", arguments={"linger_s": 30})
        await live.happened(intent)
        halt_file.touch()
        assert (await live.outcome(intent)).status is Status.UNKNOWN
        pattern = subjects.halted(f"local-{number}", "*")
        fact = await eventually(lambda pattern=pattern: live.log.last_fact(ExecutorHalted, pattern), "its report")
        assert [running.intent for running in fact.in_flight] == [intent]
        halt_file.unlink()
        await live.clock.sleep(0.5)


async def test_without_the_bus_what_runs_stops_and_is_reported_when_the_bus_is_back(live: Live) -> None:
    await live.executor()
    intent = await live.clear("process.none", arguments={"linger_s": 60})
    await live.happened(intent)
    live.bus.kill()
    await live.clock.sleep(1.2)
    live.bus.start()
    await live.bus.ready()
    assert (await live.outcome(intent)).status is Status.UNKNOWN
    pattern = subjects.halted("lost-contact-1", "*")
    fact = await eventually(lambda: live.log.last_fact(ExecutorHalted, pattern), "the report of lost contact")
    assert [running.ended for running in fact.in_flight] == ["unknown"]

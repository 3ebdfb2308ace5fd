"""Two rate-limiters on one durable: one meters, the other knows everything the moment it has to go on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from groundstop import subjects
from groundstop.bus.delivery import RATE_LIMITER
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.log.lookup import api
from groundstop.log.stream import consumer_config
from groundstop.policy import load_policy
from groundstop.subjects import STREAM
from groundstop.testing import a_classification, eventually
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.testing import Bus

ALLOWED = 20
POLICY = f"limits: [{{name: few, match: {{tools: '*'}}, count: {ALLOWED}, period_s: 3600, burst: {ALLOWED}}}]"
VERSION = load_policy(POLICY).version
READY_S = 60.0
METERS = '"event":"meters"'


@contextmanager
def rate_limiter(name: str, bus: Bus, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The service, as a process of its own."""
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    env = {**os.environ, "GROUNDSTOP_NATS_URL": bus.url, "GROUNDSTOP_POLICY": str(folder / "policy.yaml")}  # noqa: TID251 - a process of this test
    with (folder / f"{name}.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "groundstop_rate_limiter"],
            env=env,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)


def says(folder: Path, name: str, event: str) -> bool:
    """Whether a process has logged ``event``."""
    return event in (folder / f"{name}.log").read_text(encoding="utf-8")


async def put(log: Log, count: int) -> list[str]:
    """Classified intents that want to go on; their ids."""
    found = []
    for _ in range(count):
        classified = a_classification(Clock()(), policy_version=VERSION)
        await log.publish_once(classified)
        found.append(classified.intent)
    return found


async def answered(log: Log, count: int) -> tuple[int, int]:
    """How many of ``count`` were cleared and how many throttled, when each has its answer."""
    who = a_classification(Clock()())
    patterns = [subjects.any_detail(kind, who.tenant, who.agent, "*") for kind in ("intent.cleared", "outcome")]

    async def complete() -> tuple[int, int] | None:
        found = [stored.subject async for stored in log.until_now(patterns=patterns)]
        cleared = sum(subject.startswith("gs.intent.cleared.") for subject in found)
        return (cleared, len(found) - cleared) if len(found) >= count else None

    return await eventually(complete, f"{count} answers", within_s=READY_S)


async def until(folder: Path, name: str, event: str) -> None:
    """Wait until a process has logged ``event``."""

    async def said() -> bool:
        return says(folder, name, event)

    await eventually(said, f"{event} by {name}", within_s=READY_S)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=lambda number: number.name)
async def test_the_stand_by_goes_on_where_the_other_was(
    log: Log, bus: Bus, tmp_path: Path, number: signal.Signals
) -> None:
    """Limits hold over the change: what the first admitted counts for the second, and not twice."""
    with rate_limiter("first", bus, tmp_path) as first, rate_limiter("second", bus, tmp_path) as second:
        processes = {"first": first, "second": second}
        await put(log, 1)
        assert await answered(log, 1) == (1, 0)
        names = {True: ("first", "second"), False: ("second", "first")}
        active, waiting = names[says(tmp_path, "first", METERS)]
        assert not says(tmp_path, waiting, METERS), "two meter at once"
        await put(log, ALLOWED // 2)
        assert await answered(log, 1 + ALLOWED // 2) == (1 + ALLOWED // 2, 0)
        pid = processes[active].pid
        os.kill(pid, number)
        if number is not signal.SIGSTOP:
            await asyncio.to_thread(processes[active].wait, READY_S)  # told to end, it first does what it has in hand
        await put(log, ALLOWED)
        await until(tmp_path, waiting, METERS)
        assert await answered(log, 1 + ALLOWED // 2 + ALLOWED) == (ALLOWED, 1 + ALLOWED // 2)
        if number is signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
            await until(tmp_path, active, "stands_by")
            await put(log, 2)
            assert await answered(log, 3 + ALLOWED // 2 + ALLOWED) == (ALLOWED, 3 + ALLOWED // 2)


async def test_a_durable_from_before_becomes_one_at_a_time_in_place(log: Log, bus: Bus) -> None:
    """The bootstrap of the next version runs on the log of the one before; its place in the log is kept."""
    before = replace(RATE_LIMITER, name="metering", one_at_a_time=False)
    place = f"CONSUMER.DURABLE.CREATE.{STREAM}.metering"
    for durable in (before, replace(before, one_at_a_time=True)):
        await api(log.nc, place, {"stream_name": STREAM, "config": consumer_config(durable)})
    found = await api(log.nc, f"CONSUMER.INFO.{STREAM}.metering")
    assert found["config"]["priority_policy"] == "pinned_client"

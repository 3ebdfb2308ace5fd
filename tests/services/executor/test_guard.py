"""The guard process: it hears halts at once, forgets none, and everything is halted when it knows nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import pytest_asyncio
from executor_support import Bus, until
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import Control, Halt
from groundstop.settings import Settings
from groundstop_guard.client import GuardHandle
from groundstop_guard.connection import SILENT_S_MAX
from groundstop_guard.memory import SIZE_BYTES, GuardMemory
from groundstop_guard.state import HEARD_S, LEASE_S, GuardState, answered, heard, looked, newest_in
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError

LANE = 3
AT = datetime(2026, 1, 1, tzinfo=UTC)


def a_halt(control: str, reason: str = "test") -> Halt:
    return Halt(control=control, scope="agent=a", reason=reason, by="op", at=AT)


def a_control(*halts: Halt) -> bytes:
    fields: dict[str, Any] = {"action": "halt", "scope": "all", "reason": "test", "by": "op", "lane": LANE}
    return Control(id="c", at=AT, control="c", halts=halts, **fields).model_dump_json().encode()


# ---- what is known, as values


def test_an_older_answer_neither_lifts_a_halt_nor_renews_the_lease() -> None:
    known = GuardState(epoch=7, deadline=1.0, stored=(a_halt("h"),))
    assert answered(known, 6, (), asked_at=5.0) == known


def test_a_lease_counts_from_when_it_was_asked_for() -> None:
    known = answered(GuardState(), 1, (), asked_at=5.0)
    assert known.deadline == 5.0 + LEASE_S
    assert answered(known, 1, (), asked_at=4.0).deadline == known.deadline


def test_a_broadcast_adds_halts_and_never_removes_one() -> None:
    known = heard(GuardState(epoch=1, stored=(a_halt("old"),)), (a_halt("new"),), now=0.0)
    assert [halt.control for halt in known.halts] == ["old", "new"]
    assert heard(known, (), now=0.1).halts == known.halts


def test_what_was_heard_outlasts_answers_that_do_not_have_it_yet() -> None:
    """The broadcast of a batch arrives before the batch is stored."""
    known = answered(heard(GuardState(), (a_halt("h"),), now=0.0), 0, (), asked_at=0.1)
    assert [halt.control for halt in known.halts] == ["h"]


def test_what_was_heard_and_then_stored_is_lifted_by_the_log() -> None:
    known = heard(GuardState(), (a_halt("h"),), now=0.0)
    known = answered(known, 1, (a_halt("h"),), asked_at=0.1)
    assert [halt.control for halt in known.halts] == ["h"]
    assert answered(known, 2, (), asked_at=0.2).halts == ()


def test_what_was_heard_but_never_stored_ends() -> None:
    known = heard(GuardState(), (a_halt("h"),), now=0.0)
    assert looked(known, HEARD_S - 0.1, "", AT).halts
    assert not looked(known, HEARD_S + 0.1, "", AT).halts


def test_no_control_yet_is_an_answer_and_other_errors_are_not() -> None:
    assert newest_in(b'{"error": {"code": 404, "err_code": 10037}}') is None
    for other in (b'{"error": {"code": 503, "err_code": 10008}}', b"{", b"{}"):
        with pytest.raises((ValueError, KeyError)):
            newest_in(other)


# ---- the shared memory


def test_memory_that_nobody_wrote_is_never_live() -> None:
    assert not GuardMemory.create().read().live(0.0)


def test_what_one_process_writes_another_reads() -> None:
    memory = GuardMemory.create()
    other = GuardMemory(os.dup(memory.fd))
    memory.write(5.0, 7, (a_halt("h"),))
    view = other.read()
    assert (view.deadline, view.epoch, view.halts, view.live(4.9), view.live(5.0)) == (
        *(5.0, 7, (a_halt("h"),)),
        *(True, False),
    )
    assert other.read() is view
    memory.write(6.0, 7, (a_halt("h"),))
    assert other.read().version == view.version
    memory.write(6.0, 8, ())
    assert other.read().version == view.version + 1
    other.in_flight = 3
    assert memory.in_flight == 3


def test_a_writer_that_died_in_the_middle_leaves_the_last_view_and_can_be_followed() -> None:
    memory = GuardMemory.create()
    reader = GuardMemory(os.dup(memory.fd))
    memory.write(5.0, 7, (a_halt("h"),))
    before = reader.read()
    memory._words[0] |= 1
    assert reader.read() == before
    GuardMemory(os.dup(memory.fd)).write(6.0, 8, ())
    assert (reader.read().epoch, reader.read().halts) == (8, ())


def test_a_table_longer_than_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        GuardMemory.create().write(5.0, 7, (a_halt("h", "x" * 19_000),) * (SIZE_BYTES // 19_000))


WRITER = """
import sys
from groundstop_guard.memory import GuardMemory
sys.path.insert(0, sys.argv[2])
from test_guard import a_halt
memory = GuardMemory(int(sys.argv[1]))
for epoch in range(1, 2_001):
    memory.write(float(epoch), epoch, tuple(a_halt(str(epoch)) for _ in range(epoch % 5)))
"""


def test_a_reader_never_sees_half_a_write() -> None:
    memory = GuardMemory.create()
    command = [sys.executable, "-c", WRITER, str(memory.fd), str(Path(__file__).parent)]
    with subprocess.Popen(command, pass_fds=(memory.fd,)) as writer:
        seen = 0
        while (view := memory.read()).epoch < 2_000 and writer.poll() is None:
            seen += view.epoch > 0
            assert view.deadline == view.epoch
            assert [halt.control for halt in view.halts] == [str(view.epoch)] * (view.epoch % 5)
    assert memory.read().epoch == 2_000
    assert seen > 0


# ---- the process


@pytest.fixture
def halt_file(tmp_path: Path) -> Path:
    return tmp_path / "halt"


@pytest_asyncio.fixture
async def guard(bus: Bus, connection: Client, halt_file: Path) -> AsyncIterator[GuardHandle]:
    """A guard that has its first lease."""
    settings = Settings(nats_url=bus.url, halt_file=halt_file)
    handle = await GuardHandle.start(settings, "ex-1", Clock(), lane=LANE)
    assert not handle.live
    await handle.ready(within_s=60)
    yield handle
    await handle.stop()


async def store(connection: Client, *halts: Halt, lane: int = LANE, expected: int | None = None) -> int:
    """Write the table of halts to a lane, where ``expected`` is the last sequence there; answers the new sequence."""
    headers = None if expected is None else {"Nats-Expected-Last-Subject-Sequence": str(expected)}
    ack = await connection.jetstream().publish(subjects.control(lane), a_control(*halts), headers=headers)
    return ack.seq


async def renewed(guard: GuardHandle) -> None:
    """Wait for another lease than the one there is."""
    deadline = guard.view().deadline
    await until(lambda: guard.view().deadline > deadline)


def controls(guard: GuardHandle) -> list[str]:
    return [halt.control for halt in guard.view().halts]


async def test_before_any_control_there_is_a_lease_at_epoch_0(guard: GuardHandle) -> None:
    assert (guard.view().epoch, guard.view().halts) == (0, ())


async def test_a_halt_is_known_with_its_sequence_and_wakes_the_executor(guard: GuardHandle, connection: Client) -> None:
    changed = asyncio.create_task(guard.changed())
    await until(changed.done)  # the first lease is a change
    changed = asyncio.create_task(guard.changed())
    sequence = await store(connection, a_halt("h"))
    await asyncio.wait_for(changed, 30)
    assert controls(guard) == ["h"]
    await until(lambda: guard.view().epoch == sequence)
    assert controls(guard) == ["h"]


async def test_a_resume_lifts_the_halt(guard: GuardHandle, connection: Client) -> None:
    await store(connection, a_halt("one"), a_halt("two"))
    await until(lambda: controls(guard) == ["one", "two"])
    await store(connection, a_halt("two"))
    await until(lambda: controls(guard) == ["two"])


async def test_another_lane_is_not_listened_to(guard: GuardHandle, connection: Client) -> None:
    await store(connection, a_halt("other"), lane=LANE + 1)
    sequence = await store(connection, a_halt("own"))
    await until(lambda: guard.view().epoch == sequence)
    assert controls(guard) == ["own"]


async def test_a_resume_that_the_log_refuses_lifts_nothing(guard: GuardHandle, connection: Client) -> None:
    """Whoever listens on the bus also hears what the log then refuses."""
    first = await store(connection, a_halt("h"))
    await until(lambda: guard.view().epoch == first)
    version = guard.view().version
    with pytest.raises(APIError):
        await store(connection, expected=first + 5)
    await renewed(guard)
    assert (controls(guard), guard.view().version) == (["h"], version)


async def test_a_halt_that_is_broadcast_but_never_stored_ends_on_its_own(
    guard: GuardHandle, connection: Client
) -> None:
    with pytest.raises(APIError):
        await store(connection, a_halt("h"), expected=99)
    await until(lambda: controls(guard) == ["h"])
    await until(lambda: controls(guard) == [], within_s=HEARD_S + 5)


async def test_a_control_that_cannot_be_read_halts_everything(guard: GuardHandle, connection: Client) -> None:
    await connection.jetstream().publish(subjects.control(LANE), b"not a control")
    await until(lambda: not guard.live)
    await store(connection)
    await guard.ready(within_s=60)


async def test_a_busy_executor_reads_a_halt_that_its_loop_has_not_heard(guard: GuardHandle, connection: Client) -> None:
    await connection.publish(subjects.control(LANE), a_control(a_halt("h")))
    await connection.flush()
    deadline = Clock().monotonic() + 5
    while not controls(guard) and Clock().monotonic() < deadline:
        pass  # the loop stands still, as it does for a handler that computes
    assert controls(guard) == ["h"]


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_without_the_bus_everything_halts_and_the_executor_is_told(
    guard: GuardHandle, connection: Client, bus: Bus, number: signal.Signals
) -> None:
    """A frozen server keeps its connections; a dead one does not. A halt is still known when it is back."""
    await store(connection, a_halt("h"))
    await until(lambda: controls(guard) == ["h"])
    bus.send(number)
    async with asyncio.timeout(30):
        while guard.live:
            await guard.changed()
    if number == signal.SIGSTOP:
        bus.send(signal.SIGCONT)
    else:
        await bus.start()
    await guard.ready(within_s=60)
    assert controls(guard) == ["h"]


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_without_its_guard_an_executor_halts_until_there_is_a_new_one(
    guard: GuardHandle, connection: Client, number: signal.Signals
) -> None:
    """A guard that stands still is worse than a dead one: it is killed and replaced too."""
    await store(connection, a_halt("h"))
    await until(lambda: controls(guard) == ["h"])
    before = guard.pid
    os.kill(before, number)
    # A dead one may be replaced before its lease ends.
    await until(lambda: not guard.live or guard.pid != before)
    assert controls(guard) == ["h"]
    await until(lambda: guard.pid != before)
    await guard.ready(within_s=60)
    await renewed(guard)
    assert controls(guard) == ["h"]


async def test_a_file_halts_this_host_as_long_as_it_exists(guard: GuardHandle, halt_file: Path) -> None:
    halt_file.touch()  # noqa: ASYNC240 - a test has one thing to do
    await until(lambda: [(halt.control, halt.scope) for halt in guard.view().halts] == [("local", "all")])
    halt_file.unlink()  # noqa: ASYNC240
    await until(lambda: controls(guard) == [])


async def test_a_signal_halts_this_host_and_outlives_the_guard(guard: GuardHandle, halt_file: Path) -> None:
    os.kill(guard.pid, signal.SIGUSR1)
    await until(lambda: controls(guard) == ["local"])
    assert halt_file.exists()  # noqa: ASYNC240
    before = guard.pid
    os.kill(before, signal.SIGKILL)
    await until(lambda: guard.pid != before)
    await renewed(guard)
    assert controls(guard) == ["local"]
    os.kill(guard.pid, signal.SIGUSR2)
    await until(lambda: controls(guard) == [])
    assert not halt_file.exists()  # noqa: ASYNC240


async def test_a_signal_that_a_starting_guard_cannot_take_yet_is_not_lost(guard: GuardHandle) -> None:
    before = guard.pid
    os.kill(before, signal.SIGKILL)
    await until(lambda: guard.pid != before)
    os.kill(guard.pid, signal.SIGUSR1)
    await until(lambda: controls(guard) == ["local"])


async def test_a_bus_that_was_long_away_is_found_again(guard: GuardHandle, connection: Client, bus: Bus) -> None:
    """The guard then dials afresh, more than once: no state of its client may keep it from coming back."""
    await store(connection, a_halt("h"))
    bus.send(signal.SIGSTOP)
    await Clock().sleep(SILENT_S_MAX * 1.5)
    bus.send(signal.SIGCONT)
    await guard.ready(within_s=60)
    await store(connection, a_halt("h"), a_halt("later"))
    await until(lambda: controls(guard) == ["h", "later"])


async def test_a_host_halts_without_any_bus(tmp_path: Path) -> None:
    file = tmp_path / "halt"
    handle = await GuardHandle.start(
        Settings(nats_url="nats://127.0.0.1:1", halt_file=file), "ex-2", Clock(), lane=LANE
    )
    try:
        file.touch()
        await until(lambda: controls(handle) == ["local"], within_s=60)
        assert not handle.live
    finally:
        await handle.stop()


async def test_beats_tell_who_lives_and_what_it_knows(guard: GuardHandle, connection: Client) -> None:
    beats: list[dict[str, Any]] = []

    async def on_beat(message: Msg) -> None:
        beats.append(orjson.loads(message.data))

    await connection.subscribe(subjects.BEATS, cb=on_beat)
    guard.set_in_flight(7)
    sequence = await store(connection, a_halt("h"))
    await until(lambda: beats and beats[-1]["epoch"] == sequence and beats[-1]["in_flight"] == 7)
    beat = beats[-1]
    assert 0 < beat.pop("deadline_in_ms") <= LEASE_S * 1e3
    assert beat == {
        "executor": "ex-1",
        "lane": LANE,
        "epoch": sequence,
        "halted_scopes_count": 1,
        "pid": os.getpid(),
        "guard_pid": guard.pid,
        "in_flight": 7,
    }


EXECUTOR = """
import asyncio, sys
from groundstop.clock import Clock
from groundstop.settings import Settings
from groundstop_guard.client import GuardHandle
async def main():
    handle = await GuardHandle.start(Settings(nats_url=sys.argv[1]), "ex-3", Clock())
    await handle.ready(20)
    print(handle.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_guard_ends_with_its_executor(bus: Bus, connection: Client) -> None:
    executor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", EXECUTOR, bus.url, stdout=asyncio.subprocess.PIPE
    )
    assert executor.stdout is not None
    async with asyncio.timeout(30):
        pid = int(await executor.stdout.readline())
    assert psutil.pid_exists(pid)
    executor.kill()
    await executor.wait()
    await until(lambda: not psutil.pid_exists(pid))

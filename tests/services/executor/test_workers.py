"""Tools in worker processes: their answers, and that every bad habit can be stopped without a trace."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from executor_support import Unguarded, until
from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.vocabulary import Risk
from groundstop_executor.errors import ToolRaised
from groundstop_executor.isolation.workers import Limits, WorkerDied, Workers, WorkersBusy

LIMITS = Limits(memory_bytes_max=256 * 1024 * 1024, cpu_s_max=1, open_files_max=64)
CONTEXT = ToolContext(intent="i", attempt=1, idempotency_key="k", tenant="t", agent="a", task="x")


def tool(name: str) -> Tool:
    return Tool(name=name, action_type="test", risk=Risk.SAFE, function=f"worker_tools:{name}")


def exists(pid: int) -> bool:
    """False also for what ended and waits to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def hold_the_loop(seconds: float) -> None:
    """What a handler that computes does to everybody else."""
    subprocess.run(["sleep", str(seconds)], check=True)


def start_executor(path: Path) -> subprocess.Popen[bytes]:
    """A program with a pool, in which a tool runs that writes to ``path`` and never ends."""
    return subprocess.Popen([sys.executable, "-c", EXECUTOR, str(Path(__file__).parent), str(path)])


def written(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[Workers]:
    pool = Workers(Clock(), size=1, limits=LIMITS, preload=["worker_tools"], waiting_max=1)
    await pool.start()
    yield pool
    await pool.stop()


async def call(pool: Workers, name: str, **arguments: Any) -> Any:
    async with asyncio.timeout(30):
        return await pool.run(tool(name), arguments, CONTEXT, Unguarded())


async def cancelled(pool: Workers, name: str, path: Path) -> None:
    """Run a tool that writes to ``path`` and then never ends; cancel it once it has written."""
    task = asyncio.create_task(pool.run(tool(name), {"path": str(path)}, CONTEXT, Unguarded()))
    await until(lambda: written(path))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("name", ["add", "add_async"])
async def test_a_tool_answers_from_another_process(workers: Workers, name: str) -> None:
    assert await call(workers, name, left=1, right=2) == 3
    assert await call(workers, "pid") != os.getpid()


async def test_arguments_arrive_as_declared_and_the_context_is_given(workers: Workers) -> None:
    answer = await call(workers, "who", day="2026-01-02")
    assert (answer["key"], answer["day"]) == ("k", "2026-01-02")


async def test_a_worker_stays_warm_between_calls(workers: Workers) -> None:
    assert await call(workers, "pid") == await call(workers, "pid")


@pytest.mark.parametrize(
    ("name", "arguments", "error", "retryable", "said"),
    [
        ("refuse", {"retryable": True}, ToolFailed, True, "no such order"),
        ("refuse", {"retryable": False}, ToolFailed, False, "no such order"),
        ("crash", {}, ToolRaised, None, "KeyError: 'order'"),
        ("leave", {"status": 3}, ToolRaised, None, "SystemExit: 3"),
        ("add", {"left": "many", "right": 1}, ToolFailed, False, "argument 'left'"),
        ("add", {"left": 1}, ToolFailed, False, "right"),
        ("nowhere", {}, ToolFailed, False, "nowhere"),
        ("doubt", {}, EffectUnknown, None, "the line went dead"),
        ("unspeakable", {}, EffectUnknown, None, "its result is lost"),
        ("huge", {}, EffectUnknown, None, "its result is lost"),
        ("leak", {}, ToolRaised, None, "MemoryError"),
        ("leak_shared", {}, ToolRaised, None, "allocate"),
        ("open_files", {}, ToolRaised, None, "Too many open files"),
    ],
)
async def test_errors_cross_over_typed(
    workers: Workers, name: str, arguments: dict[str, Any], error: type[Exception], retryable: bool | None, said: str
) -> None:
    with pytest.raises(error, match=said) as raised:
        await call(workers, name, **arguments)
    assert getattr(raised.value, "retryable", None) == retryable
    assert await call(workers, "add", left=1, right=2) == 3


async def test_a_wrong_value_is_not_repeated_in_the_error(workers: Workers) -> None:
    """An argument may be a secret; the error is stored."""
    with pytest.raises(ToolFailed) as raised:
        await call(workers, "add", left="hunter2", right=1)
    assert "hunter2" not in str(raised.value)


async def test_a_tool_is_reported_as_started_only_when_it_is_called(workers: Workers) -> None:
    began: list[str] = []
    await workers.run(tool("pid"), {}, CONTEXT, Unguarded(lambda: began.append("pid")))
    with pytest.raises(ToolFailed):
        await workers.run(tool("add"), {}, CONTEXT, Unguarded(lambda: began.append("add")))
    assert began == ["pid"]


async def test_a_worker_that_dies_says_so_and_is_replaced(workers: Workers) -> None:
    with pytest.raises(WorkerDied, match="SIGKILL") as raised:
        await call(workers, "die")
    assert raised.value.started
    assert await call(workers, "add", left=1, right=2) == 3


async def test_a_worker_that_died_between_calls_costs_nothing(workers: Workers) -> None:
    pid = await call(workers, "pid")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid))
    assert await call(workers, "pid") != pid


async def test_too_much_cpu_time_ends_the_worker(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(WorkerDied, match="SIGXCPU"):
        await call(workers, "burn", path=str(tmp_path / "path"))


@pytest.mark.parametrize("name", ["block", "spin_deaf"])
async def test_cancelling_stops_what_blocks_or_ignores_signals(workers: Workers, tmp_path: Path, name: str) -> None:
    pid = await call(workers, "pid")
    await cancelled(workers, name, tmp_path / "path")
    assert not exists(pid)
    assert await call(workers, "add", left=1, right=2) == 3


async def test_cancelling_stops_every_descendant_wherever_it_fled(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "path"
    await cancelled(workers, "fork_away", path)
    assert [pid for pid in map(int, path.read_text().split()) if exists(pid)] == []


async def test_cancelling_stops_processes_that_flee_by_forking_without_end(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "path"
    task = asyncio.create_task(workers.run(tool("bomb"), {"path": str(path)}, CONTEXT, Unguarded()))
    await until(lambda: written(path) and len(path.read_bytes()) > 1_000)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    size = path.stat().st_size
    assert await call(workers, "add", left=1, right=2) == 3
    assert path.stat().st_size == size


async def test_a_process_left_behind_is_ended_with_its_call(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "path"
    assert await call(workers, "leave_child", path=str(path)) == "left"
    assert not exists(int(path.read_text()))


async def test_a_thread_left_behind_ends_with_its_worker(workers: Workers) -> None:
    pid = await call(workers, "leave_thread")
    assert not exists(pid)


async def test_a_forked_copy_of_the_worker_does_not_answer_twice(workers: Workers) -> None:
    assert await call(workers, "copy_returns") == "original"
    assert await call(workers, "add", left=1, right=2) == 3


async def test_cancelling_before_the_tool_began_proves_that_it_did_not(workers: Workers, tmp_path: Path) -> None:
    """Cancelled at every early moment: if nothing was reported as begun, nothing was done."""
    silent = 0
    for turn in range(12):
        began, path = asyncio.Event(), tmp_path / str(turn)
        task = asyncio.create_task(workers.run(tool("block"), {"path": str(path)}, CONTEXT, Unguarded(began.set)))
        for _ in range(turn // 2):
            await Clock().sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert began.is_set() or not path.exists()
        silent += not began.is_set()
    assert silent > 0


async def test_an_answer_that_was_on_its_way_is_not_lost_to_a_cancellation(workers: Workers) -> None:
    pid = await call(workers, "pid")
    task = asyncio.create_task(workers.run(tool("pid"), {}, CONTEXT, Unguarded()))
    for _ in range(3):
        await Clock().sleep(0)
    hold_the_loop(0.2)  # while the worker answers
    task.cancel()
    assert await task == pid


async def test_calls_wait_in_a_bounded_queue(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "path"
    busy = asyncio.create_task(workers.run(tool("block"), {"path": str(path)}, CONTEXT, Unguarded()))
    await until(lambda: written(path))
    waiting = asyncio.create_task(workers.run(tool("add"), {"left": 1, "right": 2}, CONTEXT, Unguarded()))
    await Clock().sleep(0)
    with pytest.raises(WorkersBusy):
        await call(workers, "pid")
    busy.cancel()
    assert await waiting == 3


async def test_stopping_ends_all_and_running_calls_say_so(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "path"
    running = asyncio.create_task(workers.run(tool("fork_away"), {"path": str(path)}, CONTEXT, Unguarded()))
    await until(lambda: written(path))
    await workers.stop()
    with pytest.raises(WorkerDied):
        await running
    assert [pid for pid in map(int, path.read_text().split()) if exists(pid)] == []


async def test_a_module_that_cannot_be_loaded_fails_the_start() -> None:
    pool = Workers(Clock(), size=1, limits=LIMITS, preload=["no_such_module_anywhere"])
    with pytest.raises(GroundstopError, match="no_such_module_anywhere"):
        await pool.start()


EXECUTOR = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import test_workers as t
async def main():
    pool = t.Workers(t.Clock(), size=1, limits=t.LIMITS, preload=["worker_tools"])
    await pool.start()
    await pool.run(t.tool("fork_away"), {"path": sys.argv[2]}, t.CONTEXT, t.Unguarded())
asyncio.run(main())
"""


async def test_nothing_survives_a_killed_executor(tmp_path: Path) -> None:
    path = tmp_path / "path"
    executor = start_executor(path)
    try:
        await until(lambda: written(path), within_s=60)
        family = [process.pid for process in psutil.Process(executor.pid).children(recursive=True)]
    finally:
        executor.kill()
        executor.wait()
    family += map(int, path.read_text().split())
    assert len(family) >= 5
    await until(lambda: not any(exists(pid) for pid in family))

"""Warm, killable child processes for the tools that must not run in the executor itself (isolation ``process``).

What the child does, and how nothing of it survives, is in ``worker_main``; this is the executor's side.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from typing import Any, TypeVar

import structlog
from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.errors import GroundstopError

from groundstop_executor.errors import ToolRaised
from groundstop_executor.flights import NotBegun
from groundstop_executor.runner import Gate
from groundstop_executor.worker_main import Frames, Limits, frame

__all__ = ["Limits", "Worker", "WorkerDied", "Workers", "WorkersBusy"]

T = TypeVar("T")

_log = structlog.get_logger("executor.workers")
_CHUNK_BYTES = 65_536
_SIGNALLED = 128  # The keeper exits with 128 + the number of the signal that ended its worker.
_END_S_MAX = 5.0
_READY_S_MAX = 60.0
# A halt ends many workers at once: their replacements wait until that is done, and then start one after the other.
_RESPAWN_S = 0.05
_RESPAWN_S_MAX = 5.0


class WorkerDied(GroundstopError):
    """The worker ended during a call. ``started`` False proves that the tool was never called; else ask the world."""

    def __init__(self, message: str, *, started: bool) -> None:
        super().__init__(message)
        self.started = started


class WorkersBusy(ToolFailed):
    """Too many calls wait for a worker already. Nothing happened; a later try may help."""


class Worker:
    """One warm child: its keeper, the stream to the worker and a handle that can never name another process."""

    def __init__(self, keeper: asyncio.subprocess.Process, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]):
        self.pid = 0
        self._keeper = keeper
        self._reader, self._writer = streams
        self._frames = Frames()
        self._pidfd = -1

    @classmethod
    async def spawn(cls, limits: Limits, preload: Sequence[str], guard_fd: int = -1) -> "Worker":
        """Start one and wait until it is warm. Raises GroundstopError with the child's words when it cannot."""
        ours, theirs = socket.socketpair()
        with theirs:
            streams = await asyncio.open_connection(sock=ours)
            keeper = await _start_keeper(theirs.fileno(), guard_fd)
        worker = cls(keeper, streams)
        try:
            async with asyncio.timeout(_READY_S_MAX):
                await worker._warm(limits, preload)
        except BaseException:
            worker.kill()
            await _finished(worker.gone())
            raise
        return worker

    async def _warm(self, limits: Limits, preload: Sequence[str]) -> None:
        await self.send(frame({"path": sys.path, "preload": preload, "limits": limits._asdict()}))
        answer = await self.next() or {"broken": "it ended without a word"}
        if "ready" not in answer:
            raise GroundstopError(f"a worker could not start: {answer['broken']}")
        self.pid = answer["ready"]
        self._pidfd = os.pidfd_open(self.pid)

    async def send(self, message: bytes) -> None:
        """Write one frame. Nothing is raised when the worker is gone: ``next`` says so."""
        with suppress(ConnectionError):
            self._writer.write(message)
            await self._writer.drain()

    async def next(self) -> dict[str, Any] | None:
        """The next frame, None when the worker hung up; no byte is lost by cancelling. Raises ValueError for noise."""
        while (message := self._frames.take()) is None:
            try:
                chunk = await self._reader.read(_CHUNK_BYTES)
            except ConnectionError:
                return None
            if not chunk:
                return None
            self._frames.feed(chunk)
        if not isinstance(message, dict):
            raise ValueError(f"a frame with a {type(message).__name__}, not an object")
        return message

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self._keeper.returncode is None and not self._reader.at_eof()

    def kill(self) -> None:
        """Kill the worker and its process group now; the keeper then ends what left the group. Does not wait."""
        with suppress(ProcessLookupError):
            self._keeper.terminate()
        if self._pidfd < 0:
            return
        with suppress(ProcessLookupError):
            # The handle fails once the worker has been reaped; until then nobody else can have its group's number.
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.killpg(self.pid, signal.SIGKILL)

    async def gone(self) -> str:
        """Wait until nothing of it runs, after ``kill`` or its own end, and let go of it. Answers how it ended."""
        try:
            async with asyncio.timeout(_END_S_MAX):
                code = await self._keeper.wait()
        except TimeoutError:
            self._keeper.kill()
            return f"its processes did not end within {_END_S_MAX} s"
        finally:
            self._writer.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1
        return f"killed by {signal.Signals(code - _SIGNALLED).name}" if code > _SIGNALLED else f"exit status {code}"


async def _start_keeper(fd: int, guard_fd: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundstop_executor.worker_main", "--fd", str(fd), "--parent", str(os.getpid())),
        *(("--guard", str(guard_fd)) if guard_fd >= 0 else ()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=2,  # What a tool prints is a diagnostic; the executor's own stdout may be read by a program.
        pass_fds=(fd, guard_fd) if guard_fd >= 0 else (fd,),
        start_new_session=True,
    )


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` to its end, which it bounds itself, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()


class _Call:
    """One request to one worker, from sending it to the last frame."""

    def __init__(self, worker: Worker, gate: Gate) -> None:
        self.worker = worker
        self.started = False
        self.last: dict[str, Any] | None = None
        self._gate = gate

    async def listen(self) -> None:
        """Read until the last frame or the end of the worker. Raises ValueError for noise."""
        while self.last is None and (message := await self.worker.next()) is not None:
            if "started" in message:
                self.begin()
            else:
                self.last = message

    def begin(self) -> None:
        """The tool is being called."""
        if not self.started:
            self.started = True
            self._gate.begin()

    async def end(self) -> str:
        """After ``kill``: read what the worker still said, so that ``started`` is the truth. Answers how it ended."""
        try:
            async with asyncio.timeout(_END_S_MAX):
                await self.listen()
        except (TimeoutError, ValueError):
            self.begin()  # Nothing proves that it did not.
        return await self.worker.gone()


def _request(tool: Tool, arguments: Mapping[str, Any], context: ToolContext, gate: Gate) -> bytes:
    """The frame that asks for one call. Raises ToolFailed when the arguments do not fit in one."""
    asked: dict[str, Any] = {"tool": tool.model_dump(), "arguments": dict(arguments), "context": context.model_dump()}
    if gate.targets:
        asked |= {"targets": [astuple(target) for target in gate.targets], "contact": gate.contact}
    try:
        return frame(asked)
    except ValueError as error:
        raise ToolFailed(f"{tool.name}: its arguments cannot be sent: {error}", retryable=False) from error


def _outcome(last: dict[str, Any]) -> Any:
    """The result in a last frame; raises what the tool raised."""
    if last["end"] == "result":
        return last["result"]
    if last["end"] == "unknown":
        raise EffectUnknown(last["message"])
    if last["end"] == "halted":
        raise NotBegun(last["message"])
    if last["end"] == "raised":
        raise ToolRaised(last["message"], tuple(last["names"]))
    raise ToolFailed(last["message"], retryable=last["retryable"])


class Workers:
    """A pool of ``size`` warm workers, each with ``preload`` imported. At most ``waiting_max`` calls wait for one."""

    def __init__(
        self,
        clock: Clock,
        *,
        size: int,
        limits: Limits,
        preload: Sequence[str] = (),
        waiting_max: int = 1_000,
        guard_fd: int = -1,
    ) -> None:
        self._guard_fd = guard_fd
        self._clock = clock
        self._size = size
        self._limits = limits
        self._preload = tuple(preload)
        self._waiting_max = waiting_max
        self._waiting = 0
        self._stopping = False
        self._free: asyncio.Queue[Worker] = asyncio.Queue()
        self._all: set[Worker] = set()
        self._starting = asyncio.Lock()
        self._replacing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start all workers and wait until they are warm. Raises GroundstopError when one cannot start."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._size):
                    group.create_task(self._add())
        except* (GroundstopError, OSError) as errors:
            await self.stop()
            raise errors.exceptions[0] from None

    async def stop(self) -> None:
        """Kill every worker and whatever it started; comes back when all are gone. Calls in flight see WorkerDied."""
        self._stopping = True
        for worker in self._all:
            worker.kill()
        replacing = list(self._replacing)
        for task in replacing:
            task.cancel()
        await asyncio.gather(*replacing, return_exceptions=True)
        await asyncio.gather(*(worker.gone() for worker in self._all))
        self._all.clear()

    async def run(self, tool: Tool, arguments: Mapping[str, Any], context: ToolContext, gate: Gate) -> Any:
        """Run ``tool`` in a free worker; answers its result as JSON values.

        ``gate`` is asked before the request is sent, the guard's memory by the worker itself right before the call; the
        gate is told when the tool begins. Cancelling kills the worker and everything it started at once. When the call
        has ended, nothing of it runs any more, and the gate was told if the tool may ever have begun. An answer that
        was on its way when the cancellation came is given in its stead.
        Raises ToolFailed and EffectUnknown as the tool did, ToolRaised for what else it raised, NotBegun, WorkersBusy,
        WorkerDied.
        """
        request = _request(tool, arguments, context, gate)
        call = _Call(await self._take(), gate)
        try:
            gate.check()
        except BaseException:
            self._free.put_nowait(call.worker)
            raise
        stopped: BaseException | None = None
        try:
            await call.worker.send(request)
            await call.listen()
        except (asyncio.CancelledError, ValueError) as error:
            stopped = error
        how = await self._release(call)
        if isinstance(stopped, asyncio.CancelledError):
            if call.last is None:
                raise stopped
            _forget_cancellation()
        if call.last is not None:
            return _outcome(call.last)
        raise WorkerDied(f"{tool.name}: its worker died: {stopped or how}", started=call.started)

    async def _take(self) -> Worker:
        """A free and living worker. Raises WorkersBusy."""
        if self._free.empty() and self._waiting >= self._waiting_max:
            raise WorkersBusy(f"{self._waiting} calls wait for one of {self._size} workers already")
        self._waiting += 1
        try:
            while not (worker := await self._free.get()).alive:
                worker.kill()
                self._background(self._discard(worker))
            return worker
        finally:
            self._waiting -= 1

    async def _release(self, call: _Call) -> str:
        """Free the worker of a call; one that is not as it was before the call is killed and replaced instead."""
        if call.last is not None and not call.last["worn"]:
            self._free.put_nowait(call.worker)
            return ""
        call.worker.kill()
        how = await _finished(call.end())
        self._all.discard(call.worker)
        self._background(self._replace())
        return how

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        if self._stopping:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _discard(self, worker: Worker) -> None:
        await worker.gone()
        self._all.discard(worker)
        await self._replace()

    async def _replace(self) -> None:
        """Add a worker, however long it takes to get one."""
        delay_s = _RESPAWN_S
        while True:
            await self._clock.sleep(delay_s)
            delay_s = min(2 * delay_s, _RESPAWN_S_MAX)
            try:
                async with self._starting:
                    return await self._add()
            except (GroundstopError, OSError) as error:
                _log.error("worker_not_started", error=str(error), retry_in_s=delay_s)

    async def _add(self) -> None:
        worker = await Worker.spawn(self._limits, self._preload, self._guard_fd)
        self._all.add(worker)
        self._free.put_nowait(worker)


def _forget_cancellation() -> None:
    """Tell asyncio that a cancellation was answered by a result (asyncio.Task.uncancel)."""
    if (task := asyncio.current_task()) is not None:
        task.uncancel()

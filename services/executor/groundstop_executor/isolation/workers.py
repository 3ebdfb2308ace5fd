"""Warm, killable child processes for the tools that must not run in the executor itself (isolation ``process``).

What the child does, and how nothing of it survives, is in ``worker_main``; this is the executor's side.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog
from groundstop.catalogue import Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.loops import TaskSet

from groundstop_executor.isolation.hosting import Host
from groundstop_executor.isolation.runner import Gate
from groundstop_executor.isolation.worker_exchange import Call, outcome_of, request_of
from groundstop_executor.isolation.worker_limits import Limits
from groundstop_executor.isolation.worker_process import Worker, finished
from groundstop_executor.secrets import hidden

__all__ = ["Limits", "WorkerDied", "Workers", "WorkersBusy"]

_log = structlog.get_logger("executor.workers")
_RESPAWN_S = 0.05
_RESPAWN_S_MAX = 5.0
_RESPAWN_STOPPED_S = 1.0
"""A halt ends the workers of all executors of a host at once. An interpreter that starts takes a third of a second of a
processor: the replacements wait until everybody has halted, and then start one after the other."""


class WorkerDied(GroundstopError):
    """The worker ended during a call. ``started`` False proves that the tool was never called; else ask the world."""

    def __init__(self, message: str, *, started: bool) -> None:
        super().__init__(message)
        self.started = started


class WorkersBusy(ToolFailed):
    """Too many calls wait for a worker already. Nothing happened; a later try may help."""


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
        host: Host | None = None,
    ) -> None:
        self._guard_fd = guard_fd
        self._host = host or Host()
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
        self._replacing = TaskSet()

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
        await self._replacing.stop()
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
        secrets: list[str] = []
        env = self._host.variables(tool.env, secrets)
        request = request_of(tool, arguments, context, gate, env)
        try:
            return hidden(await self._run(tool, request, gate), secrets)
        except Exception as error:
            error.args = tuple(hidden(part, secrets) for part in error.args)
            raise

    async def _run(self, tool: Tool, request: bytes, gate: Gate) -> Any:
        call = Call(await self._take(), gate)
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
        halted = isinstance(stopped, asyncio.CancelledError)
        how = await self._release(call, _RESPAWN_STOPPED_S if halted else _RESPAWN_S)
        if isinstance(stopped, asyncio.CancelledError):
            if call.last is None:
                raise stopped
            _forget_cancellation()
        if call.last is not None:
            return outcome_of(call.last)
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

    async def _release(self, call: Call, respawn_s: float) -> str:
        """Free the worker of a call; one that is not as it was before is killed, and replaced ``respawn_s`` later."""
        if call.last is not None and not call.last["worn"]:
            self._free.put_nowait(call.worker)
            return ""
        call.worker.kill()
        how = await finished(call.end())
        self._all.discard(call.worker)
        self._background(self._replace(respawn_s))
        return how

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        if self._stopping:
            work.close()
            return
        self._replacing.keep(work, "worker replacement", _log)

    async def _discard(self, worker: Worker) -> None:
        await worker.gone()
        self._all.discard(worker)
        await self._replace(_RESPAWN_S)

    async def _replace(self, delay_s: float) -> None:
        """Add a worker, however long it takes to get one."""
        while True:
            await self._clock.sleep(delay_s)
            delay_s = min(2 * delay_s, _RESPAWN_S_MAX)
            try:
                async with self._starting:
                    return await self._add()
            except (GroundstopError, OSError) as error:
                _log.error("worker_not_started", error=str(error), retry_in_s=delay_s)

    async def _add(self) -> None:
        worker = await Worker.spawn(self._limits, self._preload, self._guard_fd, self._host)
        self._all.add(worker)
        self._free.put_nowait(worker)


def _forget_cancellation() -> None:
    """Tell asyncio that a cancellation was answered by a result (asyncio.Task.uncancel)."""
    if (task := asyncio.current_task()) is not None:
        task.uncancel()

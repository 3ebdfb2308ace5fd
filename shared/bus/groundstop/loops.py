"""What goes on in the background for as long as the process lives, with nobody who awaits it: it never ends in silence.

Operating errors are handled inside of such a loop. What still gets out is a programmer's error, and a process that
goes on without one of its loops is worse than none: it answers that it is well and does half of its work. So it ends,
in order, and whoever supervises it starts a fresh one.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar

from structlog.typing import FilteringBoundLogger

T = TypeVar("T")


def end_process() -> None:
    """Ask this process to end in order."""
    os.kill(os.getpid(), signal.SIGTERM)


def supervised_task(work: Coroutine[Any, Any, None], name: str, logger: FilteringBoundLogger) -> "asyncio.Task[None]":
    """Run ``work`` as a task called ``name``; an error that gets out of it is logged and ends the process."""
    task = asyncio.create_task(work, name=name)
    keep(task, logger)
    return task


def keep(task: "asyncio.Task[None]", logger: FilteringBoundLogger) -> None:
    """From now on an error that gets out of ``task`` is logged and ends the process."""
    task.add_done_callback(partial(_ended, logger))


def _ended(logger: FilteringBoundLogger, task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("loop_failed", loop=task.get_name(), error=repr(error)[:500], exc_info=error)
        end_process()


class TaskSet:
    """Tasks that run in the background until they end or their owner stops. asyncio itself holds them only weakly."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def __iter__(self) -> Iterator["asyncio.Task[Any]"]:
        return iter(tuple(self._running))

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run ``work`` as a task."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def keep(self, work: Coroutine[Any, Any, None], name: str, logger: FilteringBoundLogger) -> None:
        """The same for work whose errors end the process (``supervised_task``)."""
        task = self.start(work)
        task.set_name(name)
        keep(task, logger)

    async def wait(self, timeout_s: float) -> None:
        """Give what is running its time."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)

    def cancel(self) -> None:
        """Cancel what is running."""
        for task in self:
            task.cancel()

    async def stop(self) -> None:
        """Cancel what is running, and wait until it has ended."""
        self.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

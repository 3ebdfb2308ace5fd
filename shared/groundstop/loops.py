"""What goes on in the background for as long as the process lives, with nobody who awaits it: it never ends in silence.

Operating errors are handled inside of such a loop. What still gets out is a programmer's error, and a process that
goes on without one of its loops is worse than none: it answers that it is well and does half of its work. So it ends,
in order, and whoever supervises it starts a fresh one.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine
from functools import partial
from typing import Any

from structlog.typing import FilteringBoundLogger


def end_process() -> None:
    """Ask this process to end in order."""
    os.kill(os.getpid(), signal.SIGTERM)


def kept(work: Coroutine[Any, Any, None], name: str, logger: FilteringBoundLogger) -> "asyncio.Task[None]":
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

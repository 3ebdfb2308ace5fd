"""One supervised process: started, watched, restarted with back-off, stopped in order, gone with its launcher."""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from groundstop.clock import Clock
from structlog.typing import FilteringBoundLogger

BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 30.0
"""A process that ran this long is healthy again: its next restart waits as little as the first."""
LOG_BYTES_MAX = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Run in the child before exec: the kernel kills it when the launcher dies, however the launcher dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """``name`` shows in logs and status; output goes to ``log``, cut at start when it has grown too long."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self.name = name
        self.restarts = 0
        self._argv = list(argv)
        self._env = dict(env)
        self._log = log
        self._clock = clock
        self._logger = logger
        self._stopping = False
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it and keep it running."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def _spawn(self) -> None:
        with self._open_log() as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,
                process_group=0,  # Ctrl-C is the launcher's to hear; it ends its children in order
            )

    def _open_log(self) -> IO[bytes]:
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES_MAX:
            self._log.replace(self._log.with_suffix(".old.log"))
        return self._log.open("ab")

    async def _keep(self) -> None:
        failures = 0
        while self._process is not None:
            began = self._clock.monotonic()
            code = await self._process.wait()
            if self._stopping:
                return
            failures = 0 if self._clock.monotonic() - began > STEADY_S else failures
            delay_s = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            self.restarts += 1
            self._logger.warning("process_died", process=self.name, code=code, restart_in_s=delay_s)
            await self._clock.sleep(delay_s)
            if not self._stopping:
                await self._spawn_again()

    async def _spawn_again(self) -> None:
        """What cannot be started now (no memory, no room for its log) is tried again like what has died."""
        try:
            await self._spawn()
        except OSError as error:
            self._logger.error("process_not_started", process=self.name, error=repr(error))

    async def stop(self, grace_s: float) -> None:
        """SIGTERM, then SIGKILL after ``grace_s``."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace_s)
            if process.returncode is None:
                self._logger.warning("process_killed", process=self.name, after_s=grace_s)
                self._signal(signal.SIGKILL)
                await process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

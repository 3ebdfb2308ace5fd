"""One warm worker as the executor sees it: started through its keeper, spoken to by frames, killed for certain."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from groundstop.errors import GroundstopError

from groundstop_executor.isolation.frames import Frames, frame
from groundstop_executor.isolation.hosting import Host
from groundstop_executor.isolation.worker_limits import Limits

T = TypeVar("T")

END_S_MAX = 5.0
_CHUNK_BYTES = 65_536
_SIGNALLED = 128  # The keeper exits with 128 + the number of the signal that ended its worker.
_READY_S_MAX = 60.0


class Worker:
    """One warm child: its keeper, the stream to the worker and a handle that can never name another process."""

    def __init__(self, keeper: asyncio.subprocess.Process, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]):
        self.pid = 0
        self._keeper = keeper
        self._reader, self._writer = streams
        self._frames = Frames()
        self._pidfd = -1

    @classmethod
    async def spawn(
        cls, limits: Limits, preload: Sequence[str], guard_fd: int = -1, host: Host | None = None
    ) -> "Worker":
        """Start one and wait until it is warm. Raises GroundstopError with the child's words when it cannot."""
        ours, theirs = socket.socketpair()
        with theirs:
            streams = await asyncio.open_connection(sock=ours)
            keeper = await _start_keeper(theirs.fileno(), guard_fd, host or Host())
        worker = cls(keeper, streams)
        try:
            async with asyncio.timeout(_READY_S_MAX):
                await worker._warm(limits, preload)
        except BaseException:
            worker.kill()
            await finished(worker.gone())
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
            async with asyncio.timeout(END_S_MAX):
                code = await self._keeper.wait()
        except TimeoutError:
            self._keeper.kill()
            return f"its processes did not end within {END_S_MAX} s"
        finally:
            self._writer.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1
        return f"killed by {signal.Signals(code - _SIGNALLED).name}" if code > _SIGNALLED else f"exit status {code}"


async def _start_keeper(fd: int, guard_fd: int, host: Host) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundstop_executor.isolation.worker_main"),
        *("--fd", str(fd), "--parent", str(os.getpid())),
        *(("--guard", str(guard_fd)) if guard_fd >= 0 else ()),
        *(("--user", user) if (user := host.users.next()) else ()),
        env=host.interpreter(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=2,  # What a tool prints is a diagnostic; the executor's own stdout may be read by a program.
        pass_fds=(fd, guard_fd) if guard_fd >= 0 else (fd,),
        start_new_session=True,
    )


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` to its end, which it bounds itself, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()

"""The executor's hand on its guard process: starts it, restarts it, reads what it knows and hears of changes."""

import asyncio
import os
import signal
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.environment import least_python
from groundstop.loops import supervised_task
from groundstop.settings import Settings

from groundstop_guard.memory import GuardMemory, View, mark_of

_log = structlog.get_logger("executor.guard")
_RESTART_S = 0.25
_RESTART_S_MAX = 2.0
_SETTLED_S = 10.0
_STALLED_S = 2.0
_STARTING_S_MAX = 10.0
_LOOK_AGAIN_S = 0.05


TOLD = ("GROUNDSTOP_TRUST_ROOT", "GROUNDSTOP_NATS_CA", "GROUNDSTOP_NATS_CERT", "GROUNDSTOP_NATS_KEY")
"""What a guard is told of our environment beside its command line: whom it believes, and how it connects."""


def lane_of(executor: str) -> int:
    """The lane an executor claims on: spread evenly by its name."""
    return zlib.crc32(executor.encode()) % subjects.LANES


def _command_line(settings: Settings, executor: str, lane: int) -> list[str]:
    """What the guard process is told of the bus and of whom it guards."""
    given = {
        "--nats-url": settings.nats_url,
        "--executor": executor,
        "--lane": lane,
        "--halt-file": settings.halt_file and settings.halt_file.absolute(),
        "--seed-file": settings.guard_seed_file or settings.nats_seed_file,
    }
    told = [f"{name}={value}" for name, value in given.items() if value is not None]
    return [*told, "--quorum"] if settings.replicas > 1 else told


def _ignore(view: View, live: bool) -> None:
    """Nobody wants to be called."""


class GuardHandle:
    """A running guard. Whoever is about to have an effect asks ``view()`` first; it costs about a microsecond."""

    def __init__(self, clock: Clock, lane: int, command_line: list[str], on_change: Callable[[View, bool], None]):
        self.lane = lane
        self.pid = 0
        self._clock = clock
        self._command_line = command_line
        self._on_change = on_change
        self._memory = GuardMemory.create()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._last = (0, False)
        self._changed = asyncio.Event()
        self._leased = asyncio.Event()
        self._lapse: asyncio.TimerHandle | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        settings: Settings,
        executor: str,
        clock: Clock,
        *,
        lane: int | None = None,
        options: Sequence[str] = (),
        on_change: Callable[[View, bool], None] = _ignore,
    ) -> "GuardHandle":
        """Start the guard process of ``executor``. Everything counts as halted until it has its first lease.

        ``options`` are further arguments of the process, such as ``--halted``. ``on_change(view, live)`` is
        called on the loop when the halts change, and when the lease ends or is back.
        """
        lane = lane_of(executor) if lane is None else lane
        handle = cls(clock, lane, [*_command_line(settings, executor, lane), *options], on_change)
        asyncio.get_running_loop().add_reader(handle._wake, handle._woken)
        await handle._spawn()
        handle._supervisor = supervised_task(handle._supervise(), "guard supervisor", _log)
        handle._check()
        return handle

    def view(self) -> View:
        """What the guard knows now. Not to be trusted beyond its deadline: see ``live``."""
        return self._memory.read()

    @property
    def live(self) -> bool:
        """False while there is no lease: everything counts as halted."""
        return self._memory.read().live(self._clock.monotonic())

    def obeyed(self, view: View) -> None:
        """Tell the guard that ``view`` has been acted upon; it ends an executor that goes on regardless."""
        self._memory.obeyed = mark_of(view, self._clock.monotonic())

    def reader_fd(self) -> int:
        """A descriptor for workers, which look for themselves right before they begin."""
        return self._memory.reader_fd()

    def set_in_flight(self, count: int) -> None:
        """Tell, for the beats, how many attempts run."""
        self._memory.in_flight = count

    async def changed(self) -> None:
        """Wait until the halts or ``live`` have changed since the last call. For one waiter; no change is missed."""
        await self._changed.wait()
        self._changed.clear()

    async def ready(self, within_s: float) -> None:
        """Wait for a lease. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not self.live:
                self._leased.clear()
                await self._leased.wait()

    async def stop(self) -> None:
        """End the guard. The last view stays readable; its lease ends and is never renewed."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._lapse is not None:
            self._lapse.cancel()
        asyncio.get_running_loop().remove_reader(self._wake)
        await self._kill()
        os.close(self._wake)

    def _woken(self) -> None:
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        self._check()

    def _check(self) -> None:
        """Compare with what was last told; look again when the lease would end."""
        view, now = self._memory.read(), self._clock.monotonic()
        live = view.live(now)
        if self._lapse is not None:
            self._lapse.cancel()
        # A look in the middle of a write sees what was before it, and a renewed lease is announced once: look again.
        again_s = view.deadline - now if live else _LOOK_AGAIN_S
        self._lapse = asyncio.get_running_loop().call_later(again_s, self._check)
        if (view.version, live) == self._last:
            return
        self._last = (view.version, live)
        self._changed.set()
        if live:
            self._leased.set()
        self._on_change(view, live)

    async def _spawn(self, *more: str) -> None:
        fds = (self._memory.fd, self._wake)
        inherited = ("--memory", str(fds[0]), "--wake", str(fds[1]), "--parent", str(os.getpid()))
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "groundstop_guard.app", *inherited, *self._command_line, *more),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=2,  # The executor's own stdout may be read by a program.
            env=least_python(os.environ, TOLD),  # noqa: TID251 - what a child is told
            pass_fds=fds,
            start_new_session=True,  # A terminal's interrupt is for the executor, which then ends its guard.
        )
        self.pid = self._process.pid

    async def _supervise(self) -> None:
        """Start the guard again whenever it ends. Meanwhile its lease does, so nothing needs to be told."""
        delay_s = 0.0
        while True:
            began = self._clock.monotonic()
            code = await self._ended(began)
            delay_s = 0.0 if self._clock.monotonic() - began > _SETTLED_S else delay_s
            _log.error("guard_ended", pid=self.pid, status=code, restart_in_s=delay_s)
            await self._clock.sleep(delay_s)
            delay_s = min(delay_s + _RESTART_S, _RESTART_S_MAX)
            # The signal that halts the host ends a guard that has not got ready for it: it must not be lost.
            await self._spawn(*["--halted"] * (code == -signal.SIGUSR1))

    async def _ended(self, began: float) -> int:
        """Wait for the end of the guard; one that does not tick any more is killed."""
        assert self._process is not None
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_STALLED_S / 2):
                    return await self._process.wait()
            ticked = self._memory.ticked
            if self._clock.monotonic() - (ticked if ticked > began else began + _STARTING_S_MAX) > _STALLED_S:
                await self._kill()

    async def _kill(self) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

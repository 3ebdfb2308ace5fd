"""The launcher: the whole control plane as child processes of this one, on one machine, without containers."""

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groundstop import natspy
from groundstop.bootstrap import bootstrap
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.log import Log
from groundstop.permissions.folder import KeyFolder
from groundstop.permissions.publishing import publish_keys
from groundstop.settings import Settings
from groundstop.stack_discovery import OWNER, StackState, announce, withdraw
from structlog.typing import FilteringBoundLogger

from groundstop_embedded import readiness
from groundstop_embedded.child import Child, die_with_parent
from groundstop_embedded.plan import SERVICES, Options, Plan, make_plan

READY_TIMEOUT_S = 180.0
"""A stack starts in five seconds of a quiet machine, and in a minute of one whose processors are taken."""
SERVICE_GRACE_S = 8.0
SERVER_GRACE_S = 10.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Companion:
    """An example beside the stack: its systems, kept running like a service, and its agent, shown on this terminal."""

    name: str
    systems: list[str]
    agent: list[str]


class Stack:
    """Start with ``start``, run until ``stop``. Nothing it started outlives it."""

    def __init__(
        self,
        options: Options,
        clock: Clock,
        logger: FilteringBoundLogger,
        tell: Tell = lambda _: None,
        companion: Companion | None = None,
    ) -> None:
        self.plan: Plan = make_plan(options, clock)
        self.children: dict[str, Child] = {}
        self.state: StackState | None = None
        self._clock = clock
        self._logger = logger
        self._tell = tell
        self._companion = companion

    async def start(self) -> StackState:
        """Start everything and wait until all of it answers. Raises NotReady; what was started is then stopped."""
        began = self._clock.monotonic()
        try:
            await self._start_servers()
            await self._start_services()
        except BaseException:
            await self.stop()
            raise
        self._tell(f"ready in {self._clock.monotonic() - began:.1f} s")
        self.state = StackState(
            data=self.plan.options.data,
            pid=os.getpid(),
            nats_url=self.plan.nats_url,
            clickhouse_dsn=self.plan.clickhouse_dsn,
            analyst_dsn=self.plan.analyst_dsn,
            console_url=self.plan.console_url,
            keys=self.plan.keys.path if self.plan.keys else None,
            started_at=self._clock(),
        )
        announce(self.state)
        self._tell_console()
        return self.state

    def _tell_console(self) -> None:
        if self.state and (told := self.state.console_in_words()):
            self._tell(told)

    def _child(self, name: str, argv: list[str]) -> Child:
        log = self.plan.options.data / "logs" / f"{name}.log"
        child = Child(name, argv, self.plan.env_of(name), log, self._clock, self._logger)
        self.children[name] = child
        return child

    async def _start_servers(self) -> None:
        self._tell("starting nats-server and the ClickHouse engine")
        await self._child("nats", self.plan.nats).start()
        await self._child("clickhouse", self.plan.store).start()
        ours = self.plan.settings_as("bootstrap")
        await readiness.until("nats", lambda: readiness.bus_answers(ours), self._clock, READY_TIMEOUT_S)
        await bootstrap(ours)
        if self.plan.keys is not None:
            await self._publish_keys(ours, self.plan.keys)

    async def _publish_keys(self, ours: Settings, keys: KeyFolder) -> None:
        """Whose signature counts, for the executors to read before their first clearance."""
        nc = await natspy.connect(**connection_options(ours))
        log = Log(nc, self._clock)
        try:
            await log.start()
            await publish_keys(log, keys.listed(self._clock()))
            await log.stop()
        finally:
            await nc.close()

    async def _start_services(self) -> None:
        self._tell(f"starting {', '.join(SERVICES)} and {self.plan.options.executors} executors")
        if self._companion is not None:
            await self._child(self._companion.name, self._companion.systems).start()
        for name, argv in self.plan.services().items():
            await self._child(name, argv).start()
        nc = await natspy.connect(**connection_options(self.plan.settings_as("bootstrap")))
        beats = readiness.Beats()
        try:
            await beats.listen(nc)
            for name, url in self._pages().items():
                await readiness.until(name, functools.partial(readiness.web_answers, url), self._clock, READY_TIMEOUT_S)
            for service in (*SERVICES, *(["executor"] if self.plan.options.executors else [])):
                answers = functools.partial(readiness.service_answers, nc, service)
                await readiness.until(service, answers, self._clock, READY_TIMEOUT_S)
            await readiness.until("executors", lambda: self._all_beat(beats), self._clock, READY_TIMEOUT_S)
        finally:
            await nc.close()

    def _pages(self) -> dict[str, str]:
        """What answers over HTTP when it is ready."""
        pages = {"clickhouse": f"http://127.0.0.1:{self.plan.store_port}/ping"}
        return pages | ({"console": f"{self.plan.console_url}/readyz"} if self.plan.console_url else {})

    async def _all_beat(self, beats: readiness.Beats) -> bool:
        return len(beats.heard) >= self.plan.options.executors

    async def stop(self) -> None:
        """Drain in the order of the pipeline: who takes work first, the record and the servers last."""
        if self.state is not None:
            withdraw(self.state)
            self.state = None
        self._tell("stopping")
        workers = [child for name, child in self.children.items() if name not in ("audit", "clickhouse", "nats")]
        await asyncio.gather(*(child.stop(SERVICE_GRACE_S) for child in workers))
        for name in ("audit", "clickhouse", "nats"):
            if name in self.children:
                await self.children[name].stop(SERVER_GRACE_S)
        self.children.clear()


async def run_stack(
    options: Options, clock: Clock, logger: FilteringBoundLogger, tell: Tell, companion: Companion | None = None
) -> None:
    """Start a stack and stay until it is told to stop."""
    stack = Stack(options, clock, logger, tell, companion)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    starting = asyncio.create_task(stack.start())
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        return
    await starting
    agent = None if companion is None else await _show_agent(companion, stack.plan.env | stack.plan.identity_of(OWNER))
    await stopped.wait()
    if agent is not None and agent.returncode is None:
        agent.terminate()
        await agent.wait()
    await stack.stop()


async def _show_agent(companion: Companion, env: Mapping[str, str]) -> asyncio.subprocess.Process:
    """The example's agent on this terminal: it tells its story and what to try next. The stack outlives it."""
    return await asyncio.create_subprocess_exec(*companion.agent, env=dict(env), preexec_fn=die_with_parent)

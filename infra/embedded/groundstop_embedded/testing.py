"""For tests: a real bus in a folder of its own, and a whole stack, both gone when the block ends."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from groundstop.bootstrap import bootstrap
from groundstop.clock import Clock
from groundstop.permissions.folder import KeyFolder
from groundstop.settings import Settings
from groundstop.stack_discovery import owned
from groundstop_store.ports import free_port

from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import Options, nats_binary, nats_config
from groundstop_embedded.readiness import bus_answers, until
from groundstop_embedded.stack import Stack

READY_S = 60.0


@dataclass(slots=True)
class Bus:
    """A nats-server. ``kill`` and ``start`` may alternate: it keeps its folder and its port."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    keys: KeyFolder | None = None
    """Who may connect; None: everybody."""
    more: str = ""
    """Further lines of the server's configuration."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """Settings of a service on this bus."""
        return Settings(nats_url=self.url)

    def settings_as(self, name: str) -> Settings:
        """Settings of one identity."""
        known = owned(self.keys.path if self.keys else None, name)
        return self.settings.model_copy(update=dict(known))

    def reload(self) -> None:
        """Have it read its list of users again."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Start it, or start it again."""
        config = self.folder / "nats.conf"
        users = self.keys.users_conf if self.keys else None
        text = nats_config(self.port, self.folder / "nats", "2m", users) + self.more
        config.write_text(text, encoding="utf-8")
        with (self.folder / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(
                [nats_binary(), "-c", str(config)], stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def kill(self) -> None:
        """SIGKILL: what a power cut looks like from outside."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    async def ready(self) -> None:
        """Wait until it answers."""
        await until("nats", lambda: bus_answers(self.settings_as("bootstrap")), Clock(), READY_S)


@contextmanager
def bare_bus(folder: Path) -> Iterator[Bus]:
    """A started nats-server without a stream."""
    folder.mkdir(parents=True, exist_ok=True)
    bus = Bus(folder, free_port())
    bus.start()
    try:
        yield bus
    finally:
        bus.kill()


@asynccontextmanager
async def secured_bus(folder: Path, more: str = "") -> AsyncIterator[Bus]:
    """A nats-server with the log, that asks everybody who they are: one identity for each service and the owner."""
    keys = KeyFolder(folder / "keys")
    keys.init(Clock()())
    bus = Bus(folder, free_port(), keys=keys, more=more)
    bus.start()
    try:
        await bus.ready()
        await bootstrap(bus.settings_as("bootstrap"))
        yield bus
    finally:
        bus.kill()


@asynccontextmanager
async def running_bus(folder: Path) -> AsyncIterator[Bus]:
    """A nats-server with the log and its durables declared."""
    with bare_bus(folder) as bus:
        await bus.ready()
        await bootstrap(bus.settings)
        yield bus


@asynccontextmanager
async def running_stack(options: Options) -> AsyncIterator[Stack]:
    """A whole stack: every process, ready."""
    stack = Stack(options, Clock(), structlog.get_logger("stack"))
    await stack.start()
    try:
        yield stack
    finally:
        await asyncio.shield(stack.stop())

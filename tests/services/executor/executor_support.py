"""What the executor's live tests share: a server of the bus, and waiting with a deadline."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundstop.clock import Clock
from groundstop.controls import Target
from groundstop_store.ports import free_port


async def until(true: Callable[[], Any], within_s: float = 60.0) -> None:
    """Wait until ``true()`` holds, looking every few milliseconds."""
    clock = Clock()
    async with asyncio.timeout(within_s):
        while not true():
            await clock.sleep(0.005)


class Unguarded:
    """A gate that is always open, for calls that no halt is meant to stop."""

    targets: tuple[Target, ...] = ()
    contact = 0

    def __init__(self, began: Callable[[], None] = lambda: None) -> None:
        self._began = began

    def check(self) -> None:
        """Nothing forbids it."""

    def begin(self) -> None:
        """The tool is being called."""
        self._began()


class Bus:
    """One nats-server with file storage. It keeps its port and its data when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        beside = Path(sys.executable).parent / "nats-server"
        program = str(beside) if beside.exists() else shutil.which("nats-server") or "nats-server"
        options = ("-js", "-sd", str(self._folder), "-a", "127.0.0.1", "-p", str(self.port))
        self._process = subprocess.Popen([program, *options], stderr=subprocess.DEVNULL)  # noqa: ASYNC220
        await until(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait()

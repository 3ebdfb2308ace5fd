"""A real store process for tests: started on a free loopback port, ended by its own process id."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundstop_store.ports import free_port
from groundstop_store.server import command


@dataclass(frozen=True)
class RunningStore:
    """A store that answers: its process, port and folder."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path

    @property
    def url(self) -> str:
        """The address that HTTP clients use."""
        return f"http://127.0.0.1:{self.port}"


def start(data: Path, password_file: Path | None = None, ready_s_max: float = 60.0) -> RunningStore:
    """Start a store and wait until /ping answers. Raises TimeoutError after `ready_s_max` seconds."""
    port = free_port()
    with (data.parent / f"{data.name}.log").open("ab") as log:
        store = RunningStore(subprocess.Popen(command(data, port, password_file), stderr=log), port, data)
    deadline = time.monotonic() + ready_s_max
    while not answers(store):
        if store.process.poll() is not None or time.monotonic() > deadline:
            store.process.kill()
            raise TimeoutError(f"the store over {data} did not answer within {ready_s_max} s")
    return store


def answers(store: RunningStore, wait_s: float = 0.05) -> bool:
    """Whether /ping says so; waits `wait_s` for the process's end before it says no."""
    try:
        with urllib.request.urlopen(f"{store.url}/ping", timeout=5) as response:
            return bool(response.read() == b"Ok.\n")
    except (urllib.error.URLError, OSError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            store.process.wait(wait_s)
        return False


def stop(store: RunningStore) -> int:
    """End a store with SIGTERM and return its exit status; SIGKILL after 20 s."""
    store.process.terminate()
    try:
        return store.process.wait(20)
    except subprocess.TimeoutExpired:
        store.process.kill()
        return store.process.wait(5)


@contextlib.contextmanager
def running_store(data: Path, password_file: Path | None = None) -> Iterator[RunningStore]:
    """A store for the length of a block."""
    store = start(data, password_file)
    try:
        yield store
    finally:
        stop(store)

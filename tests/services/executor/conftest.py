"""A real nats-server for each test that asks for one, with the log's stream in it."""

import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest_asyncio
from groundstop import subjects
from nats.aio.client import Client

sys.path.insert(0, str(Path(__file__).parent))  # The workers under test import their tools from here.

from executor_support import Bus


@pytest_asyncio.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    server = Bus(tmp_path / "bus")
    await server.start()
    yield server
    server.send(signal.SIGKILL)


@pytest_asyncio.fixture
async def connection(bus: Bus) -> AsyncIterator[Client]:
    """A connection to a bus that has the stream of facts."""

    async def ignore(_: Exception) -> None:
        """The tests end servers on purpose."""

    nc = await nats.connect(bus.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, error_cb=ignore)
    config = {"name": subjects.STREAM, "subjects": subjects.STORED, "storage": "file", "allow_atomic": True}
    await nc.request(f"$JS.API.STREAM.CREATE.{subjects.STREAM}", json.dumps(config).encode())
    yield nc
    await nc.close()

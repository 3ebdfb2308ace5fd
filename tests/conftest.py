"""Fixtures that start real things: a bus with the log on it, and a connected log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from groundstop import natspy
from groundstop.bus.consumer import Consumer, Route
from groundstop.bus.delivery import DOOR
from groundstop.clock import Clock
from groundstop.events import KINDS
from groundstop.intake_rules import SAID_KINDS
from groundstop.log import Log
from groundstop_embedded.testing import Bus, running_bus
from nats.aio.client import Client

from tests.chaos.account import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown
from tests.scheduling import pytest_collection_modifyitems

__all__ = [  # hooks
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A nats-server of this test alone, with the stream and the durables declared."""
    async with running_bus(tmp_path / "bus") as started:
        yield started


@pytest.fixture
async def nc(bus: Bus) -> AsyncIterator[Client]:
    """A connection to the bus."""
    connection = await natspy.connect(servers=bus.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    yield connection
    await connection.close()


@pytest.fixture
async def door(log: Log) -> AsyncIterator[Consumer]:
    """Takes what is said into the log, and judges nothing."""
    routes = {kind: Route(KINDS[kind], lambda fact, _: fact) for kind in SAID_KINDS}
    consumer = Consumer(log, DOOR, routes, clock=Clock(), logger=structlog.get_logger())
    await consumer.start()
    yield consumer
    await consumer.stop()


@pytest.fixture
async def log(nc: Client) -> AsyncIterator[Log]:
    """The log, ready to publish."""
    started = Log(nc, Clock())
    await started.start()
    yield started
    await started.stop()

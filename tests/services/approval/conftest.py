"""A real approval service on a real bus, started, killed and started again as the tests like."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from approval_support import ControlStore, Service, desk
from groundstop_embedded.testing import Bus


@pytest.fixture
async def service(bus: Bus, tmp_path: Path) -> AsyncIterator[Service]:
    """The service, not yet started: tests may write people.yaml and a policy first."""
    process = Service(bus, tmp_path / "approval")
    yield process
    process.kill()


@pytest.fixture
async def desk_of(bus: Bus) -> AsyncIterator[Callable[[str], object]]:
    """Opens clients: ``await desk_of("alice")`` is Alice's."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> ControlStore:
            return await stack.enter_async_context(desk(bus, name))

        yield opened

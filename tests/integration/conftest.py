"""One stack for all tests of this folder: each works with intents of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from groundstop.client import Client

from tests.chaos.world import POLICY, World, running_world

CONFIRMATION_S = 1.5
SHORT = POLICY + f"expiry: {{confirmation: {CONFIRMATION_S}}}\n"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Confirmations expire after CONFIRMATION_S; a message is tried twice."""
    folder = tmp_path_factory.mktemp("integration")
    async with running_world(folder, policy_text=SHORT, GROUNDSTOP_TRIES_MAX="2") as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def agent(world: World) -> AsyncIterator[Client]:
    """An agent that proposes."""
    async with world.client("helper") as connected:
        yield connected


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ann(world: World) -> AsyncIterator[Client]:
    """Somebody who decides."""
    async with world.client("ann") as connected:
        yield connected

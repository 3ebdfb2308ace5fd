"""One stack for all frameworks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from groundstop.client import Client
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import running_stack

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def adapters_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A running stack that knows the examples' tool."""
    catalogue = str(EXAMPLES / "governed" / "tools.yaml")
    data = tmp_path_factory.mktemp("adapters") / "stack"
    async with running_stack(Options(data=data, executors=1, catalogue=(catalogue,))) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="session")
async def people(adapters_stack: Stack) -> AsyncIterator[Client]:
    """Somebody who decides."""
    async with Client.open(agent="ann", settings=adapters_stack.plan.settings) as client:
        yield client

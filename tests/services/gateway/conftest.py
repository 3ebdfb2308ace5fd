"""One stack for all tests of this folder; each test has servers, pins and arguments of its own."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.testing import eventually
from groundstop_embedded.plan import Options, free_port
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import running_stack
from groundstop_gateway.app import gateway_server
from groundstop_gateway.settings import GatewayOptions, ServerSpec
from mcp import Client as McpClient

WAIT_S = 60.0
"""A process that has to start first, on a machine that has other work."""
SERVER = str(Path(__file__).with_name("fixture_server.py"))
CATALOGUE = """
tools:
  mcp.fx.read: &safe {action_type: mcp.fx, risk: safe, worker: true, attempts: 1}
  mcp.fx.page: *safe
  mcp.fx.slow: *safe
  mcp.fx.broken: *safe
  mcp.fx.ask: *safe
  mcp.fx.delete: {action_type: mcp.fx, risk: dangerous, worker: true, attempts: 1}
"""


@dataclass
class Desk:
    """A gateway before a fixture server, and people who decide."""

    stack: Stack
    folder: Path
    people: Client
    url: str

    @property
    def command(self) -> tuple[str, ...]:
        """The fixture server's command line."""
        return (sys.executable, SERVER, str(self.folder))

    @property
    def effects(self) -> list[str]:
        """What the server has done."""
        file = self.folder / "effects"
        return file.read_text().splitlines() if file.exists() else []

    def options(self, agent: str, **more: Any) -> GatewayOptions:
        """A gateway's options."""
        spec = ServerSpec(url=self.url, headers={"x-folder": str(self.folder)})
        given = {"servers": {"fx": spec}, "agent": agent, "data": self.stack.plan.options.data}
        return GatewayOptions.model_validate({**given, "pins": self.folder / "pins.json", **more})

    @asynccontextmanager
    async def client(self, agent: str, **more: Any) -> AsyncIterator[McpClient]:
        """A client of a gateway in this process."""
        async with (
            gateway_server(self.options(agent, **more), Clock()) as server,
            McpClient(server, mode="legacy", cache=None) as client,
        ):
            yield client

    async def case(self, agent: str) -> dict[str, Any]:
        """The case that waits for a person."""

        async def there() -> dict[str, Any] | None:
            return next(iter(await self.people.cases(agent=agent)), None)

        return await eventually(there, "the case", WAIT_S)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A running stack whose catalogue knows the fixture's tools."""
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "tools.yaml").write_text(CATALOGUE, encoding="utf-8")
    options = Options(data=folder / "stack", executors=1, catalogue=(str(folder / "tools.yaml"),))
    async with running_stack(options) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fixture_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where one fixture server answers all tests."""
    port, folder = free_port(), tmp_path_factory.mktemp("fixture")
    process = await asyncio.create_subprocess_exec(sys.executable, SERVER, str(folder), "--http", str(port))

    async def listens() -> bool:
        assert process.returncode is None
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await eventually(listens, "the fixture server", WAIT_S)
    yield f"http://127.0.0.1:{port}/mcp"
    process.kill()
    await process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def gate(gateway_stack: Stack, fixture_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a folder of its own."""
    async with Client.open(agent="ann", settings=gateway_stack.plan.settings) as people:
        yield Desk(gateway_stack, tmp_path, people, fixture_url)

"""One MCP server behind the gateway: connected while the gateway runs, and again when the connection was lost."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from groundstop.environment import least
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, ServerCapabilities, Tool

from groundstop_gateway.adapters.relay import Relay
from groundstop_gateway.domain.definitions import Definition
from groundstop_gateway.settings import ServerSpec

START_S = 60.0
"""A server that is fetched before it runs (npx, uvx) needs its time."""
PAGES_MAX = 100


class Upstream:
    """A server's connection, kept by a task of its own: what opens it must close it."""

    def __init__(self, name: str, spec: ServerSpec, relay: Relay) -> None:
        self.name = name
        self._spec = spec
        self._relay = relay
        self._closing = asyncio.Event()
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect. Raises what the connection raises: a server that cannot be started is an error at start."""
        await self.client()

    async def stop(self) -> None:
        """Disconnect; a command is ended."""
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task})
            self._task = None

    async def client(self) -> Client:
        """The connection, opened anew when there is none."""
        async with self._lock:
            if self._client is None:
                opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
                self._closing = asyncio.Event()
                self._task = asyncio.create_task(self._keep(opened, self._closing))
                self._client = await asyncio.wait_for(opened, START_S)
            return self._client

    async def _keep(self, opened: "asyncio.Future[Client]", closing: asyncio.Event) -> None:
        try:
            async with self._connected() as client:
                opened.set_result(client)
                await closing.wait()
        except Exception as error:
            if not opened.done():
                opened.set_exception(error)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async with AsyncExitStack() as stack:
            if self._spec.url:
                http = await stack.enter_async_context(
                    httpx2.AsyncClient(headers=dict(self._spec.headers), timeout=httpx2.Timeout(30, read=300))
                )
                server: Any = streamable_http_client(self._spec.url, http_client=http)
            else:
                server = StdioServerParameters(
                    command=self._spec.command, args=list(self._spec.args), env=_environment(self._spec),
                    cwd=self._spec.cwd,
                )  # fmt: skip
            yield await stack.enter_async_context(
                # The legacy handshake keeps the channel on which a server asks its client back.
                Client(
                    server,
                    mode="legacy",
                    cache=None,
                    sampling_callback=self._relay.sampling,
                    elicitation_callback=self._relay.elicitation,
                    list_roots_callback=self._relay.roots,
                    logging_callback=self._relay.logging,
                    message_handler=self._relay.message,
                )
            )

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Client]:
        """The connection for one request. When it turns out to be lost the next request opens another."""
        client = await self.client()
        try:
            yield client
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                await self._lost(client)
            raise

    async def _lost(self, client: Client) -> None:
        async with self._lock:
            if self._client is client:
                self._closing.set()
                self._client = None
                if self._task is not None:
                    with contextlib.suppress(Exception):
                        await asyncio.wait_for(asyncio.shield(self._task), 5)

    async def capabilities(self) -> ServerCapabilities:
        """What it offers."""
        return (await self.client()).server_capabilities

    async def tools(self) -> list[Tool]:
        """Every tool, page by page."""
        found: list[Tool] = []
        cursor: str | None = None
        async with self.use() as client:
            for _ in range(PAGES_MAX):
                page = await client.list_tools(cursor=cursor, cache_mode="bypass")
                found += page.tools
                cursor = page.next_cursor
                if not cursor:
                    break
        return found


def definition_of(tool: Tool) -> Definition:
    """A tool's definition in its JSON form."""
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def _environment(spec: ServerSpec) -> dict[str, str]:
    """What the server's entry names: another server's keys may be in the gateway's environment."""
    return least(os.environ) | spec.env  # noqa: TID251 - what a child process is told

"""Connections to MCP servers, one call at a time each, so that a call can be stopped by ending its connection."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
from groundstop.catalogue import McpCall
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from groundstop_executor.isolation.hosting import Host
from groundstop_executor.secrets import Resolve, resolved

CONNECT_S = 20.0
"""A server that is started may load for a while; the tool's own time-out counts, too."""
HANG_UP_S = 5.0


class Connection:
    """One server at the other end. It lives in a task of its own: what opens it has to close it."""

    def __init__(self, call: McpCall, resolve: Resolve, host: Host) -> None:
        self._call = call
        self._resolve = resolve
        self._host = host
        self.secrets: list[str] = []
        self.client: Client | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="groundstop-mcp-")
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._end = asyncio.Event()
        self._task = asyncio.create_task(self._live())

    async def ready(self) -> None:
        """Wait until the server answers. Raises what kept it from that."""
        async with asyncio.timeout(CONNECT_S):
            await asyncio.shield(self._ready)

    @property
    def alive(self) -> bool:
        """False once it has ended, or was told to."""
        return not self._task.done() and not self._end.is_set()

    async def _live(self) -> None:
        try:
            async with self._opened() as client:
                self.client = client
                self._ready.set_result(None)
                await self._end.wait()
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(ConnectionError(f"{type(error).__name__}: {error}"))
                self._ready.exception()  # it may be that nobody waits any more
            if not isinstance(error, Exception):
                raise
        finally:
            self._end.set()
            self._folder.cleanup()

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Client]:
        if self._call.command:
            async with Client(self._command()) as client:
                yield client
            return
        headers = {
            name: str(resolved(value, self._resolve, self.secrets)) for name, value in self._call.headers.items()
        }
        web = httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=None))
        async with web as http, Client(streamable_http_client(self._call.url, http_client=http)) as client:
            yield client

    def _command(self) -> StdioServerParameters:
        env = self._host.variables(self._call.env, self.secrets)
        ours = self._host.interpreter_only(env)
        keeper = (
            "-m",
            "groundstop_executor.isolation.server_main",
            "--pidfile",
            str(self._pidfile),
            "--parent",
            str(os.getpid()),
            *("--user", self._host.users.next()),
            *("--drop", ",".join(ours)),
        )
        command = [*keeper, "--", *self._call.command]
        return StdioServerParameters(command=sys.executable, args=command, env=self._host.server() | ours | env)

    @property
    def _pidfile(self) -> Path:
        return Path(self._folder.name) / "pid"

    def kill(self) -> None:
        """Stop what runs at the other end: a server of ours with all it started; another one is hung up on."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(self._pidfile.read_text()), signal.SIGTERM)
        self._end.set()

    async def close(self) -> None:
        """End it and wait until it has ended, within ``HANG_UP_S``."""
        self.kill()
        done, _ = await asyncio.wait({self._task}, timeout=HANG_UP_S)
        if not done:
            self._task.cancel()


class Servers:
    """Idle connections by server; a call takes one for itself, or a new one."""

    def __init__(self, resolve: Resolve, host: Host) -> None:
        self._resolve = resolve
        self._host = host
        self._idle: dict[str, list[Connection]] = {}
        self._all: set[Connection] = set()

    async def take(self, call: McpCall) -> Connection:
        """A connection that answers. Raises what kept it from that; then nothing of it is left."""
        idle = self._idle.setdefault(_key(call), [])
        while idle:
            if (connection := idle.pop()).alive:
                return connection
            self._all.discard(connection)
        connection = Connection(call, self._resolve, self._host)
        self._all.add(connection)
        try:
            await connection.ready()
        except BaseException:
            self.drop(connection)
            raise
        return connection

    def give_back(self, call: McpCall, connection: Connection) -> None:
        """It is as it was before."""
        self._idle[_key(call)].append(connection)

    def drop(self, connection: Connection) -> None:
        """What came of it nobody knows: nobody gets it any more."""
        connection.kill()
        self._all.discard(connection)

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(connection.close() for connection in self._all), return_exceptions=True)


def _key(call: McpCall) -> str:
    return call.model_dump_json(include={"command", "url", "env", "headers"})


def content_of(result: Any) -> Any:
    """What an answer says: its structured part where it has one, else its text."""
    structured = result.structured_content
    if structured is not None:
        return structured["result"] if isinstance(structured, dict) and set(structured) == {"result"} else structured
    texts = [part.text for part in result.content if getattr(part, "type", "") == "text"]
    return "\n".join(texts)

"""A tool that is a tool of an MCP server, declared in the catalogue."""

import asyncio
from typing import Any

from groundstop.catalogue import EffectUnknown, McpCall, Tool, ToolContext, ToolFailed
from mcp import MCPError

from groundstop_executor.isolation.hosting import Host
from groundstop_executor.isolation.runner import Gate
from groundstop_executor.remote.picking import picked
from groundstop_executor.remote.servers import Connection, Servers, content_of
from groundstop_executor.secrets import Resolve, hidden

NOT_DONE = frozenset({-32700, -32600, -32601, -32602})
"""JSON-RPC 2.0 codes that say that it was never begun: parse error, invalid request, no such method, bad params."""
ERROR_CHARS_MAX = 500


class McpTools:
    """Calls tools of MCP servers for one executor."""

    def __init__(self, resolve: Resolve, host: Host | None = None) -> None:
        self._servers = Servers(resolve, host or Host(resolve=resolve))

    async def start(self) -> None:
        """Servers are started and connected to when they are needed."""

    async def stop(self) -> None:
        """End every server that was started here, and every connection."""
        await self._servers.stop()

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        """The answer. Raises ToolFailed when nothing happened, EffectUnknown when it does not tell."""
        call = tool.mcp
        assert call is not None, "only tools with an mcp entry come here"
        connection = await self._connected(tool, call)
        try:
            gate.check()
        except BaseException:
            self._servers.give_back(call, connection)
            raise
        gate.begin()
        try:
            result = await self._ask(tool, call, connection, arguments, context)
        except ToolFailed:
            self._servers.give_back(call, connection)
            raise
        except (Exception, asyncio.CancelledError):
            self._servers.drop(connection)  # whatever it is still doing ends here
            raise
        self._servers.give_back(call, connection)
        return hidden(_judged(tool, call, result), connection.secrets)

    async def _connected(self, tool: Tool, call: McpCall) -> Connection:
        try:
            return await self._servers.take(call)
        except ToolFailed:
            raise
        except Exception as error:
            raise ToolFailed(f"{tool.name}: its server does not answer: {error}"[:ERROR_CHARS_MAX]) from error

    async def _ask(
        self, tool: Tool, call: McpCall, connection: Connection, arguments: dict[str, Any], context: ToolContext
    ) -> Any:
        client = connection.client
        assert client is not None, "it is ready"
        key = {call.key_argument: context.idempotency_key} if call.key_argument else {}
        meta = {"groundstop/idempotency-key": context.idempotency_key, "groundstop/intent": context.intent}
        try:
            return await client.call_tool(call.tool or tool.name, {**arguments, **key}, meta=meta)  # type: ignore[arg-type]
        except MCPError as error:
            said = str(hidden(f"{tool.name}: {error}"[:ERROR_CHARS_MAX], connection.secrets))
            if error.code in NOT_DONE:
                raise ToolFailed(said, retryable=False) from error
            raise EffectUnknown(said) from error
        except Exception as error:
            lost = f"{tool.name} was called, but its answer was lost: {error!r}"[:ERROR_CHARS_MAX]
            raise EffectUnknown(lost) from error


def _judged(tool: Tool, call: McpCall, result: Any) -> Any:
    """The part of an answer that is wanted. Raises as the catalogue says when the server calls it an error."""
    content = content_of(result)
    if not result.is_error:
        return picked(content, call.result)
    said = f"{tool.name}: {content}"[:ERROR_CHARS_MAX]
    raise ToolFailed(said, retryable=False) if call.error_means == "nothing" else EffectUnknown(said)

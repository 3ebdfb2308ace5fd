"""What happens to a client's request: listings are screened and pinned, calls become intents."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from groundstop.catalogue import EffectUnknown, ToolFailed
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import Outcome
from groundstop.ids import derived_id, new_id
from groundstop.vocabulary import Status
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from structlog.typing import FilteringBoundLogger

from groundstop_gateway.adapters.calls import Call
from groundstop_gateway.adapters.identities import Identities
from groundstop_gateway.adapters.pinfile import PinFile
from groundstop_gateway.adapters.relay import Relay, session_of
from groundstop_gateway.adapters.upstream import Upstream, definition_of
from groundstop_gateway.domain.definitions import fingerprint
from groundstop_gateway.domain.naming import agent_of, found, listed, on_bus
from groundstop_gateway.domain.pins import seen
from groundstop_gateway.domain.results import RESULT_BYTES_MAX, Result, screened, text_result, told, waiting
from groundstop_gateway.settings import GatewayOptions

Context = ServerRequestContext[Any, Any]
META = "groundstop"
KEPT_MAX = 256
NOTHING_HAPPENED = (INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR)
"""Errors with which a server says that it did not even begin (JSON-RPC 2.0, section 5.1)."""


@dataclass(slots=True)
class Kept:
    """What the log does not hold of a call: a result that is too large for it, an error in the server's own words."""

    result: Result | None = None
    error: MCPError | None = None


class Gateway:
    """Handlers of every request that is about tools."""

    def __init__(
        self,
        options: GatewayOptions,
        upstreams: Mapping[str, Upstream],
        relay: Relay,
        pins: PinFile,
        identities: Identities,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._options = options
        self._upstreams = upstreams
        self._relay = relay
        self._pins = pins
        self._identities = identities
        self._clock = clock
        self._logger = logger
        self._run = new_id()
        self._versions: dict[tuple[str, str], str] = {}
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        """By agent and intent: two agents may choose one id."""

    @property
    def _alone(self) -> bool:
        return len(self._upstreams) == 1

    # listings

    async def list_tools(self, context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """The tools of all servers that are not held, under their listed names."""
        self._relay.know(session_of(context), context.session)
        tools: list[Tool] = []
        for server in self._upstreams:
            tools += await self._listed(server)
        return ListToolsResult(tools=tools)

    async def _listed(self, server: str) -> list[Tool]:
        """One server's tools as a client may see them; what is held is logged and left out."""
        tools = await self._upstreams[server].tools()
        definitions = [definition_of(tool) for tool in tools]
        pins = await asyncio.to_thread(
            self._pins.change, lambda before: seen(before, server, definitions, self._clock())
        )
        self._versions |= {(server, one["name"]): fingerprint(one) for one in definitions}
        shown = []
        for tool in tools:
            if reason := pins.why_held(server, tool.name):
                self._logger.warning("tool held", server=server, tool=tool.name, reason=reason)
            else:
                name = listed(server, tool.name, alone=self._alone, separator=self._options.separator)
                shown.append(tool.model_copy(update={"name": name}))
        return shown

    # calls

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        """One call: an intent, and its outcome as the server's own answer would look like."""
        self._relay.know(session_of(context), context.session)
        place = found(params.name, self._upstreams, separator=self._options.separator)
        if place is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}")
        server, name = place
        if reason := await self._held(server, name):
            said = f"The tool {params.name} is held: {reason}. A person can look at it: groundstop mcp pins"
            return _result(text_result(said, error=True))
        agent = self._agent()
        call = self._call(context, params, server, name, agent)
        calls = await self._identities.of(agent)
        try:
            outcome = await calls.outcome(call)
        except BadInput as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        if outcome is None:
            return _result(waiting(call.intent, call.case), {"intent": call.intent, "status": "pending"})
        return self._answer(agent, outcome)

    async def _held(self, server: str, name: str) -> str:
        """Why a tool may not be called. What its server has not listed is not pinned, and not called."""
        if (server, name) not in self._versions:
            await self._listed(server)
        if (server, name) not in self._versions:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {name}")
        return (await asyncio.to_thread(self._pins.read)).why_held(server, name)

    def _call(self, context: Context, params: CallToolRequestParams, server: str, name: str, agent: str) -> Call:
        meta: Mapping[str, Any] = dict(context.meta or {})
        said = meta.get(META)
        said = said if isinstance(said, Mapping) else {}
        silent = meta.get("progress_token", meta.get("progressToken")) is None

        async def do(arguments: dict[str, Any]) -> Result:
            return await self._do(context, server, name, arguments, call, agent)

        async def tell(message: str) -> None:
            call.told += 1
            await context.session.report_progress(call.told, None, message)

        call = Call(
            tool=on_bus(server, name),
            version=self._versions[server, name],
            arguments=params.arguments or {},
            task=str(said.get("task") or derived_id(f"{self._run}:{agent}:{session_of(context)}", "task")),
            do=do,
            tell=tell,
            wait_s=self._options.wait_s if silent else None,
            reasoning=str(said.get("reasoning", "")),
            confidence=said.get("confidence"),
            user=str(said.get("user", "")),
            intent=str(said.get("intent", "")),
        )
        return call

    async def _do(
        self, context: Context, server: str, name: str, arguments: dict[str, Any], call: Call, agent: str
    ) -> Result:
        """The server's answer to a cleared call, screened. Raises ToolFailed and EffectUnknown as it can be told."""

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            with contextlib.suppress(Exception):
                call.told = max(call.told, progress)
                await context.session.report_progress(progress, total, message)

        try:
            with self._relay.calling(context):
                async with self._upstreams[server].use() as client:
                    answer = await client.call_tool(name, arguments, progress_callback=on_progress)
        except MCPError as error:
            self._keep((agent, call.intent), Kept(error=error))
            if error.code in NOTHING_HAPPENED:
                raise ToolFailed(error.message, retryable=False) from error
            raise EffectUnknown(error.message) from error
        plain = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
        result, why = screened(plain, self._options.results)
        if why:
            self._logger.warning("result screened", server=server, tool=name, intent=call.intent, found=why)
        return self._stored((agent, call.intent), result)

    def _stored(self, key: tuple[str, str], result: Result) -> Result:
        """What of a result goes into the log."""
        raw = orjson.dumps(result)
        if len(raw) <= RESULT_BYTES_MAX:
            return result
        self._keep(key, Kept(result=result))
        return text_result(f"{len(raw)} bytes, not stored; SHA-256 {sha256(raw).hexdigest()}")

    def _keep(self, key: tuple[str, str], kept: Kept) -> None:
        self._kept[key] = kept
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def _answer(self, agent: str, outcome: Outcome) -> CallToolResult:
        kept = self._kept.pop((agent, outcome.intent), Kept())
        if kept.error is not None and outcome.status is Status.FAILED:
            raise kept.error
        result = kept.result if kept.result is not None and outcome.status is Status.SUCCEEDED else told(outcome)
        return _result(result, {"intent": outcome.intent, "status": outcome.status, "reason": outcome.reason_code})

    def _agent(self) -> str:
        """Who calls: the client that the token was issued to, else whom the gateway was started for."""
        token = get_access_token()
        return self._options.agent if token is None else agent_of(token.client_id)


def _result(result: Result, about: Mapping[str, str] | None = None) -> CallToolResult:
    meta = {**(result.get("_meta") or {}), **({META: dict(about)} if about else {})}
    return CallToolResult.model_validate({**result, **({"_meta": meta} if meta else {})})

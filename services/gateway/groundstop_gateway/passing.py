"""Requests that change nothing and pass through: resources, prompts, completions, subscriptions, log levels."""

import warnings
from collections.abc import Mapping
from typing import Any

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp_types import (
    INVALID_PARAMS,
    CompleteRequestParams,
    CompleteResult,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    PromptReference,
    ReadResourceRequestParams,
    ReadResourceResult,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from groundstop_gateway.adapters.relay import Relay, session_of
from groundstop_gateway.adapters.upstream import Upstream
from groundstop_gateway.domain.naming import found, listed

Context = ServerRequestContext[Any, Any]
PAGES_MAX = 100
NOT_FOUND = -32002
"""Model Context Protocol, resources: error handling."""


class Passing:
    """Handlers that ask the servers in the client's name."""

    def __init__(self, upstreams: Mapping[str, Upstream], relay: Relay, separator: str) -> None:
        self._upstreams = upstreams
        self._relay = relay
        self._separator = separator

    async def _pages(self, method: str, part: str, capability: str) -> list[tuple[str, Any]]:
        """Every entry of one kind of list of every server that has it."""
        found_there: list[tuple[str, Any]] = []
        for name, upstream in self._upstreams.items():
            if getattr(await upstream.capabilities(), capability) is None:
                continue
            cursor: str | None = None
            async with upstream.use() as client:
                for _ in range(PAGES_MAX):
                    page = await getattr(client, method)(cursor=cursor, cache_mode="bypass")
                    found_there += [(name, entry) for entry in getattr(page, part)]
                    cursor = page.next_cursor
                    if not cursor:
                        break
        return found_there

    async def list_resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """All resources."""
        found_there = await self._pages("list_resources", "resources", "resources")
        return ListResourcesResult(resources=[entry for _, entry in found_there])

    async def list_templates(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """All resource templates."""
        found_there = await self._pages("list_resource_templates", "resource_templates", "resources")
        return ListResourceTemplatesResult(resource_templates=[entry for _, entry in found_there])

    async def read_resource(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """A resource, from the first server that knows it."""
        missing: MCPError | None = None
        for upstream in await self._with("resources"):
            try:
                async with upstream.use() as client:
                    return await client.read_resource(params.uri, cache_mode="bypass")
            except MCPError as error:
                missing = missing or error
        raise missing or MCPError(NOT_FOUND, f"Resource not found: {params.uri}")

    async def list_prompts(self, context: Context, params: PaginatedRequestParams | None) -> ListPromptsResult:
        """All prompts, named as tools are."""
        prompts = [
            entry.model_copy(update={"name": self._listed(server, entry.name)})
            for server, entry in await self._pages("list_prompts", "prompts", "prompts")
        ]
        return ListPromptsResult(prompts=prompts)

    async def get_prompt(self, context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """One prompt."""
        upstream, name = self._found(params.name)
        async with upstream.use() as client:
            return await client.get_prompt(name, params.arguments)

    async def complete(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        """Completions, from the server that the prompt or resource belongs to."""
        ref = params.ref
        upstreams = await self._with("completions")
        if isinstance(ref, PromptReference):
            upstream, name = self._found(ref.name)
            upstreams, ref = [upstream], ref.model_copy(update={"name": name})
        argument = {"name": params.argument.name, "value": params.argument.value}
        known = params.context.arguments if params.context else None
        problem = MCPError(INVALID_PARAMS, "nothing here completes that")
        for upstream in upstreams:
            try:
                async with upstream.use() as client:
                    return await client.complete(ref, argument, known)
            except MCPError as error:
                problem = error
        raise problem

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """News of one resource."""
        return await self._everywhere(context, "subscribe_resource", "resources", params.uri)

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """No more news of it."""
        return await self._everywhere(context, "unsubscribe_resource", "resources", params.uri)

    async def set_level(self, context: Context, params: SetLevelRequestParams) -> EmptyResult:
        """How much the servers log."""
        return await self._everywhere(context, "set_logging_level", "logging", params.level)

    async def _everywhere(self, context: Context, method: str, capability: str, value: Any) -> EmptyResult:
        self._relay.know(session_of(context), context.session)
        for upstream in await self._with(capability):
            async with upstream.use() as client:
                with warnings.catch_warnings():
                    # Clients of older revisions still ask for what newer ones have dropped.
                    warnings.simplefilter("ignore", MCPDeprecationWarning)
                    await getattr(client, method)(value)
        return EmptyResult()

    async def _with(self, capability: str) -> list[Upstream]:
        return [one for one in self._upstreams.values() if getattr(await one.capabilities(), capability) is not None]

    def _listed(self, server: str, name: str) -> str:
        return listed(server, name, alone=len(self._upstreams) == 1, separator=self._separator)

    def _found(self, name: str) -> tuple[Upstream, str]:
        place = found(name, self._upstreams, separator=self._separator)
        if place is None:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt: {name}")
        return self._upstreams[place[0]], place[1]

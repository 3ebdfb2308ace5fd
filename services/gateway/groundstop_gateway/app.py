"""The composition root of a gateway."""

import contextlib
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from groundstop import logs
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.stack_discovery import settings_for
from mcp.server import NotificationOptions, Server
from mcp.server.auth.settings import AuthSettings
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp_types import ServerCapabilities
from starlette.applications import Starlette
from starlette.types import ASGIApp

from groundstop_gateway.adapters.identities import Identities
from groundstop_gateway.adapters.pinfile import PinFile, default_path
from groundstop_gateway.adapters.relay import Relay
from groundstop_gateway.adapters.request_filter import RequestFilter
from groundstop_gateway.adapters.tokens import Tokens
from groundstop_gateway.adapters.upstream import Upstream
from groundstop_gateway.gateway import Gateway
from groundstop_gateway.passing import Passing
from groundstop_gateway.settings import GatewayOptions, Http

NAME = "groundstop"
BODY_BYTES_MAX = 4 * 1024 * 1024
SESSIONS_MAX = 1_000
CONNECTIONS_MAX = 1_000
KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep an idle connection (5 to 60 s): whoever waits less closes it under a request."""
CHANGED = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)


@asynccontextmanager
async def gateway_server(options: GatewayOptions, clock: Clock) -> AsyncIterator[Server[Any]]:
    """The MCP server in front of the connected servers, ready for a transport."""
    logger = logs.configure("gateway", "warning")
    settings = settings_for(options.data)
    relay = Relay()
    upstreams = {name: Upstream(name, spec, relay) for name, spec in options.servers.items()}
    identities = Identities(lambda agent: Client(settings, tenant=options.tenant, agent=agent, clock=clock), clock)
    pins = PinFile(options.pins or default_path())
    gateway = Gateway(options, upstreams, relay, pins, identities, clock, logger)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(identities.close)
        for upstream in upstreams.values():
            stack.push_async_callback(upstream.stop)
            await upstream.start()
        await identities.of(options.agent)
        offered = [await upstream.capabilities() for upstream in upstreams.values()]
        yield _server(gateway, Passing(upstreams, relay, options.separator), offered)


def _server(gateway: Gateway, passing: Passing, offered: list[ServerCapabilities]) -> Server[Any]:
    """A server that offers what those behind it offer."""
    handlers: dict[str, Any] = {"on_list_tools": gateway.list_tools, "on_call_tool": gateway.call_tool}
    for capability, more in _PASSED.items():
        if any(getattr(one, capability) is not None for one in offered):
            handlers |= {handler: getattr(passing, method) for handler, method in more.items()}
    with warnings.catch_warnings():
        # Log levels are passed on for clients and servers of revisions that still have them.
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        return Server(NAME, version="0.1.0", **handlers)


_PASSED: Mapping[str, Mapping[str, str]] = {
    "resources": {
        "on_list_resources": "list_resources",
        "on_list_resource_templates": "list_templates",
        "on_read_resource": "read_resource",
        "on_subscribe_resource": "subscribe",
        "on_unsubscribe_resource": "unsubscribe",
    },
    "prompts": {"on_list_prompts": "list_prompts", "on_get_prompt": "get_prompt"},
    "completions": {"on_completion": "complete"},
    "logging": {"on_set_logging_level": "set_level"},
}


async def run_stdio(options: GatewayOptions, clock: Clock) -> None:
    """Serve one client on stdin and stdout until it closes them."""
    async with gateway_server(options, clock) as server, stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options(CHANGED))


async def run_http(options: GatewayOptions, http: Http, clock: Clock) -> None:
    """Serve clients over streamable HTTP until told to stop."""
    async with gateway_server(options, clock) as server:
        config = uvicorn.Config(
            http_app(server, http, clock), host=http.host, port=http.port, log_level="warning", server_header=False,
            proxy_headers=False, limit_concurrency=CONNECTIONS_MAX, ws="none", timeout_keep_alive=KEEP_ALIVE_S,
        )  # fmt: skip
        await uvicorn.Server(config).serve()


def http_app(server: Server[Any], http: Http, clock: Clock) -> ASGIApp:
    """The web application; with an issuer it takes that issuer's tokens alone.

    The transport binds a session to whom the token is of that began it, bounds bodies, and keeps no events that a later
    connection could ask for by a number: there is no event store.
    """
    return RequestFilter(_transport(server, http, clock), http)


def _transport(server: Server[Any], http: Http, clock: Clock) -> Starlette:
    checked = TransportSecuritySettings(
        enable_dns_rebinding_protection=False
    )  # RequestFilter checks more, on every route
    limits: dict[str, Any] = {"max_request_body_size": BODY_BYTES_MAX, "max_sessions": SESSIONS_MAX}
    if not http.issuer:
        return server.streamable_http_app(host=http.host, transport_security=checked, **limits)
    auth = AuthSettings.model_validate(
        {
            "issuer_url": http.issuer,
            "resource_server_url": http.resource,
            "required_scopes": list(http.scopes),
            "validate_token_resource": True,
        }
    )
    return server.streamable_http_app(
        host=http.host, auth=auth, token_verifier=Tokens(http, clock), transport_security=checked, **limits
    )

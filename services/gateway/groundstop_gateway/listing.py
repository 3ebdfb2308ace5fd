"""The tools of servers, asked once, without a gateway."""

from collections.abc import Mapping

from groundstop_gateway.adapters.relay import Relay
from groundstop_gateway.adapters.upstream import Upstream, definition_of
from groundstop_gateway.domain.definitions import Definition
from groundstop_gateway.settings import ServerSpec


async def listings(servers: Mapping[str, ServerSpec]) -> dict[str, list[Definition]]:
    """Server -> definitions of its tools."""
    found: dict[str, list[Definition]] = {}
    for name, spec in servers.items():
        upstream = Upstream(name, spec, Relay())
        try:
            found[name] = [definition_of(tool) for tool in await upstream.tools()]
        finally:
            await upstream.stop()
    return found

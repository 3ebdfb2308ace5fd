"""What a gateway stands in front of, and how it behaves."""

import json
from pathlib import Path
from typing import Annotated, Any

from groundstop.errors import GroundstopError
from groundstop.intent import Frozen, Token
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from groundstop_gateway.domain.naming import SEPARATOR
from groundstop_gateway.domain.results import Handling

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Url = Annotated[str, StringConstraints(pattern=r"^https?://")]


class ServerSpec(Frozen):
    """One MCP server: a command that speaks on its stdin and stdout, or the address of one that speaks HTTP."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    cwd: Path | None = None
    url: Url | None = None
    headers: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> "ServerSpec":
        if bool(self.command) == bool(self.url):
            raise ValueError("a server has a command or a url")
        return self


class Http(Frozen):
    """Where the gateway listens, and whose tokens it takes. Without an issuer it takes anybody of this host."""

    host: str = "127.0.0.1"
    port: int = Field(default=8430, ge=0, le=65_535)
    resource: str = ""
    """The gateway's own address as its clients know it: what a token must be meant for (RFC 8707)."""
    issuer: str = ""
    jwks: str = ""
    """File or https address of the issuer's keys."""
    scopes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """More names that a request may give as its Host, beside the resource's; addresses and localhost always may."""
    origins: tuple[str, ...] = ()
    """Origins of pages in browsers that may ask, beside the resource's own."""

    @model_validator(mode="after")
    def _whole(self) -> "Http":
        if self.issuer and not (self.jwks and self.resource):
            raise ValueError("with an issuer, jwks and resource are needed, too")
        if not self.issuer and self.host not in LOOPBACK:
            raise ValueError("without an issuer the gateway listens on this host alone")
        return self


class GatewayOptions(Frozen):
    """A gateway. ``wait_s`` is for clients that want no progress: longer than that they give up by themselves."""

    servers: dict[Token, ServerSpec] = Field(min_length=1)
    tenant: Token = "default"
    agent: Token = "mcp"
    separator: str = SEPARATOR
    results: Handling = Handling.HOLD
    wait_s: float = Field(default=45.0, gt=0)
    data: Path | None = None
    pins: Path | None = None
    http: Http | None = None


def servers_in(path: Path) -> dict[str, ServerSpec]:
    """The servers of a file in the shape that MCP clients keep: a mapping ``mcpServers`` from name to command or url.

    Raises GroundstopError with what is wrong.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[Token, ServerSpec]).validate_python(document["mcpServers"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise GroundstopError(f"{path}: no mcpServers that can be read: {error}") from error

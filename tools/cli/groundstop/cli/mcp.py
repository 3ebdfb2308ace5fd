"""mcp: the gateway in front of MCP servers, its pins, and catalogue entries for the tools behind it."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from groundstop.cli.common import (
    NEGATIVE,
    UNREACHABLE,
    USAGE,
    AsJson,
    Data,
    Tenant,
    actor,
    end,
    fail,
    hints,
    out,
    print_json,
)
from groundstop.clock import Clock
from groundstop.environment import OURS
from groundstop.errors import GroundstopError, StackNotFound
from rich.table import Table
from typer.core import TyperGroup

PinPath = Annotated[Path | None, typer.Option("--pins", help="File of the pins. Default: one file per user.")]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="JSON file with mcpServers, in the format of MCP clients.")
]
Name = Annotated[str, typer.Option("--name", help="Name of the server of COMMAND, used in tool names.")]


class CommandBehindDashes(TyperGroup):
    """A group whose words behind ``--`` are the command line of a server, and no command of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the server's command line in ``ctx.obj``."""
        if "--" in args:
            at = args.index("--")
            ctx.obj, args = args[at + 1 :], args[:at]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=CommandBehindDashes, invoke_without_command=True)
pins_app = typer.Typer(invoke_without_command=True)
app.add_typer(pins_app, name="pins")


def register(parent: typer.Typer) -> None:
    """Add the commands of this room."""
    parent.add_typer(app, name="mcp")


@app.callback()
def mcp(
    ctx: typer.Context,
    name: Name = "tools",
    config: Config = None,
    agent: Annotated[str, typer.Option("--agent", "-a", help="Agent that submits the calls.")] = "mcp",
    tenant: Tenant = "default",
    http: Annotated[str, typer.Option(help="HOST:PORT to listen on. Default: stdin and stdout.")] = "",
    resource: Annotated[str, typer.Option(help="URL of the gateway for clients: the audience of their tokens.")] = "",
    issuer: Annotated[str, typer.Option(help="OAuth issuer whose tokens are accepted.")] = "",
    jwks: Annotated[str, typer.Option(help="File or https URL of the issuer's keys.")] = "",
    hosts: Annotated[str, typer.Option(help="Further names accepted in the Host header, comma-separated.")] = "",
    origins: Annotated[str, typer.Option(help="Accepted values of the Origin header, comma-separated.")] = "",
    results: Annotated[
        str, typer.Option(help="Action for results with injected instructions: hold or annotate.")
    ] = "hold",
    separator: Annotated[str, typer.Option(help="Separator between server name and tool name.")] = "__",
    wait: Annotated[float, typer.Option(help="Seconds to wait if the client does not request progress.")] = 45.0,
    pins: PinPath = None,
    data: Data = None,
) -> None:
    """Proxy an MCP client to its servers. Every tool call becomes an intent.

    Example, in any client's configuration: [bold]groundstop mcp -- npx some-server[/]
    """
    if ctx.invoked_subcommand is not None:
        return
    if config is None and not ctx.obj:
        typer.echo(ctx.get_help())
        end(USAGE)
    try:
        from groundstop_gateway import app as gateway
        from groundstop_gateway.settings import GatewayOptions, Http
    except ImportError:
        fail("the gateway is not installed; install groundstop-gateway", USAGE)
    host, _, port = http.rpartition(":")
    listening = {"host": host, "port": port, "resource": resource, "issuer": issuer, "jwks": jwks}
    named = {"hosts": _parts(hosts), "origins": _parts(origins)}
    try:
        options = GatewayOptions.model_validate(
            {
                "servers": _servers(name, config, ctx.obj), "agent": agent, "tenant": tenant, "results": results,
                "separator": separator, "wait_s": wait, "pins": pins, "data": data,
            }
        )  # fmt: skip
        where = Http.model_validate(listening | named) if http else None
    except (ValueError, GroundstopError) as error:
        fail(str(error), USAGE)
    clock = Clock()
    _serve(gateway.run_http(options, where, clock) if where else gateway.run_stdio(options, clock))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _serve(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except StackNotFound as error:
        fail(str(error), UNREACHABLE, code="unreachable")
    except GroundstopError as error:
        fail(str(error), NEGATIVE, code="failed")
    except (KeyboardInterrupt, asyncio.CancelledError):
        end(130)


def _servers(name: str, config: Path | None, command: list[str] | None) -> dict[str, Any]:
    """The servers of a file and the one on the command line. Raises GroundstopError."""
    from groundstop_gateway.settings import ServerSpec, servers_in

    found: dict[str, Any] = servers_in(config) if config else {}
    if command:
        found[name] = ServerSpec(command=command[0], args=tuple(command[1:]), env=_own_environment())
    if not found:
        raise GroundstopError("no server: name a command behind --, or a file with --config")
    return found


def _own_environment() -> dict[str, str]:
    """Ours is that server's: its keys are in it. Nothing of it that is meant for Groundstop."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}  # noqa: TID251 - see above


@app.command()
def catalogue(
    ctx: typer.Context,
    name: Name = "tools",
    config: Config = None,
    risk: Annotated[str, typer.Option(help="Risk of all tools: safe, risky or dangerous.")] = "",
) -> None:
    """Print catalogue entries for the tools of the servers. Review each risk before you load the file."""
    from groundstop_gateway.domain.catalogue import entries
    from groundstop_gateway.listing import listings

    try:
        found = asyncio.run(listings(_servers(name, config, ctx.obj)))
    except GroundstopError as error:
        fail(str(error), USAGE)
    tools: dict[str, Any] = {}
    for server, definitions in found.items():
        tools |= entries(server, definitions, risk)
    hints.print(f"{len(tools)} tools. A risk here is a guess from names and schemas: read each before you load it.")
    sys.stdout.write(yaml.safe_dump({"tools": tools}, sort_keys=False, allow_unicode=True))


@pins_app.callback()
def pins(ctx: typer.Context, path: PinPath = None, json: AsJson = False) -> None:
    """List held tools: the definition changed since it was pinned, or contains instructions to the model."""
    if ctx.invoked_subcommand is not None:
        return
    held = _pinfile(path).read().holding()
    if json:
        print_json([{"server": server, "tool": tool, **one.model_dump(mode="json")} for server, tool, one in held])
        return
    if not held:
        out.print("nothing is held")
        return
    table = Table("server", "tool", "since", "why", box=None)
    for server, tool, one in held:
        table.add_row(server, tool, f"{one.at:%Y-%m-%d %H:%M}", one.reason.replace("[", "\\["))
    out.print(table)
    hints.print("look at what is new with --json; let it through with: groundstop mcp pins accept SERVER [TOOL]")


@pins_app.command()
def accept(
    server: Annotated[str, typer.Argument(help="Name of the server.")],
    tool: Annotated[str, typer.Argument(help="Name of the tool. Default: all held tools.")] = "",
    who: Annotated[str | None, typer.Option("--as", help="Your name. Default: your user name.")] = None,
    path: PinPath = None,
) -> None:
    """Accept a held definition and pin it. Clients then see the tool and can call it."""
    from groundstop_gateway.domain.pins import accepted

    file = _pinfile(path)
    taken = [name for where, name, _ in file.read().holding() if where == server and tool in ("", name)]
    if not taken:
        fail(f"nothing of {server} {tool} is held", NEGATIVE, code="not_found")
    file.change(lambda before: accepted(before, server, tool, Clock()(), actor(who)))
    out.print(f"accepted: {', '.join(taken)}")


def _pinfile(path: Path | None) -> Any:
    from groundstop_gateway.adapters.pinfile import PinFile, default_path

    return PinFile(path or default_path())

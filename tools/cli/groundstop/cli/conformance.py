"""conformance: check an implementation of one role, in any language, against the contract of the bus."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from groundstop.cli.common import DONE, NEGATIVE, UNREACHABLE, USAGE, end, fail, hints, out
from groundstop.cli.mcp import CommandBehindDashes
from groundstop.conformance.run import ROLES, check
from groundstop.errors import StackNotFound
from groundstop.settings import Settings

app = typer.Typer(cls=CommandBehindDashes, invoke_without_command=True, no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the command of this room."""
    parent.add_typer(app, name="conformance")


@app.callback()
def conformance(
    ctx: typer.Context,
    role: Annotated[str, typer.Option("--role", "-r", help=f"Role that it implements: {', '.join(ROLES)}.")],
    url: Annotated[str, typer.Option(help="URL of a bus with the log and no services. Default: a new bus.")] = "",
) -> None:
    """Check an implementation against the contract of the bus. Prints one line per step; exit status 1 if one fails.

    Example: [bold]groundstop conformance --role agent -- node agent.mjs[/]

    The command is started with GROUNDSTOP_NATS_URL. Without a command, start your implementation yourself.
    """
    if role not in ROLES:
        fail(f"no role {role!r}; there is {', '.join(ROLES)}", USAGE)
    with _bus(url) as address, _implementation(ctx.obj or [], address):
        hints.print(f"checking the {role} that answers on gs.conformance.{role} at {address}", highlight=False)
        try:
            score = asyncio.run(check(role, Settings(nats_url=address), lambda line: out.print(line, highlight=False)))
        except StackNotFound as error:
            fail(str(error), UNREACHABLE, code="unreachable")
    out.print(f"{score.passed} passed, {score.failed} failed", highlight=False)
    end(DONE if score.conforms else NEGATIVE)


@contextmanager
def _bus(url: str) -> Iterator[str]:
    """The bus that was named, or a fresh one with nothing but the log on it."""
    if url:
        yield url
        return
    try:
        from groundstop_embedded.testing import bare_bus
    except ImportError:
        fail("the embedded bus is not installed; name one with --url, or install groundstop-embedded", USAGE)
    from groundstop.bootstrap import bootstrap

    async def declare(bus: Any) -> None:
        await bus.ready()
        await bootstrap(bus.settings)

    with tempfile.TemporaryDirectory(prefix="groundstop-") as folder, bare_bus(Path(folder)) as bus:
        asyncio.run(declare(bus))
        yield bus.url


@contextmanager
def _implementation(command: list[str], url: str) -> Iterator[None]:
    """The command, running while the block does."""
    if not command:
        yield
        return
    environment = {**os.environ, "GROUNDSTOP_NATS_URL": url}  # noqa: TID251 - a child process inherits
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        fail(f"{command[0]} cannot be started: {error}", USAGE)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

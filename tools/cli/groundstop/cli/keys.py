"""keys: who may connect to the bus and sign, as whom."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from groundstop.cli.common import NEGATIVE, UNREACHABLE, AsJson, Data, fail, hints, out, print_json
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, StackNotFound
from groundstop.identity.connecting import accepted, connect
from groundstop.log import Log
from groundstop.permissions.folder import Issued, KeyFolder, described
from groundstop.permissions.publishing import publish_keys
from groundstop.permissions.roles import ROLES
from groundstop.settings import Settings
from groundstop.stack_discovery import OWNER, find_stack, owned, settings_for
from rich.table import Table

T = TypeVar("T")
LET_IN_S = 5.0
PUBLISHER = "bootstrap"
"""The identity that may put a list of keys into the log."""
Folder = Annotated[Path | None, typer.Option("--dir", help="Folder of keys. Default: the keys of the running stack.")]
Name = Annotated[str, typer.Argument(help="Name of the identity.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    room = typer.Typer(help="Manage identities on the bus and their keys.", no_args_is_help=True)
    for command in (init, issue, revoke, rotate, list_):
        room.command(command.__name__.strip("_"))(command)
    app.add_typer(room, name="keys")


def init(
    folder: Annotated[Path, typer.Option("--dir", help="Folder to create.")],
    json: AsJson = False,
) -> None:
    """Create a folder of keys with one identity per service. Existing keys are kept."""
    found = _tried(lambda: KeyFolder(folder).init(Clock()()), json)
    _show(found.issued, json)
    hints.print(
        f"give the server {KeyFolder(folder).users_conf}, each service its own .nk and .sign, executors root.pub"
    )


def issue(
    role: Annotated[str, typer.Argument(help=f"One of: {', '.join(ROLES)}.")],
    name: Annotated[
        str, typer.Option("--name", help="Name of the identity. Default: the name of the agent, tool or role.")
    ] = "",
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="Tenant of the identity; * for any.")] = "default",
    agent: Annotated[str, typer.Option("--agent", help="Agent name, for the role agent.")] = "",
    tool: Annotated[str, typer.Option("--tool", help="Tool name, for the role worker.")] = "",
    out_file: Annotated[Path | None, typer.Option("--out", help="Also write the seed to this file.")] = None,
    folder: Folder = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Create an identity. It connects with the seed."""
    named = name or agent or tool.replace(".", "-") or role
    values = {"tenant": tenant, "agent": agent or (named if role == "agent" else ""), "tool": tool}
    keys = _folder(folder, data)
    made = _tried(lambda: keys.issue(named, role, values, Clock()()), json)
    _take_effect(keys, folder, data, named)
    if out_file is not None:
        out_file.write_bytes(b"")
        out_file.chmod(0o600)
        out_file.write_bytes(keys.seed_file(named).read_bytes())
    _show((made,), json, seed_file=str(out_file or keys.seed_file(named)))


def revoke(name: Name, folder: Folder = None, data: Data = None, json: AsJson = False) -> None:
    """Revoke an identity. Its live connections are closed, and its later signatures are rejected."""
    keys = _folder(folder, data)
    _tried(lambda: keys.revoke(name, Clock()()), json)
    _take_effect(keys, folder, data)
    _show((), json, revoked=name)


def rotate(name: Name, folder: Folder = None, data: Data = None, json: AsJson = False) -> None:
    """Replace the keys of an identity, in the same files. Connections with the old keys are closed."""
    keys = _folder(folder, data)
    made = _tried(lambda: keys.rotate(name, Clock()()), json)
    _take_effect(keys, folder, data, name)
    _show((made,), json, seed_file=str(keys.seed_file(name)))


def list_(folder: Folder = None, data: Data = None, json: AsJson = False) -> None:
    """List identities and their roles."""
    _show(_tried(_folder(folder, data).register, json).issued, json)


def _folder(folder: Path | None, data: Path | None) -> KeyFolder:
    if folder is not None:
        return KeyFolder(folder)
    try:
        keys = find_stack(data).keys
    except StackNotFound as error:
        fail(str(error), UNREACHABLE, code="unreachable")
    if keys is None:
        fail("this stack asks nobody who they are (it was started with --open)", NEGATIVE, code="no_keys")
    return KeyFolder(keys)


def _tried(work: Callable[[], T], as_json: bool) -> T:
    try:
        return work()
    except GroundstopError as error:
        fail(str(error), NEGATIVE, as_json, "keys")


def _take_effect(keys: KeyFolder, folder: Path | None, data: Path | None, fresh: str = "") -> None:
    """Tell the running server and the verifiers, and wait until ``fresh`` gets in; a folder that no stack here uses is
    somebody else's to roll out."""
    pid_file = keys.path.parent / "nats.pid"
    if folder is not None or not pid_file.exists():
        hints.print("the server does not know yet: give it users.conf and reload it (nats-server --signal reload)")
        return
    os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGHUP)
    settings = settings_for(data)
    known = [fresh] if fresh and "STANDARD" in ROLES[keys.find(fresh).role].over else []
    asyncio.run(_take_effect_on(keys, settings, known))


async def _take_effect_on(keys: KeyFolder, settings: Settings, known: list[str]) -> None:
    """While the server reads its users it may refuse anybody: the owner and who publishes the list are let in first."""
    for name in (*known, OWNER, PUBLISHER):
        await _let_in(settings.model_copy(update=owned(keys.path, name)), name)
    nc = await connect(settings.model_copy(update=owned(keys.path, PUBLISHER)), connect_timeout=5)
    log = Log(nc, Clock())
    try:
        await log.start()
        await publish_keys(log, keys.listed(Clock()()))
        await log.stop()
    finally:
        await nc.close()


async def _let_in(settings: Settings, name: str) -> None:
    clock = Clock()
    until = clock.monotonic() + LET_IN_S
    while not await accepted(settings):
        if clock.monotonic() > until:
            hints.print(f"the server does not let {name} in after {LET_IN_S:g} s: see groundstop logs nats")
            return
        await clock.sleep(0.05)


def _show(issued: tuple[Issued, ...], as_json: bool, **more: Any) -> None:
    rows = [described(one) for one in issued]
    if as_json:
        print_json({"identities": rows, **more})
        return
    table = Table("name", "role", "tenant", "agent", "tool", "since", box=None)
    for row in rows:
        table.add_row(*(row.get(column, "") for column in ("name", "role", "tenant", "agent", "tool", "since")))
    if rows:
        out.print(table)
    for what, value in more.items():
        out.print(f"{what.replace('_', ' ')}: {value}", highlight=False)

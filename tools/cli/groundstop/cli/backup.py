"""backup, restore: everything that a stack keeps, in one folder, and back into an empty one."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import nats.errors
import typer
from groundstop import logs, natspy
from groundstop.backup import belongings, manifest
from groundstop.backup.manifest import BackupProblem, Manifest
from groundstop.backup.put import Restored, Target, put
from groundstop.backup.take import Source, Tell, take
from groundstop.bus.control_server import serving_controls
from groundstop.cli.asking import asker
from groundstop.cli.common import NEGATIVE, UNREACHABLE, AsJson, Data, fail, hints, out, print_json
from groundstop.clickhouse import ClickHouseProblem
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NoAcknowledgement, StackNotFound
from groundstop.identity.connecting import ONCE, connection_options
from groundstop.identity.keyfiles import read_signer, ring_from
from groundstop.log import Log
from groundstop.settings import Settings
from groundstop.stack_discovery import OWNER, find_stack, owned
from nats.aio.client import Client
from rich.progress import Progress
from structlog.typing import FilteringBoundLogger

ROLE = "backup"
"""The identity of a local stack that may take and restore snapshots."""
GUARD = "guard"
ROSTER_S = 0.1
Servers = Callable[[Path, bool, Clock, FilteringBoundLogger], AbstractAsyncContextManager[Any]]
Folder = Annotated[Path, typer.Argument(help="Folder of the backup.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command()(backup)
    app.command()(restore)


def backup(
    folder: Folder,
    record: Annotated[
        bool,
        typer.Option(
            "--record/--no-record", help="Include the record. Without it, audit rebuilds the record from the log."
        ),
    ] = True,
    files: Annotated[bool, typer.Option("--keys/--no-keys", help="Include this machine's keys and people.")] = True,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Back up the log, the record, keys and people of a running stack into a new folder.

    The folder contains private keys. Protect it like a private key.
    """
    settings, kept = _running(data, json)

    async def work(tell: Tell) -> Manifest:
        async with _connected(settings) as nc:
            dsn = settings.clickhouse_dsn if record else ""
            return await take(Source(nc, dsn, asker(dsn), kept if files else None), folder, Clock()(), tell)

    made = _done(work, json)
    _say(_summary(made, folder), json)


def restore(
    folder: Folder,
    data: Annotated[Path | None, typer.Option("--data", help="Empty or new data folder to restore into.")] = None,
    halt: Annotated[bool, typer.Option("--halt/--no-halt", help="Start halted, until a person resumes.")] = True,
    json: AsJson = False,
) -> None:
    """Restore a backup into a new data folder or, with GROUNDSTOP_NATS_URL, into empty servers.

    The backup does not contain what happened after it, so restored intents could run twice. The stack starts halted.
    """
    settings = Settings()
    try:
        made = manifest.read(folder)
    except BackupProblem as error:
        fail(str(error), NEGATIVE, json, "backup")
    if data is None and "nats_url" not in settings.model_fields_set:
        fail("say where to: --data FOLDER, or GROUNDSTOP_NATS_URL and GROUNDSTOP_CLICKHOUSE_DSN", 2, json, "usage")

    async def work(tell: Tell) -> Restored:
        if data is None:
            return await _into(settings, settings.clickhouse_dsn, folder, made, tell)
        return await _into_folder(data.absolute(), folder, made, tell, halt)

    found = _done(work, json)
    report = {
        "folder": str(folder), "data": str(data or ""), "messages": found.messages, "last_seq": found.last_seq,
              "record_rows": found.verdict.rows if found.verdict else 0, "halted": halt and data is not None,
    }  # fmt: skip
    _say(report, json)
    if data is not None:
        hints.print(f"start it with: groundstop up --data {data}" + ("; then groundstop resume" if halt else ""))
    else:
        hints.print("run the bootstrap, and press a halt before the executors start")


def _running(data: Path | None, json: bool) -> tuple[Settings, Path | None]:
    """Settings for a backup of a stack here, as the identity that may; or those that the environment gives."""
    given = Settings()
    try:
        state = find_stack(data)
    except StackNotFound as error:
        if "nats_url" not in given.model_fields_set:
            fail(str(error), UNREACHABLE, json, "unreachable")
        return given, None
    addresses: dict[str, Any] = {"nats_url": state.nats_url, "clickhouse_dsn": state.clickhouse_dsn}
    return given.model_copy(update=addresses | owned(state.keys, ROLE)), state.data


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Client]:
    try:
        nc = await natspy.connect(**connection_options(settings), **ONCE, connect_timeout=5)
    except (OSError, nats.errors.Error, TimeoutError) as error:
        raise StackNotFound(f"no bus at {settings.nats_url}: {error}") from error
    try:
        yield nc
    finally:
        await nc.close()


async def _into(settings: Settings, dsn: str, folder: Path, made: Manifest, tell: Tell) -> Restored:
    async with _connected(settings) as nc:
        target = Target(nc, dsn, asker(dsn), settings.replicas, settings.retention_days)
        return await put(target, folder, made, tell)


async def _into_folder(data: Path, folder: Path, made: Manifest, tell: Tell, halt: bool) -> Restored:
    """Into a folder that was empty, and is gone again when anything goes wrong."""
    try:
        from groundstop_embedded.restoring import bare_servers, occupied
    except ImportError as error:
        raise BackupProblem("the embedded stack is not installed; install groundstop-embedded") from error
    if problem := occupied(data):
        raise BackupProblem(problem)
    try:
        return await _into_servers(bare_servers, data, folder, made, tell, halt)
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)  # half of a stack would start like a whole one
        raise


async def _into_servers(servers: Servers, data: Path, folder: Path, made: Manifest, tell: Tell, halt: bool) -> Restored:
    """The files first: the servers then let in whom the old ones let in."""
    belongings.load(folder / belongings.FOLDER, data)
    secure = (data / "keys").exists() or not (folder / belongings.FOLDER).exists()
    clock = Clock()
    async with servers(data, secure, clock, logs.configure("restore", "error")) as plan:
        restored = await _into(plan.settings_as(ROLE), plan.clickhouse_dsn, folder, made, tell)
        if halt:
            await _halted(plan.settings_as(OWNER), plan.settings_as(GUARD), made, clock)
        return restored


async def _halted(settings: Settings, guard: Settings, made: Manifest, clock: Clock) -> None:
    """Nobody executes anything before a person has compared the backup with the world.

    No service runs yet that would take the halt, so it is taken here, in a guard's place.
    """
    logger = logs.configure("restore", "error")
    async with (
        _connected(settings) as nc,
        _connected(guard) as desk,
        serving_controls(desk, clock, ring_from(guard), logger),
    ):
        key = settings.signing_key_file
        log = Log(nc, clock, signer=read_signer(key) if key else None, face=True)
        await log.start()
        reason = (
            f"restored from a backup of {made.made_at:%Y-%m-%d %H:%M:%S} UTC: what happened since is not in the log"
        )
        await Operator(nc, log, clock, "restore").halt("all", reason, ROSTER_S)
        await log.stop()


def _done(work: Callable[[Tell], Awaitable[Any]], json: bool) -> Any:  # noqa: RET503 - fail() does not return
    """Do it, with progress for people; errors become messages and statuses."""
    with Progress(console=hints, transient=True, disable=json) as bar:
        tasks = {name: bar.add_task(name, total=None) for name in ("record", "log")}

        async def watched() -> Any:
            return await work(lambda name, more: bar.advance(tasks[name], more))

        try:
            return asyncio.run(watched())
        except (StackNotFound, NoAcknowledgement) as error:
            problem, status = str(error), UNREACHABLE
        except ClickHouseProblem as error:
            problem, status = str(error), NEGATIVE if error.reachable else UNREACHABLE
        except (GroundstopError, OSError) as error:
            problem, status = str(error), NEGATIVE
    fail(problem, status, json, "backup")


def _summary(made: Manifest, folder: Path) -> dict[str, Any]:
    return {
        "folder": str(folder), "made_at": made.made_at, "messages": made.log.messages, "last_seq": made.log.last_seq,
        "record_rows": made.ledger.rows if made.ledger else 0, "files": len(made.pieces),
        "bytes": sum(piece.size for piece in made.pieces),
    }  # fmt: skip


def _say(report: dict[str, Any], json: bool) -> None:
    if json:
        print_json(report)
    else:
        out.print("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in report.items()), highlight=False)

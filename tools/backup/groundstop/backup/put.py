"""Restoring a backup into an empty stack: servers that run, nothing in them, no services yet."""

import asyncio
import functools
from dataclasses import dataclass
from pathlib import Path

from groundstop.backup import ledger, snapshot
from groundstop.backup.manifest import BackupProblem, Manifest
from groundstop.backup.take import Tell
from groundstop.bus.delivery import DURABLES
from groundstop.log import stream
from groundstop.record.heads import Head, from_record
from groundstop.record.verify import HEADS_SQL, Ask, Verdict, verify
from groundstop.subjects import STREAM
from nats.aio.client import Client


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes. ``replicas`` and ``retention_days`` are the new log's own."""

    nc: Client
    dsn: str
    ask: Ask
    replicas: int
    retention_days: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now, looked at again: ``verdict`` is the check of the record's chain, None without a record."""

    messages: int
    last_seq: int
    verdict: Verdict | None


async def check_empty(target: Target) -> None:
    """Raise BackupProblem when there is anything that a restore would mix with."""
    if await snapshot.exists(target.nc):
        raise BackupProblem("the server has a log already; restore into an empty one")
    if target.dsn and not ledger.is_empty(target.ask):
        raise BackupProblem("there is a record already; restore into an empty ClickHouse")


async def put(target: Target, folder: Path, manifest: Manifest, tell: Tell) -> Restored:
    """Restore record and log, declare the durables where they stood, and look at it. Raises BackupProblem."""
    await check_empty(target)
    part = manifest.ledger
    if part is not None:
        if not target.dsn:
            raise BackupProblem("the backup has a record, and no ClickHouse was given for it")
        rows = functools.partial(tell, "record")
        await asyncio.to_thread(ledger.load, target.dsn, target.ask, folder / ledger.FOLDER, part, rows)
    path = folder / snapshot.FILE
    state = await snapshot.load(target.nc, path, manifest.log, target.replicas, lambda size: tell("log", size))
    if state["last_seq"] < manifest.log.last_seq or state["first_seq"] < manifest.log.first_seq:
        raise BackupProblem(f"the log is not what it was: {state['first_seq']} to {state['last_seq']}")
    if manifest.intake is not None:
        await snapshot.load(target.nc, folder / snapshot.INTAKE_FILE, manifest.intake, target.replicas, lambda _: None)
    wanted = stream.StreamSettings(replicas=target.replicas, retention_days=target.retention_days)
    await stream.declare(target.nc, wanted, DURABLES)
    await snapshot.resume(target.nc, manifest.log.floors)
    verdict = None if part is None else await asyncio.to_thread(_verified, target.ask)
    if verdict is not None and not verdict.intact:
        raise BackupProblem(f"the restored record is not intact: {verdict.breaks[0].says} at {verdict.breaks[0].seq}")
    return Restored(int(state["messages"]), int(state["last_seq"]), verdict)


def _verified(ask: Ask) -> Verdict:
    return verify(ask, STREAM, _heads(ask))


def _heads(ask: Ask) -> list[Head]:
    names = ("stream", "seq", "hash", "hash_version", "signed_us", "public_key", "signature")
    return [from_record(dict(zip(names, row, strict=True))) for row in ask(HEADS_SQL)]

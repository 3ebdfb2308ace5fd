"""Making a backup while everything runs: the record first, then the log, so that the log knows all of the record."""

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundstop.backup import belongings, ledger, snapshot
from groundstop.backup.manifest import BackupProblem, Manifest, pieces_of, write
from groundstop.bus.delivery import DURABLES
from groundstop.record.verify import Ask
from groundstop.subjects import INTAKE
from nats.aio.client import Client

Tell = Callable[[str, int], None]
"""Is told what is moved, ``record`` or ``log``, and how much more of it: rows or bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up. ``dsn`` empty: without the record; ``data`` None: without this machine's files."""

    nc: Client
    dsn: str
    ask: Ask
    data: Path | None


async def take(source: Source, folder: Path, at: datetime, tell: Tell) -> Manifest:
    """Make ``folder`` a backup of ``source``. Raises BackupProblem, Refused, NoAcknowledgement."""
    empty(folder)
    part = None
    if source.dsn:
        rows = functools.partial(tell, "record")
        part = await asyncio.to_thread(ledger.save, source.dsn, source.ask, folder / ledger.FOLDER, rows)
    if source.data is not None:
        belongings.save(source.data, folder / belongings.FOLDER, part.last_seq if part else None)
    # What waits there first: what is taken into the log meanwhile is in both, and the door knows it again.
    intake = await snapshot.save(
        source.nc, folder / snapshot.INTAKE_FILE, (), lambda size: tell("log", size), stream=INTAKE
    )
    log = await snapshot.save(source.nc, folder / snapshot.FILE, DURABLES, lambda size: tell("log", size))
    if part is not None and part.last_seq > log.last_seq:
        raise BackupProblem(f"the record ends at {part.last_seq}, the log at {log.last_seq}: they are not one stack's")
    pieces = await asyncio.to_thread(pieces_of, folder)
    manifest = Manifest(made_at=at, log=log, intake=intake, ledger=part, pieces=pieces)
    write(folder, manifest)
    return manifest


def empty(folder: Path) -> None:
    """Make the folder, for our eyes alone. Raises BackupProblem when something is in it."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupProblem(f"{folder} is not empty; a backup is never written over another one")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)

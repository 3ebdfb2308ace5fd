"""What a backup consists of. The manifest is written last: a folder without one is no backup."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from groundstop.errors import GroundstopError
from groundstop.intent import Frozen
from pydantic import ValidationError

MANIFEST = "manifest.json"
FORMAT = 1
PIECE = 1 << 20


class BackupProblem(GroundstopError):
    """A backup that cannot be made, or is not whole, or has nowhere to go; says what and why."""


class Piece(Frozen):
    """One file, by its path inside the folder. ``sha256`` in hex, ``size`` in bytes."""

    path: str
    size: int
    sha256: str


class LogPart(Frozen):
    """The log. ``floors``: how far each durable had acknowledged without a gap, asked before the snapshot began."""

    stream: str
    messages: int
    first_seq: int
    last_seq: int
    config: dict[str, Any]
    state: dict[str, Any]
    floors: dict[str, int]


class LedgerPart(Frozen):
    """The record up to ``last_seq``. ``hash``: the chain's tip there, in hex; ``tables``: how each was created."""

    rows: int
    last_seq: int
    hash: str
    tables: dict[str, str]


class Manifest(Frozen):
    """One backup. ``ledger`` is None where the record was left out: audit makes it anew from the log."""

    format: int = FORMAT
    made_at: datetime
    log: LogPart
    intake: LogPart | None = None
    """What was said and not yet in the log; None in a backup of a version that had no intake."""
    ledger: LedgerPart | None
    pieces: tuple[Piece, ...]


def measured(folder: Path, path: Path) -> Piece:
    """Size and hash of one file of ``folder``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(PIECE):
            digest.update(block)
    return Piece(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=digest.hexdigest())


def pieces_of(folder: Path) -> tuple[Piece, ...]:
    """Every file of ``folder``."""
    return tuple(measured(folder, path) for path in sorted(folder.rglob("*")) if path.is_file())


def write(folder: Path, manifest: Manifest) -> None:
    """Make ``folder`` a backup."""
    beside = folder / f"{MANIFEST}.new"
    beside.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    beside.replace(folder / MANIFEST)


def read(folder: Path) -> Manifest:
    """The manifest of a whole backup: every file is there and is what was written. Raises BackupProblem."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise BackupProblem(f"{folder} is no finished backup: {error}") from error
    if manifest.format != FORMAT:
        raise BackupProblem(f"{folder} has format {manifest.format}; this version reads {FORMAT}")
    if problems := list(differing(folder, manifest.pieces)):
        raise BackupProblem(f"{folder} is not what was written: {'; '.join(problems[:5])}")
    return manifest


def differing(folder: Path, pieces: Iterable[Piece]) -> Iterable[str]:
    """Sentences about files that are missing or altered."""
    for piece in pieces:
        path = folder / piece.path
        if not path.resolve().is_relative_to(folder.resolve()):
            yield f"{piece.path} leaves the folder"
        elif not path.is_file():
            yield f"{piece.path} is missing"
        elif measured(folder, path) != piece:
            yield f"{piece.path} was altered"

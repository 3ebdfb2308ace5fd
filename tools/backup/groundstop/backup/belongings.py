"""Files of a stack on this machine that neither the log nor the record has. Private ones stay private."""

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

FOLDER = "files"
KEPT = ("keys", "record", "faces", "console-people.json", "console-face.key", "console.key")
"""Identities and who signs what; the record's signing key and heads; whom the console signs for; its people."""
HEADS = "record/chain.heads.jsonl"


def _files(data: Path) -> Iterator[Path]:
    names = {*KEPT, *(path.name for path in data.glob("console*") if path.is_file())}
    for name in sorted(names - {"console-sessions.json"}):  # who was signed in does not matter afterwards
        path = data / name
        yield from (found for found in sorted(path.rglob("*")) if found.is_file()) if path.is_dir() else ()
        if path.is_file():
            yield path


def save(data: Path, folder: Path, upto: int | None) -> None:
    """Copy them. Signed heads behind ``upto`` are left out: the record that they vouch for is, too."""
    for path in _files(data):
        name = path.relative_to(data)
        content = path.read_bytes()
        if name.as_posix() == HEADS and upto is not None:
            content = b"".join(line for line in content.splitlines(keepends=True) if orjson.loads(line)["seq"] <= upto)
        _write(folder / name, content)


def load(folder: Path, data: Path) -> int:
    """Put them into a data folder; how many there were. The caller has seen that the folder is empty."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in files:
        _write(data / path.relative_to(folder), path.read_bytes())
    return len(files)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)

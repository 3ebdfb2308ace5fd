"""Writing a range of the record to a folder of Parquet files that can be checked and queried without us."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from groundstop.record.heads import Head, as_record
from groundstop.record.layout import STORED, TABLE
from groundstop.record.offline import HEADS_FILE, MANIFEST
from groundstop.record.verify import Ask, quoted

FILE_ROWS = 100_000

Save = Callable[[str, Path], None]
"""Runs one SELECT with its FORMAT clause and streams the answer into a file."""


def archive(
    ask: Ask, save: Save, stream: str, heads: list[Head], folder: Path, first: int, last: int
) -> dict[str, Any]:
    """Write sequences ``first`` to ``last`` into ``folder``; the manifest. Files hold FILE_ROWS rows each."""
    folder.mkdir(parents=True, exist_ok=True)
    name = quoted(stream)
    before = ask(f"SELECT hex(hash) FROM {TABLE} WHERE stream = {name} AND seq = {first - 1}")
    files = []
    for begin in range(first, last + 1, FILE_ROWS):
        end = min(begin + FILE_ROWS - 1, last)
        path = folder / f"{stream}-{begin:012d}.parquet"
        columns = ", ".join(f"`{column}`" for column in STORED)
        save(
            f"SELECT {columns} FROM {TABLE} WHERE stream = {name} AND seq BETWEEN {begin} AND {end} ORDER BY seq"
            " FORMAT Parquet",
            path,
        )
        files.append(path.name)
    inside = [head for head in heads if head.stream == stream and first <= head.seq <= last]
    manifest = {
        "stream": stream, "first_seq": first, "last_seq": last, "files": files, "heads": len(inside),
        "hash_before": str(before[0][0]).lower() if before else "",
    }  # fmt: skip
    (folder / HEADS_FILE).write_bytes(b"".join(orjson.dumps(as_record(head)) + b"\n" for head in inside))
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return manifest

"""The development data, read row by row from ``../shared/data`` beside the repository, or from a folder given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


def rows(name: str, folder: Path = DATA) -> Iterator[dict[str, Any]]:
    """The rows of ``<folder>/<name>.jsonl``; FileNotFoundError when the data is not there."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def tool_of(row: dict[str, Any], annotations: bool = True) -> dict[str, Any]:
    """A row of the risk data as a tool definition, with or without the server's own annotations."""
    tool = {
        "name": row["tool"],
        "description": row.get("description") or "",
        "inputSchema": row.get("inputSchema") or {},
    }
    if annotations and row.get("annotations"):
        tool["annotations"] = row["annotations"]
    return tool

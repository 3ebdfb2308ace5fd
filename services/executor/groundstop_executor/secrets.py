"""Secrets: named in arguments and headers, known only at the last moment, and never in an event."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from groundstop.catalogue import ToolFailed
from groundstop.catalogue.calls import FROM_EXECUTOR
from groundstop.catalogue.references import Resolve, has_reference, hidden, is_reference, references, resolved

__all__ = [
    "Resolve",
    "has_reference",
    "hidden",
    "is_reference",
    "references",
    "resolved",
    "resolver",
    "variables",
    "within",
]


def resolver(folder: Path | None, environment: Mapping[str, str]) -> Resolve:
    """Looks a name up: the file of that name in ``folder``, else GROUNDSTOP_SECRET_<NAME>. Raises ToolFailed."""

    def resolve(name: str) -> str:
        if not name.replace("-", "").replace("_", "").isalnum():
            raise ToolFailed(f"{name[:40]!r} is no name of a secret", retryable=False)
        file = folder / name if folder is not None else None
        if file is not None and file.is_file():
            return file.read_text(encoding="utf-8").rstrip("\n")
        found = environment.get(f"GROUNDSTOP_SECRET_{name.upper().replace('-', '_')}")
        if found is None:
            raise ToolFailed(f"there is no secret {name!r} here", retryable=False)
        return found

    return resolve


def within(names: Collection[str], resolve: Resolve) -> Resolve:
    """``resolve`` for these ``names`` alone: whoever fills in arguments chooses among what the tool was granted."""

    def granted(name: str) -> str:
        if name not in names:
            raise ToolFailed(f"this tool is not granted the secret {name[:40]!r}", retryable=False)
        return resolve(name)

    return granted


def variables(
    env: Mapping[str, Any], resolve: Resolve, environment: Mapping[str, str], seen: list[str]
) -> dict[str, str]:
    """What a child process is told by its catalogue entry. A variable that the executor lacks is left out."""
    found: dict[str, str] = {}
    for name, value in env.items():
        if isinstance(value, Mapping) and FROM_EXECUTOR in value:
            found |= {name: environment[value[FROM_EXECUTOR]]} if value[FROM_EXECUTOR] in environment else {}
        else:
            found[name] = str(resolved(value, resolve, seen))
    return found

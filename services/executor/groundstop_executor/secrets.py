"""Secrets: named in arguments and headers, known only at the last moment, and never in an event."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from groundstop.catalogue import ToolFailed

Resolve = Callable[[str], str]
SECRET = "$secret"
HIDDEN = "[secret]"
SHORTEST_HIDDEN = 4
"""Shorter values are not looked for in answers: they would occur by chance."""


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


def is_reference(value: Any) -> bool:
    """Whether a value stands for a secret: ``{"$secret": "smtp"}``."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(SECRET), str)


def resolved(value: Any, resolve: Resolve, seen: list[str]) -> Any:
    """``value`` with every reference replaced; the values are added to ``seen``. Raises ToolFailed."""
    if is_reference(value):
        seen.append(resolve(value[SECRET]))
        return seen[-1]
    if isinstance(value, Mapping):
        return {key: resolved(inner, resolve, seen) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(inner, resolve, seen) for inner in value]
    return value


def has_reference(value: Any) -> bool:
    """Whether a secret is named anywhere in ``value``."""
    if is_reference(value):
        return True
    if isinstance(value, Mapping):
        return any(map(has_reference, value.values()))
    return isinstance(value, list | tuple) and any(map(has_reference, value))


def hidden(value: Any, secrets: list[str]) -> Any:
    """``value`` without the secrets that it repeats: what a service echoes must not get into the log."""
    if isinstance(value, str):
        for secret in secrets:
            if len(secret) >= SHORTEST_HIDDEN:
                value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {hidden(key, secrets): hidden(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner, secrets) for inner in value]
    return value

"""The catalogue itself, and where it is loaded from."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from groundstop.catalogue.declaring import tools_of
from groundstop.catalogue.entry import Tool
from groundstop.errors import GroundstopError
from pydantic import TypeAdapter


class Catalogue:
    """Tools by name. Immutable once built."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for entry in tools:
            if entry.name in self._tools:
                raise GroundstopError(f"tool {entry.name!r} is declared twice: {entry.function or 'in YAML'}")
            self._tools[entry.name] = entry
        for entry in self._tools.values():
            self._check_named(entry)

    def _check_named(self, entry: Tool) -> None:
        """What an entry names must be there, and a fallback may not be riskier: it runs under the same clearance."""
        for name in entry.fallbacks:
            other = self._tools.get(name)
            if other is None or name == entry.name:
                raise GroundstopError(f"tool {entry.name!r}: its fallback {name!r} is no other tool of the catalogue")
            if other.risk.rank > entry.risk.rank:
                raise GroundstopError(f"tool {entry.name!r}: its fallback {name!r} is riskier: {other.risk}")
        if entry.undo is not None and entry.undo.tool not in self._tools:
            raise GroundstopError(f"tool {entry.name!r}: its undo {entry.undo.tool!r} is not in the catalogue")

    def get(self, name: str) -> Tool | None:
        """The entry, or None for a tool nobody declared."""
        return self._tools.get(name)

    def __iter__(self) -> Any:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)


def tools_in(path: Path) -> list[Tool]:
    """The tools of a YAML file: a mapping ``tools`` from name to the fields of Tool.

    Raises GroundstopError with the file's name and the field that is wrong.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        entries: Mapping[str, Any] = document.get("tools") or {}
        return [TypeAdapter(Tool).validate_python({"name": name, **fields}) for name, fields in entries.items()]
    except (yaml.YAMLError, ValueError, AttributeError, TypeError) as error:
        raise GroundstopError(f"{path.name}: {error}") from error


def load_catalogue(sources: Iterable[str]) -> Catalogue:
    """The catalogue of ``sources``: each a Python module name or the path of a YAML file."""
    tools: list[Tool] = []
    for source in sources:
        if source.endswith((".yaml", ".yml")):
            tools += tools_in(Path(source))
        else:
            tools += tools_of(import_module(source))
    return Catalogue(tools)


def resolve(entry: Tool, path: str = "") -> Callable[..., Any]:
    """The function behind a tool, or at ``path`` (its verify, its preview). Raises GroundstopError without one."""
    module, _, qualname = (path or entry.function).partition(":")
    try:
        target: Any = import_module(module)
        for part in qualname.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise GroundstopError(f"tool {entry.name!r}: cannot load {path or entry.function!r}: {error}") from error
    if not callable(target):
        raise GroundstopError(f"tool {entry.name!r}: {path or entry.function!r} is not callable")
    return target  # type: ignore[no-any-return]

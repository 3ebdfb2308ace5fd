"""What changed between two calls or two documents, leaf by leaf. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two calls. ``before`` or ``after`` is None where there is nothing."""

    path: str
    before: str | None
    after: str | None


def changes(before: Any, after: Any, path: str = "") -> list[Change]:
    """What an edit changes, leaf by leaf, in the order of the paths. Entries of lists are told apart by their names."""
    if before == after:
        return []
    was, will_be = (_named([] if one is _NOTHING else one) for one in (before, after))
    if was is not None and will_be is not None and (was or will_be) and _in_order(was, will_be):
        before, after = was, will_be
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = {name: (before.get(name, _NOTHING), after.get(name, _NOTHING)) for name in (*before, *after)}
        inner = (changes(*pair, f"{path}.{name}" if path else name) for name, pair in pairs.items())
        return [change for some in inner for change in some]
    return [Change(path or "arguments", _leaf(before), _leaf(after))]


def _named(value: Any) -> dict[str, Any] | None:
    """A list whose entries all have a name or an id of their own, by it; None for everything else."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return None
    names = [str(one.get("name") or one.get("id") or "") for one in value]
    return dict(zip(names, value, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _in_order(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """False when entries changed places: that is a change, too, and only the whole list shows it."""
    return [name for name in before if name in after] == [name for name in after if name in before]


def said(value: Any) -> Any:
    """A document without what it leaves empty, for a difference that people read."""
    if isinstance(value, Mapping):
        kept = {name: said(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in ("", None, [], {})}
    return [said(one) for one in value] if isinstance(value, list | tuple) else value


class _Nothing:
    """Stands for a field that is not there: None is a value."""


_NOTHING = _Nothing()


def _leaf(value: Any) -> str | None:
    if isinstance(value, _Nothing):
        return None
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()

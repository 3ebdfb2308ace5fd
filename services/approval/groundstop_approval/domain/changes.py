"""The differences between two structures, value by value, with their JSON paths. Pure, bounded."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from groundstop.events import Change

CHANGES_MAX = 200


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """What is different, in the order of the paths; at most CHANGES_MAX."""
    return tuple(islice(_walk(before, after, "$"), CHANGES_MAX))


def _walk(before: Any, after: Any, path: str) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _walk(before.get(key), after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            left = before[index] if index < len(before) else None
            right = after[index] if index < len(after) else None
            yield from _walk(left, right, f"{path}[{index}]")
    elif before != after or type(before) is not type(after):
        yield Change(path=path, before=before, after=after)

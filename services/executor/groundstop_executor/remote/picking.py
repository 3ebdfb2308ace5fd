"""The part of an answer that is wanted. Pure."""

from collections.abc import Mapping
from typing import Any


def picked(value: Any, path: str) -> Any:
    """The part of an answer at a dotted path; the whole answer for an empty one, None when there is no such part."""
    for step in filter(None, path.split(".")):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value

"""Arguments taken apart without recursion and within limits, so that no input can be too deep or too large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from groundstop.risk.money import PARTS, is_money
from groundstop.risk.schema import plain

NODES_MAX = 2_000
DEPTH_MAX = 32


class Leaf(NamedTuple):
    """One value inside the arguments: its key as written and as compared, and how deep it lies (1 = a parameter)."""

    key: str
    name: str
    value: Any
    depth: int


@dataclass(frozen=True, slots=True)
class Leaves:
    """All values, empty containers included; ``cut`` is True when the arguments exceed the limits."""

    found: tuple[Leaf, ...]
    cut: bool
    operators: bool = False
    """True when a key begins with ``$``, as the operators of document databases do."""


def leaves_of(arguments: Mapping[str, Any]) -> Leaves:
    """The values of ``arguments`` in breadth-first order, list items under the key of their list."""
    found: list[Leaf] = []
    level: list[tuple[str, str, Any]] = [(*_named(k), v) for k, v in _some(arguments)]
    cut = len(arguments) > NODES_MAX
    operators = False
    for depth in range(1, DEPTH_MAX + 1):
        deeper: list[tuple[str, str, Any]] = []
        for key, name, value in level:
            if isinstance(value, Mapping) and value:
                inner = [(*_named(k), v) for k, v in _some(value)]
                operators = operators or bool([1 for key, _, _ in inner if key[:1] == "$"])
                if is_money(name):
                    inner = [(k, name if n in PARTS else n, v) for k, n, v in inner]
                deeper += inner
                cut = cut or len(value) > NODES_MAX
            elif isinstance(value, (list, tuple)) and value:
                deeper += [(key, name, item) for item in value[:NODES_MAX]]
                cut = cut or len(value) > NODES_MAX
            else:
                found.append(Leaf(key, name, value, depth))
            if len(found) + len(deeper) > NODES_MAX:
                return Leaves(tuple(found[:NODES_MAX]), True, operators)
        if not deeper:
            return Leaves(tuple(found), cut, operators)
        level = deeper
    return Leaves(tuple(found), True, operators)


def _named(key: Any) -> tuple[str, str]:
    """A key as it is written and as it is compared."""
    if isinstance(key, str) and len(key) <= 80:
        return _known(key)
    return str(key)[:200], plain(str(key))


@lru_cache(4096)
def _known(key: str) -> tuple[str, str]:
    return key, plain(key)


def _some(mapping: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    if len(mapping) <= NODES_MAX:
        return list(mapping.items())
    items = []
    for item in mapping.items():
        items.append(item)
        if len(items) > NODES_MAX:
            break
    return items

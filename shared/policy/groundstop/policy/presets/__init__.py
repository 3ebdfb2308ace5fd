"""The presets that a policy file can extend, and how a file is laid over one."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

PRESETS = ("default", "assistant", "specialist", "amplifier")
# Lists of entries that have a name: laid over one another entry by entry. Every other list replaces the preset's.
_NAMED = {"rules": "id", "refusals": "id", "limits": "name", "budgets": "name"}
_JOINED = ("approvals",)


def preset_text(name: str) -> str:
    """The YAML of a preset. Raises KeyError for a name that is not in PRESETS."""
    if name not in PRESETS:
        raise KeyError(name)
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def overlay(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """``over`` laid upon ``base``: mappings member by member, named entries by name, everything else replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = overlay(below, value, (*path, key))
        elif not path and key in _NAMED and isinstance(value, list) and isinstance(below, list):
            merged[key] = _by_name(below, value, _NAMED[key])
        elif not path and key in _JOINED and isinstance(value, list) and isinstance(below, list):
            merged[key] = [*below, *value]
        else:
            merged[key] = value
    return merged


def _by_name(base: list[Any], over: list[Any], name: str) -> list[Any]:
    replaced = {entry.get(name) for entry in over if isinstance(entry, Mapping)}
    return [*(entry for entry in base if entry.get(name) not in replaced), *over]

"""Names of a package that load their module when somebody first asks for them."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load(package: str, homes: Mapping[str, str], name: str) -> Any:
    """What a package's ``__getattr__`` answers: ``name`` from its home among ``homes``, kept for the next time.

    A home is a module of the package, or one of another package by its full name (``groundstop.risk``).
    Raises AttributeError for a name that has no home.
    """
    home = homes.get(name)
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(import_module(home if "." in home else f"{package}.{home}"), name)
    setattr(sys.modules[package], name, value)
    return value

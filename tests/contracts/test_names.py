"""Names that are promised exist, and what is called pure loads nothing that is not."""

import configparser
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = configparser.ConfigParser()
LAYERS.read(ROOT / ".importlinter")
MEMBERS = LAYERS["importlinter"]["root_packages"].split()
PURE = LAYERS["importlinter:contract:pure"]["source_modules"].split()
LOADED_BY_NOTHING_PURE = ("asyncio", "faststream", "nats", "structlog")
LOOKING = f"""
import importlib, pkgutil, sys

def below(name):
    module = importlib.import_module(name)
    for found in [name for name in {LOADED_BY_NOTHING_PURE} if name in sys.modules]:
        sys.exit(f"{{name}} loads {{found}}")
    for child in pkgutil.iter_modules(getattr(module, "__path__", ())):
        below(f"{{name}}.{{child.name}}")

for name in sys.argv[1:]:
    below(name)
"""


def modules(package: str) -> Iterator[str]:
    """Every module of a member that can be imported without running something."""
    yield package
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if not found.name.endswith("__main__"):
            yield found.name


def exists(module: ModuleType, name: str) -> bool:
    """Whether it can be had; a home that does not exist says so by an error of its own."""
    try:
        return hasattr(module, name)
    except ImportError:
        return False


@pytest.mark.parametrize("package", MEMBERS)
def test_every_name_that_a_module_promises_exists(package: str) -> None:
    """Also those that are loaded when somebody first asks for them: nothing else would find a wrong home."""
    wrong = []
    for name in modules(package):
        module = import_module(name)
        promised = {*getattr(module, "__all__", ()), *getattr(module, "_HOMES", ())}
        wrong += [f"{name}.{one}" for one in sorted(promised) if not exists(module, one)]
    assert not wrong


def test_what_is_called_pure_loads_nothing_that_is_not() -> None:
    """import-linter reads imports and not what they load; libraries count, too.

    One interpreter is enough: when nothing is found after all of them, none of them loads it in whatever order.
    """
    done = subprocess.run([sys.executable, "-c", LOOKING, *PURE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


PUBLIC = (
    "groundstop.adapters:Governor",
    "groundstop.adapters:governed",
    "groundstop.catalogue:tool",
    "groundstop.client:Client",
    "groundstop.policy:assess_sequence",
    "groundstop.policy:assess_tool",
    "groundstop.screening:screen",
    "groundstop.words:Status",
)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_where_it_was(name: str) -> None:
    """What users import by the docs of earlier versions: moved packages keep it, or leave an alias for one release."""
    module, _, attribute = name.partition(":")
    assert hasattr(import_module(module), attribute)

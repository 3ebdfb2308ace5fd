"""What each distribution imports is what it declares: installed alone, it finds everything that it needs."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared/*", "tools/*", "services/*", "infra/*", "examples/*")
PROJECTS = sorted(path.parent for folder in FOLDERS for path in ROOT.glob(f"{folder}/pyproject.toml"))
IDS = [str(path.relative_to(ROOT)) for path in PROJECTS]
STANDARD = sys.stdlib_module_names | {"compression"}
"""Also what is in the standard library of newer versions of Python only."""
PLUGINS = {
    ("groundstop-cli", "groundstop-embedded"): "`groundstop up` says how to install the stack where it is not",
    ("groundstop-cli", "groundstop-gateway"): "`groundstop mcp` says how to install the gateway where it is not",
    ("groundstop", "groundstop-policy"): "publishing a policy checks it first; agents do without the engine",
}
"""Distributions that another one loads only where they are installed, and what happens where they are not."""


def normal(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503), without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


def project(folder: Path) -> Mapping[str, Any]:
    """The project table of a folder's pyproject.toml."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]  # type: ignore[no-any-return]


def declared(folder: Path) -> set[str]:
    """What a distribution may import: its dependencies, those of its extras, and what those bring of our own."""
    table = project(folder)
    lists = [table.get("dependencies", []), *table.get("optional-dependencies", {}).values()]
    return {normal(entry) for entries in lists for entry in entries} | {normal(table["name"])}


@cache
def homes() -> Mapping[str, str]:
    """The distribution of every module and package of ours, by its dotted name."""
    found = {}
    for folder in PROJECTS:
        name = normal(project(folder)["name"])
        for package in [*folder.glob("groundstop/*"), *folder.glob("groundstop_*")]:
            if package.name != "__pycache__" and package.suffix in ("", ".py"):
                stem = package.stem
                found[f"groundstop.{stem}" if package.parent.name == "groundstop" else stem] = name
    return found


@cache
def installed() -> Mapping[str, list[str]]:
    """The distributions of every top-level name that is installed."""
    return packages_distributions()


def imports(folder: Path) -> Iterator[tuple[str, str]]:
    """Each module that a distribution imports, and the file that does."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
                if node.module == "groundstop":
                    names = [f"groundstop.{alias.name}" for alias in node.names]
            yield from ((name, str(file.relative_to(ROOT))) for name in names)


def providers(module: str) -> set[str]:
    """The distributions that a module comes from."""
    parts = module.split(".")
    ours = homes().get(".".join(parts[:2])) or homes().get(parts[0])
    if ours is not None:
        return {ours}
    return {normal(name) for name in installed().get(parts[0], ())}


@pytest.mark.parametrize("folder", PROJECTS, ids=IDS)
def test_a_distribution_declares_what_it_imports(folder: Path) -> None:
    name = normal(project(folder)["name"])
    allowed = declared(folder) | {plugin for whose, plugin in PLUGINS if whose == name}
    wrong = {
        (module, file)
        for module, file in imports(folder)
        if module.split(".")[0] not in STANDARD and not providers(module) & allowed
    }
    assert sorted(wrong) == []


@pytest.mark.parametrize("folder", PROJECTS, ids=IDS)
def test_a_distribution_declares_nothing_of_ours_that_it_does_not_import(folder: Path) -> None:
    """Services apart, which the embedded stack starts as processes."""
    used = {provider for module, _ in imports(folder) for provider in providers(module)}
    services = {normal(project(other)["name"]) for other in PROJECTS if other.parent.name == "services"}
    needed = {normal(entry) for entry in project(folder).get("dependencies", ())} - services - used
    assert sorted(name for name in needed if name.startswith("groundstop")) == []

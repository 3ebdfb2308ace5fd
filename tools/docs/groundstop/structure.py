"""How big the house is, and what a start loads: ``python -m groundstop.structure [CHECKOUT]`` prints a table.

Lines and files are those of the product (shared, services, tools, infra). Modules and seconds are those of a fresh
interpreter that imports one thing; the seconds are of processor time, the least of three tries.
"""

import os
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

FOLDERS = ("shared", "services", "tools", "infra")
SDK = ("shared/sdk", "shared")
"""Where the project file of the SDK is, in this layout and in the one before it."""
IMPORTS = (
    "groundstop.client.client",
    *(f"groundstop_{name}.app" for name in ("classifier", "rate_limiter", "approval", "executor", "audit", "console")),
)
TRIES = 3
LOADED = """
import importlib, sys, time
begin = time.process_time()
importlib.import_module(sys.argv[1])
print(len(sys.modules), time.process_time() - begin)
"""


def product(root: Path) -> list[Path]:
    """The Python files of the product."""
    return [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]


def own_dependencies(root: Path) -> int:
    """Distributions of others that the SDK's own packages declare, each once."""
    projects = {}
    for path in root.glob("shared/**/pyproject.toml"):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        names = [re.split(r"[\[<>=!~; ]", entry, maxsplit=1)[0] for entry in project.get("dependencies", ())]
        projects[project["name"]] = names
    found: set[str] = set()
    waiting = ["groundstop"]
    while waiting:
        name = waiting.pop()
        waiting += [other for other in projects.get(name, ()) if other in projects]
        found |= {other for other in projects.get(name, ()) if other not in projects}
    return len(found)


def loaded(root: Path, name: str) -> tuple[int, float]:
    """Modules in memory after importing ``name`` alone, and the seconds of processor time that it took."""
    path = os.pathsep.join(str(one.parent) for one in root.glob("*/**/pyproject.toml") if ".venv" not in one.parts)
    env = {**os.environ, "PYTHONPATH": path}  # noqa: TID251 - the same, for a child
    tries = []
    for _ in range(TRIES):
        done = subprocess.run([sys.executable, "-c", LOADED, name], env=env, capture_output=True, text=True, check=True)
        modules, seconds = done.stdout.split()
        tries.append((int(modules), float(seconds)))
    return min(tries, key=lambda one: one[1])


def table(root: Path) -> str:
    """The table, as Markdown."""
    files = product(root)
    per_folder = Counter(path.parent for path in files)
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    rows = [
        ("lines, files", f"{lines:,}, {len(files)}"),
        ("files in a folder: median, most", f"{statistics.median(per_folder.values()):g}, {max(per_folder.values())}"),
        ("distributions of others that the SDK declares", str(own_dependencies(root))),
    ]
    for name in IMPORTS:
        modules, seconds = loaded(root, name)
        rows.append((f"`import {name}`: modules, seconds", f"{modules:,}, {seconds:.2f}"))
    return "| | |\n|---|---|\n" + "\n".join(f"| {what} | {value} |" for what, value in rows)


if __name__ == "__main__":
    print(table(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))

"""The part of the lock that some members need: ``python infra/needed.py requirements.lock services/audit``.

``python infra/needed.py --members services/audit`` prints the folders instead: the member and every member it needs.

pip resolves the members under the lock's versions (it installs nothing); what it names is printed with its hashes. So
an image holds one service, and every byte of it was pinned. Distributions may be named beside members' folders.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path


def entries(lock: str) -> list[str]:
    """The entries of a lock, hashes included. A name may have several, for different versions of Python."""
    return [entry for entry in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE) if "==" in entry]


def name_of(entry: str) -> str:
    """The distribution of an entry."""
    return normal(re.split(r"[=<>!~\[; ]", entry, maxsplit=1)[0])


def normal(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints(found: Iterable[str]) -> str:
    """The versions alone: local folders have no hashes, so pip cannot check any while it resolves."""
    return "\n".join(re.split(r"\s*\\?\n", entry, maxsplit=1)[0] for entry in found)


def needed(members: Iterable[str], versions: str) -> list[str]:
    """Names of everything but the members that installing them would bring."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(versions)
        file.flush()
        options = ["--dry-run", "--quiet", "--ignore-installed", "--report", "-", "-c", file.name]
        pip = [sys.executable, "-m", "pip", "install", *options, *(_named(member) for member in members)]
        report = json.loads(subprocess.run(pip, check=True, stdout=subprocess.PIPE).stdout)
    return [
        normal(entry["metadata"]["name"]) for entry in report["install"] if "dir_info" not in entry["download_info"]
    ]


def closure(members: Iterable[str]) -> list[str]:
    """The folders of members and of every member that those need, by the dependencies that they declare."""
    projects = {
        normal(project["name"]): (str(path.parent), [name_of(one) for one in project.get("dependencies", ())])
        for path in sorted(Path().glob("*/*/pyproject.toml"))
        for project in [tomllib.loads(path.read_text(encoding="utf-8"))["project"]]
    }
    names = {folder: name for name, (folder, _) in projects.items()}
    found: dict[str, str] = {}
    waiting = [names[member] for member in members if member in names]
    while waiting:
        name = waiting.pop()
        if name in projects and name not in found:
            found[name], needs = projects[name]
            waiting += needs
    return sorted(found.values())


def _named(member: str) -> str:
    """A folder as pip wants it, a distribution by its name."""
    return f"./{member}" if Path(member).is_dir() else member


def main(lock: Path, members: list[str]) -> None:
    """Print the entries. Exits with the names of what a member needs and the lock does not have."""
    members = [*closure(members), *(member for member in members if not Path(member).is_dir())]
    known = entries(lock.read_text(encoding="utf-8"))
    wanted = set(needed(members, constraints(known)))
    if missing := wanted - {name_of(entry) for entry in known}:
        sys.exit(f"not in {lock}: {', '.join(sorted(missing))}")
    print("".join(entry for entry in known if name_of(entry) in wanted), end="")


if __name__ == "__main__":
    if sys.argv[1] == "--members":
        print(*(f"./{folder}" for folder in closure(sys.argv[2:])))
    else:
        main(Path(sys.argv[1]), sys.argv[2:])

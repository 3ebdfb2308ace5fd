"""The part of the lock that some members need: ``python infra/needed.py requirements.lock shared services/audit``.

pip resolves the members under the lock's versions (it installs nothing); what it names is printed with its hashes. So
an image holds one service, and every byte of it was pinned. Distributions may be named beside members' folders.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path


def entries(lock: str) -> dict[str, str]:
    """Normalised name to the lines of its entry, hashes included."""
    starts = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {normal(re.split(r"[=\[; ]", entry, maxsplit=1)[0]): entry for entry in starts if "==" in entry}


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


def _named(member: str) -> str:
    """A folder as pip wants it, a distribution by its name."""
    return f"./{member}" if Path(member).is_dir() else member


def main(lock: Path, members: list[str]) -> None:
    """Print the entries. KeyError: a member needs something that the lock does not have."""
    known = entries(lock.read_text(encoding="utf-8"))
    print("".join(known[name] for name in sorted(needed(members, constraints(known.values())))), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

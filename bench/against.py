"""``python -m bench.against CHECKOUT``: this tree and another one of the same repository, measured in turn.

Each runs its own ``python -m bench --quick`` with its own .venv (``make install`` there first), in turn, so that the
machine's other work hits both alike. CPU for one intent is the kernel's own count; believe it before the times.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console

from bench.report import put_section

HERE = Path(__file__).parent
ROOT = HERE.parent
FIGURES = (
    ("governed intents, /s", "throughput.governed_s"),
    ("ratio to the ceiling", "throughput.ratio"),
    ("CPU for one intent, us", "throughput.cpu_us.all"),
    ("p50 at 50/s, ms", "latency.p50_ms"),
    ("p99 at 50/s, ms", "latency.p99_ms"),
    ("halt of 8 executors, p50 ms", "halt.p50_ms"),
)


def run(checkout: Path) -> dict[str, Any]:
    """One quick run of a checkout's own benchmark; its results. What it writes into the tree is taken back."""
    kept = {path: path.read_bytes() for path in (checkout / "bench").glob("[rR]*") if path.is_file()}
    python = checkout / ".venv" / "bin" / "python"
    try:
        subprocess.run([str(python), "-m", "bench", "--quick"], cwd=checkout, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = orjson.loads((checkout / "bench" / "results.json").read_bytes())
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    return found


def figure(found: dict[str, Any], path: str) -> float:
    """One value of the results, by its dotted path."""
    value: Any = found
    for part in path.split("."):
        value = value[part]
    return float(value)


def commit(checkout: Path) -> str:
    """What is checked out, in short."""
    done = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def page(mine: list[dict[str, Any]], other: list[dict[str, Any]], name: str) -> str:
    """The section of RESULTS.md: medians, and the ratio of this tree's to the other's."""
    lines = [f"| what | {name} | here | here to {name} |", "|---|---|---|---|"]
    for what, path in FIGURES:
        before, after = (median(figure(found, path) for found in runs) for runs in (other, mine))
        lines.append(f"| {what} | {before:,.4g} | {after:,.4g} | {after / before:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="folder of the other tree, with its .venv")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    say = Console(stderr=True)
    mine, other = [], []
    for number in range(1, wanted.rounds + 1):
        say.print(f"round {number} of {wanted.rounds}")
        other.append(run(wanted.checkout.resolve()))
        mine.append(run(ROOT))
    name = commit(wanted.checkout)
    text = f"`python -m bench.against` at {name}, medians of {wanted.rounds} runs of each, in turn.\n\n"
    put_section(HERE / "RESULTS.md", "Against an earlier commit", text + page(mine, other, name))
    Console().print(page(mine, other, name))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench.security``: what identities, permissions and signatures cost, in one run.

Two stacks beside each other, one that asks everybody who they are and verifies every signature, one that does neither.
The same load goes through them in turn; the CPU that each process spent is the kernel's own count, so that neighbours
on the machine do not decide.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import structlog
from groundstop.clock import Clock
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from rich.console import Console

from bench.report import put_section
from bench.stack.measure import governed

HERE = Path(__file__).parent
CATALOGUE = ("bench.stack.tools",)
POLICY = HERE / "stack" / "policy.yaml"
GOAL = 1.15
KINDS = {"secured": True, "open": False}


async def measure(count: int, rounds: int, say: Console) -> dict[str, dict[str, float]]:
    """The best run of both kinds of stack: intents per second, microseconds of CPU for one; the rest is neighbours."""
    folder, stacks = Path(tempfile.mkdtemp(prefix="groundstop-bench-")), {}
    seen: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    try:
        for kind, secure in KINDS.items():
            stacks[kind] = await _start(folder / kind, secure)
            await governed(stacks[kind], 1_000)  # warm
        for number in range(rounds):
            say.print(f"round {number + 1} of {rounds}")
            for kind in KINDS if number % 2 else reversed(KINDS):
                seen[kind].append(await governed(stacks[kind], count))
    finally:
        await asyncio.gather(*(stack.stop() for stack in stacks.values()))
        shutil.rmtree(folder, ignore_errors=True)
    return {
        kind: {
            "intents_s": max(run["intents_s"] for run in runs),
            "cpu_us": min(run["cpu_us"]["all"] for run in runs),
        }
        for kind, runs in seen.items()
    }


async def _start(data: Path, secure: bool) -> Stack:
    options = Options(data=data, executors=1, catalogue=CATALOGUE, policy=POLICY, log_level="warning", secure=secure)
    stack = Stack(options, Clock(), structlog.get_logger("stack"))
    await stack.start()
    return stack


def page(found: dict[str, dict[str, float]], command: str) -> str:
    """The section of RESULTS.md."""
    secured, bare = found["secured"], found["open"]
    return "\n".join(
        [
            f"`{command}`: identities, permissions and signatures, against a stack that has none, measured in turn.",
            "",
            "| what | secured | open | ratio | goal |",
            "|---|---|---|---|---|",
            f"| CPU for one governed intent, all processes | {secured['cpu_us']:,.0f} us | {bare['cpu_us']:,.0f} us "
            f"| {secured['cpu_us'] / bare['cpu_us']:.2f} | <= {GOAL} |",
            f"| governed intents | {secured['intents_s']:,.0f} /s | {bare['intents_s']:,.0f} /s "
            f"| {bare['intents_s'] / secured['intents_s']:.2f} slower | <= {GOAL} |",
        ]
    )


def main() -> int:
    """The command; 1 when security costs more CPU than the goal allows."""
    parser = argparse.ArgumentParser(prog="python -m bench.security", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, for a first look")
    quick = parser.parse_args().quick
    found = asyncio.run(measure(*((2_000, 3) if quick else (10_000, 8)), Console(stderr=True)))
    text = page(found, "python -m bench.security" + (" --quick" if quick else ""))
    put_section(HERE / "RESULTS.md", "What security costs", text)
    Console().print(text)
    return 0 if found["secured"]["cpu_us"] <= GOAL * found["open"]["cpu_us"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench``: start a stack of its own, measure, print a table, write RESULTS.md and results.json.

What is compared is measured in the same run, alternately, because the machine is noisy: believe the ratios.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from groundstop.clock import Clock
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from rich.console import Console

from bench.report import write
from bench.stack.measure import audit, ceiling, governed, halts, latency

HERE = Path(__file__).parent
CATALOGUE = ("bench.stack.tools",)
POLICY = HERE / "stack" / "policy.yaml"
progress = Console(stderr=True)


async def measure(quick: bool) -> dict[str, Any]:
    """Everything, in one run."""
    intents, rounds, halt_rounds = (4_000, 1, 5) if quick else (20_000, 3, 30)
    found: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="groundstop-bench-"))
    clock = Clock()
    try:
        began = clock.monotonic()
        stack = await _start(folder / "one", executors=1)
        found["start_s"] = round(clock.monotonic() - began, 2)
        try:
            found["throughput"] = await _throughput(stack, intents, rounds)
            progress.print("latency at 50/s")
            found["latency"] = await latency(stack, rate=50.0, seconds=5.0 if quick else 30.0)
            progress.print("audit: catching up with a backlog")
            found["audit"] = await audit(stack, intents)
        finally:
            await stack.stop()
        stack = await _start(folder / "eight", executors=8)
        try:
            progress.print(f"{halt_rounds} halts of 8 executors under load")
            found["halt"] = await halts(stack, halt_rounds)
        finally:
            await stack.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


async def _start(data: Path, executors: int) -> Stack:
    progress.print(f"starting a stack with {executors} executors")
    options = Options(data=data, executors=executors, catalogue=CATALOGUE, policy=POLICY, log_level="warning")
    stack = Stack(options, Clock(), structlog.get_logger("stack"))
    await stack.start()
    return stack


async def _throughput(stack: Stack, intents: int, rounds: int) -> dict[str, Any]:
    bare, ruled = [], []
    await governed(stack, 1_000)  # warm
    for number in range(1, rounds + 1):
        progress.print(f"throughput, round {number} of {rounds}: bare hops, then governed intents")
        bare.append(await ceiling(stack, intents))
        ruled.append(await governed(stack, intents))
    rates = [run["intents_s"] for run in ruled]
    return {
        "ceiling_s": round(median(bare)),
        "governed_s": round(median(rates)),
        "ratio": round(median(rates) / median(bare), 3),
        "cpu_us": ruled[-1]["cpu_us"],
        "statuses": ruled[-1]["statuses"],
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute instead of five, for a first look")
    quick = parser.parse_args().quick
    found = asyncio.run(measure(quick))
    write(found, HERE, Console(), "make bench" if not quick else "python -m bench --quick")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench.cases``: approval with a full inbox, on a bus of its own.

Fills the inbox through the service itself, then measures its memory, the first page, decisions, and a restart after a
kill. Prints a table and writes cases.json beside this file.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import orjson
import psutil
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import IntentAdmitted
from groundstop.testing import a_classification, eventually
from groundstop.vocabulary import Band, Risk, Route
from groundstop_embedded.testing import Bus, running_bus
from rich.console import Console
from rich.table import Table

from bench.cases_console import inbox_pages

GOALS = {
    "memory_mb": "< 300",
    "inbox_p50_ms": "< 150",
    "first_page_p50_ms": "< 150",
    "decision_p50_ms": "< 50",
    "briefing_p50_ms": "",
    "opened_per_s": "",
    "restart_s": "< 10",
}
PAGES, DECISIONS, FILL_S = 30, 200, 600.0
TEXT = "The customer wrote twice about this order and asks for an answer before the weekend. " * 6


def start(bus: Bus, folder: Path) -> "subprocess.Popen[bytes]":
    """The service on ``bus``."""
    env = {
        **os.environ,  # noqa: TID251 - a child inherits the environment
        "GROUNDSTOP_NATS_URL": bus.url,
        "GROUNDSTOP_DATA": str(folder),
        "GROUNDSTOP_LOG_LEVEL": "warning",
        "GROUNDSTOP_CLICKHOUSE_DSN": "http://127.0.0.1:9/none",
    }
    return subprocess.Popen([sys.executable, "-m", "groundstop_approval"], env=env)


def a_hold(number: int, clock: Clock) -> IntentAdmitted:
    """A mail with some 500 characters, of one of a hundred tasks."""
    judged = a_classification(
        clock(), Risk.RISKY, Route.APPROVE, Band.MEDIUM, tool="email.send", task=f"task-{number % 100}",
        arguments={"to": f"customer-{number}@acme.com", "subject": f"Order {number}", "body": TEXT}, reasoning=TEXT,
    )  # fmt: skip
    return IntentAdmitted.caused_by(
        judged, judged.at, "rate-limiter", proposal=judged.proposal, call=judged.call, judgement=judged.judgement
    )


async def ready(client: Client, clock: Clock) -> None:
    """Until the service answers."""

    async def answers() -> bool:
        try:
            return bool(await client.request("health.approval"))
        except GroundstopError:
            await clock.sleep(0.05)
            return False

    await eventually(answers, "approval", within_s=120)


async def fill(client: Client, clock: Clock, cases: int) -> float:
    """Open ``cases`` cases; returns seconds until the inbox shows all of them."""
    began = clock.monotonic()
    for first in range(0, cases, 500):
        holds = (a_hold(number, clock) for number in range(first, min(first + 500, cases)))
        await asyncio.gather(*(client.log.publish_once(hold) for hold in holds))

    async def all_shown() -> bool:
        await clock.sleep(0.2)
        return bool((await client.request("case.list", limit=1))["total"] >= cases)

    await eventually(all_shown, f"{cases} open cases", within_s=FILL_S)
    return clock.monotonic() - began


async def timed(clock: Clock, works: list[Callable[[], Awaitable[Any]]]) -> list[float]:
    """Milliseconds of each, one after the other."""
    took = []
    for work in works:
        began = clock.monotonic()
        await work()
        took.append((clock.monotonic() - began) * 1e3)
    return took


def spread(name: str, took: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    return {f"{name}_p50_ms": round(median(took), 2), f"{name}_p99_ms": round(quantiles(took, n=100)[98], 2)}


async def measure(cases: int) -> dict[str, Any]:
    """Everything, in one run."""
    clock, found = Clock(), dict[str, Any](cases=cases)
    with tempfile.TemporaryDirectory(prefix="groundstop-bench-") as folder:
        async with (
            running_bus(Path(folder) / "bus") as bus,
            Client.open(agent="alice", settings=bus.settings) as client,
        ):
            process = start(bus, Path(folder))
            try:
                await ready(client, clock)
                found["memory_empty_mb"] = memory_mb(process)
                found["opened_per_s"] = round(cases / await fill(client, clock, cases))
                found["memory_mb"] = memory_mb(process)
                found |= spread("inbox", await inbox_pages(bus, Path(folder), clock, timed))
                found |= await answers(client, clock)
                process.send_signal(signal.SIGKILL)
                process.wait()
                began = clock.monotonic()
                process = start(bus, Path(folder))
                await ready(client, clock)
                found["restart_s"] = round(clock.monotonic() - began, 2)
                found["memory_after_restart_mb"] = memory_mb(process)
            finally:
                process.kill()
                process.wait()
    return found


async def answers(client: Client, clock: Clock) -> dict[str, float]:
    """Times as a client sees them, the way over the bus included."""
    pages = await timed(clock, [lambda: client.request("case.list", limit=100)] * PAGES)
    shown = [case["case"] for case in await client.cases(DECISIONS)]
    briefings = await timed(clock, [lambda case=case: client.briefing(case) for case in shown[:50]])  # type: ignore[misc]
    decisions = await timed(clock, [lambda case=case: client.approve(case) for case in shown])  # type: ignore[misc]
    return spread("first_page", pages) | spread("briefing", briefings) | spread("decision", decisions)


def memory_mb(process: "subprocess.Popen[bytes]") -> float:
    """Resident memory."""
    return round(psutil.Process(process.pid).memory_info().rss / 1e6, 1)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.cases", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    found = asyncio.run(measure(parser.parse_args().cases))
    table = Table("figure", "value", "goal")
    for name, value in found.items():
        table.add_row(name, str(value), GOALS.get(name, ""))
    Console().print(table)
    (Path(__file__).parent / "cases.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the record costs and how fast it answers.

python -m bench.record ingest FACTS                 facts from a full log into the ledger: rate, processor time per fact
python -m bench.record busy FACTS                   the same facts at 15,000 a second while two analysts ask: lag, rate
python -m bench.record views MILLIONS [FOLDER]      a ledger of so many million rows: bytes per row, every view
python -m bench.record backtest MILLIONS [FOLDER]   a million of its intents decided again

A FOLDER that is named is kept, and what was filled there is used again.
"""

import asyncio
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random  # noqa: TID251 - the benchmark owns its seed
from threading import Event
from typing import Any

import orjson
from groundstop.cli.asking import asker
from groundstop.clock import Clock
from groundstop.record.layout import TABLE
from groundstop_embedded.testing import running_bus
from groundstop_store.testing import RunningStore, running_store

from bench.record_asked import backtested, views
from bench.record_data import BEGIN, dsn_of
from bench.record_log import audit, publish
from bench.stack.cpu import cpu_s
from tests.services.audit.synthetic import history


async def ingest(folder: Path, facts: int) -> dict[str, float]:
    """Facts per second into the ledger, and microseconds of processor time per fact and process."""
    clock = Clock()
    async with running_bus(folder / "bus") as bus:
        count = await publish(bus.url, history(Random(1), facts // 6, BEGIN))
        assert bus.process is not None
        with (
            running_store(folder / "store") as store,
            audit(bus.url, dsn_of(store), folder, dict(os.environ)) as process,  # noqa: TID251 - a child inherits it
        ):
            pids = {"audit": process.pid, "store": store.process.pid, "bus": bus.process.pid}
            first, began, before = 0, 0.0, dict.fromkeys(pids, 0.0)
            while (now := _rows(store)) < count:
                if now and not first:
                    first, began, before = now, clock.monotonic(), {name: cpu_s(pid) for name, pid in pids.items()}
                await clock.sleep(0.05)
            rows, took_s = count - first, clock.monotonic() - began
            spent = {f"{name}_us": round((cpu_s(pid) - before[name]) / rows * 1e6, 1) for name, pid in pids.items()}
    return {"facts": rows, "per_s": round(rows / took_s), **spent}


async def busy(folder: Path, facts: int, per_s: float = 15_000.0) -> dict[str, float]:
    """Facts at a steady rate while two analysts ask one view after the other: lag of the ledger behind the log."""
    clock, lags = Clock(), list[float]()
    made = list(history(Random(1), facts // 6, BEGIN))
    async with running_bus(folder / "bus") as bus:
        with (
            running_store(folder / "store") as store,
            audit(bus.url, dsn_of(store), folder, dict(os.environ)),  # noqa: TID251 - a child inherits it
            ThreadPoolExecutor(2) as analysts,
        ):
            while not _rows(store):
                await clock.sleep(0.05)
            done = Event()
            asking = [analysts.submit(_ask_on, dsn_of(store), done) for _ in range(2)]
            began = clock.monotonic()
            publishing = asyncio.create_task(publish(bus.url, made, per_s))
            while not publishing.done():
                await clock.sleep(0.1)
                newest = asker(dsn_of(store))(f"SELECT toUnixTimestamp64Micro(max(ingested_at)) FROM {TABLE}")[0][0]
                lags.append(clock().timestamp() - int(newest) / 1e6)
            count, took_s = await publishing, clock.monotonic() - began
            while _rows(store) < count:
                await clock.sleep(0.05)
            behind_s = clock.monotonic() - began - took_s
            done.set()
            queries = sum(one.result() for one in asking)
    lags.sort()
    return {
        "facts": count, "published_per_s": round(count / took_s), "stored_per_s": round(count / (took_s + behind_s)),
        "lag_p50_s": round(lags[len(lags) // 2], 2), "lag_p99_s": round(lags[int(len(lags) * 0.99)], 2),
        "behind_at_the_end_s": round(behind_s, 2), "analysts_queries": queries,
    }  # fmt: skip


def _ask_on(dsn: str, done: Event) -> int:
    """One analyst: every view, again and again."""
    count, names = 0, ("completion", "tasks", "errors", "cost", "escalation", "cases")
    while not done.is_set():
        asker(dsn)(f"SELECT * FROM metrics.{names[count % len(names)]} LIMIT 1000")
        count += 1
    return count


def _rows(store: RunningStore) -> int:
    try:
        return int(asker(dsn_of(store))(f"SELECT count() FROM {TABLE}")[0][0])
    except Exception:  # the table may not be there yet
        return 0


def main(kind: str, number: str, folder: str = "") -> None:
    """Run one and print what was seen."""
    with tempfile.TemporaryDirectory(prefix="groundstop-bench-") as passing:
        where, amount = Path(folder or passing), float(number)
        where.mkdir(parents=True, exist_ok=True)
        runs: dict[str, Any] = {
            "ingest": lambda: ingest(where, int(amount)), "busy": lambda: busy(where, int(amount)),
            "views": lambda: views(where, amount), "backtest": lambda: backtested(where, amount),
        }  # fmt: skip
        found = asyncio.run(runs[kind]())
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

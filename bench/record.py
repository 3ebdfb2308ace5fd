"""What the record costs and how fast it answers.

python -m bench.record ingest FACTS     facts from a full log into the ledger: rate, processor time per fact
python -m bench.record busy FACTS       the same facts at 15,000 a second while two analysts ask: lag, rate
python -m bench.record views MILLIONS   a ledger of so many million rows: bytes per row, every view, verify, a backtest
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - the benchmark owns its seed
from threading import Event

import clickhouse_connect
import orjson
from clickhouse_connect.driver.client import Client
from groundstop.backtest import backtest
from groundstop.cli.asking import asker
from groundstop.clock import Clock
from groundstop.log import Stored
from groundstop.record.layout import STORED, TABLE
from groundstop.record.verify import verify
from groundstop.subjects import STREAM
from groundstop_audit.ledger import Ledger
from groundstop_audit.synthetic import TOOLS, Shape, history
from groundstop_audit.writer import batches
from groundstop_embedded.store_testing import RunningStore, running_store
from groundstop_embedded.testing import running_bus

from bench.record_log import audit, publish
from bench.stack.cpu import cpu_s

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 60
BASE_INTENTS = 47_000
MIGRATIONS = Path(__file__).parents[1] / "infra" / "clickhouse" / "single"
TIMES = ("ts", "logged_at", "ingested_at")
UNCACHED = {"use_query_condition_cache": 0, "use_query_cache": 0}


def dsn_of(store: RunningStore) -> str:
    """How clients reach a store of this benchmark."""
    return f"http://default@127.0.0.1:{store.port}/default"


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


def backtested(store: RunningStore, folder: Path) -> dict[str, float]:
    """Decide a million recorded intents again with two processes, or as many as there are."""
    tools = "".join(
        f"  {name}: {{action_type: {action}, risk: {risk}, description: Do {name}., isolation: coroutine,"
        f' function: "bench.stack.tools:bench_get", parameters: {{type: object}}}}\n'
        for name, action, risk in TOOLS
    )
    catalogue = folder / "tools.yaml"
    catalogue.write_text(f"tools:\n{tools}", encoding="utf-8")
    policy = "name: strict\nroutes:\n  risky: {high: approve, medium: approve, low: approve, very_low: escalate}\n"
    sql = f"SELECT logged_at FROM {TABLE} WHERE kind = 'intent.classified' ORDER BY seq LIMIT 1 OFFSET 1000000"
    found = asker(dsn_of(store))(sql)
    until = datetime.fromisoformat(found[0][0]).replace(tzinfo=UTC) if found else BEGIN + timedelta(days=365)
    clock = Clock()
    began = clock.monotonic()
    result = backtest(dsn_of(store), asker, policy, [str(catalogue)], BEGIN, until)
    return {"backtest_intents": result.looked_at, "backtest_s": round(clock.monotonic() - began, 1)}


def _rows(store: RunningStore) -> int:
    try:
        return int(asker(dsn_of(store))(f"SELECT count() FROM {TABLE}")[0][0])
    except Exception:  # the table may not be there yet
        return 0


def base() -> Iterator[Stored]:
    """The part that is made fact by fact; the rest are copies with other ids and times."""
    return history(Random(2), BASE_INTENTS, BEGIN, Shape(per_s=BASE_INTENTS / (DAYS * 86_400 / 33)))


def multiply(client: Client, rows: int, copies: int) -> None:
    """Copies of the first ``rows`` rows: later, with ids of their own, so that they compress like the first."""
    shift_us = int(DAYS * 86_400e6 / 33)
    for copy in range(1, copies):
        fresh = f"lower(hex(sipHash128(intent, {copy})))"
        changed = {
            "seq": f"seq + {rows * copy}", "intent": f"if(intent = '', '', {fresh})",
            **{name: f"{name} + toIntervalMicrosecond({shift_us * copy})" for name in TIMES},
            "task": f"concat(task, '-{copy}')", "case": f"replaceOne(case, intent, {fresh})",
            "subject": f"replaceOne(subject, intent, {fresh})", "trace_id": f"lower(hex(sipHash128(trace_id, {copy})))",
            "payload": f"replaceAll(payload, intent, {fresh})", "hash": f"SHA256(concat(hash, '{copy}'))",
            "digest": f"if(digest = '', '', lower(hex(SHA256(concat(digest, '{copy}')))))",
        }  # fmt: skip
        chosen = ", ".join(f"{changed[name]} AS new_{name}" if name in changed else f"`{name}`" for name in STORED)
        columns = ", ".join(f"`{name}`" for name in STORED)
        client.command(f"INSERT INTO {TABLE} ({columns}) SELECT {chosen} FROM {TABLE} WHERE seq <= {rows}")


async def views(folder: Path, millions: float) -> dict[str, object]:
    """Bytes per row, and milliseconds of every view over seven days and over everything."""
    with running_store(folder / "store") as store:
        ledger = Ledger(dsn_of(store), MIGRATIONS, Clock())
        tip = await ledger.open()
        facts = list(base())
        for batch in batches(facts, tip, BEGIN):
            await ledger.append(batch.rows, batch.after)
            tip = batch.tip
        await ledger.close()
        client = clickhouse_connect.get_client(dsn=dsn_of(store), query_limit=0, send_receive_timeout=600)
        checked = _verified(store)
        multiply(client, len(facts), max(1, round(millions * 1e6 / len(facts))))
        bytes_row = client.query(
            "SELECT sum(bytes_on_disk) / sum(rows), sum(rows) FROM system.parts WHERE active AND table = 'event_log'"
        ).result_rows[0]
        newest = client.query(f"SELECT max(logged_at) FROM {TABLE}").result_rows[0][0]
        week = f"since = '{newest - timedelta(days=7):%Y-%m-%d %H:%M:%S}', until = '2199-01-01 00:00:00'"
        names = [row[0] for row in client.query(
            "SELECT name FROM system.tables WHERE database = 'metrics' AND engine = 'View' AND name NOT LIKE '%_in'"
        ).result_rows]  # fmt: skip
        again = backtested(store, folder)
        times = {name: (_ms(client, f"{name}_in({week})"), _ms(client, name)) for name in names}
    return {
        "rows": bytes_row[1], "bytes_per_row": round(bytes_row[0], 1), **checked, **again,
        "views_ms": {name: {"week": week_ms, "all": all_ms} for name, (week_ms, all_ms) in times.items()},
    }  # fmt: skip


def _verified(store: RunningStore) -> dict[str, float]:
    clock = Clock()
    began = clock.monotonic()
    verdict = verify(asker(dsn_of(store)), STREAM, [])
    assert verdict.intact
    return {"verify_rows": verdict.rows, "verify_s": round(clock.monotonic() - began, 2)}


def _ms(client: Client, source: str) -> float:
    """The better of two runs: what the machine's other work adds is not the view's."""
    clock, best = Clock(), float("inf")
    for _ in range(2):
        began = clock.monotonic()
        client.query(f"SELECT * FROM metrics.{source} LIMIT 100000", settings=UNCACHED)
        best = min(best, (clock.monotonic() - began) * 1e3)
    return round(best)


def main(kind: str, number: str) -> None:
    """Run one and print what was seen."""
    with tempfile.TemporaryDirectory(prefix="groundstop-bench-") as folder:
        amount = float(number)
        runs = {"ingest": lambda: ingest(Path(folder), int(amount)), "busy": lambda: busy(Path(folder), int(amount)),
                "views": lambda: views(Path(folder), amount)}  # fmt: skip
        found = asyncio.run(runs[kind]())
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a filled ledger is asked: every view, and a backtest."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client
from groundstop.backtest import backtest
from groundstop.cli.asking import asker
from groundstop.clock import Clock
from groundstop.record.layout import TABLE
from groundstop_store.testing import RunningStore, running_store

from bench.record_data import BEGIN, dsn_of, ensure
from bench.stack.cpu import children_cpu_s, cpu_s, own_cpu_s
from tests.services.audit.synthetic import TOOLS

UNCACHED = {"use_query_condition_cache": 0, "use_query_cache": 0}
STRICTER = "name: strict\nroutes:\n  risky: {high: approve, medium: approve, low: approve, very_low: escalate}\n"


async def views(folder: Path, millions: float) -> dict[str, Any]:
    """Bytes per row; milliseconds and processor milliseconds of every view over seven days and over everything."""
    with running_store(folder / "store") as store:
        client = await ensure(store, millions)
        size = client.query(
            "SELECT sum(bytes_on_disk) / sum(rows), sum(rows) FROM system.parts WHERE active AND table = 'event_log'"
        ).first_row
        newest = client.query(f"SELECT max(logged_at) FROM {TABLE}").first_row[0]
        week = f"since = '{newest - timedelta(days=7):%Y-%m-%d %H:%M:%S}', until = '2199-01-01 00:00:00'"
        names = [row[0] for row in client.query(
            "SELECT name FROM system.tables WHERE database = 'metrics' AND engine = 'View' AND name NOT LIKE '%_in'"
            " ORDER BY name"
        ).result_rows]  # fmt: skip
        pid = store.process.pid
        times = {
            name: {"week": _ms(client, pid, f"{name}_in({week})"), "all": _ms(client, pid, name)} for name in names
        }
    return {"rows": size[1], "bytes_per_row": round(size[0], 1), "views_ms_and_cpu_ms": times}


def _ms(client: Client, pid: int, source: str) -> tuple[int, int]:
    """Of the best of three runs: what the machine's other work adds is not the view's."""
    clock, found = Clock(), list[tuple[int, int]]()
    for _ in range(3):
        began, spent = clock.monotonic(), cpu_s(pid)
        client.query(f"SELECT * FROM metrics.{source} LIMIT 100000", settings=UNCACHED)
        found.append((round((clock.monotonic() - began) * 1e3), round((cpu_s(pid) - spent) * 1e3)))
    return min(found)


async def backtested(folder: Path, millions: float) -> dict[str, Any]:
    """Decide a million recorded intents again with two processes, or as many as there are."""
    catalogue, clock = _catalogue(folder), Clock()
    with running_store(folder / "store") as store:
        await ensure(store, millions)
        until = _end_of(store, 1_000_000)
        began, spent, served = clock.monotonic(), own_cpu_s() + children_cpu_s(), cpu_s(store.process.pid)
        result = backtest(dsn_of(store), asker, STRICTER, [str(catalogue)], BEGIN, until)
        took_s, served = clock.monotonic() - began, cpu_s(store.process.pid) - served
        spent = own_cpu_s() + children_cpu_s() - spent
    return {
        "intents": result.looked_at, "changed": result.changed, "took_s": round(took_s, 1),
        "cpu_us_per_intent": {
            "deciding": round(spent / result.looked_at * 1e6, 1), "store": round(served / result.looked_at * 1e6, 1),
        },
    }  # fmt: skip


def _end_of(store: RunningStore, intents: int) -> datetime:
    sql = f"SELECT logged_at FROM {TABLE} WHERE kind = 'intent.classified' ORDER BY seq LIMIT 1 OFFSET {intents}"
    found = asker(dsn_of(store))(sql)
    return datetime.fromisoformat(found[0][0]).replace(tzinfo=UTC) if found else BEGIN + timedelta(days=365)


def _catalogue(folder: Path) -> Path:
    tools = "".join(
        f"  {name}: {{action_type: {action}, risk: {risk}, description: Do {name}., isolation: coroutine,"
        f' function: "bench.stack.tools:bench_get", parameters: {{type: object}}}}\n'
        for name, action, risk in TOOLS
    )
    path = folder / "tools.yaml"
    path.write_text(f"tools:\n{tools}", encoding="utf-8")
    return path

"""Ledgers for the benchmarks of the record: made once, kept in a folder, and used again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random  # noqa: TID251 - the benchmark owns its seed

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from groundstop.clock import Clock
from groundstop.log import Stored
from groundstop.record.layout import STORED, TABLE
from groundstop_audit.ledger import Ledger, migrate
from groundstop_audit.writer import batches
from groundstop_store.testing import RunningStore

from tests.services.audit.synthetic import Shape, history

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 60
BASE_INTENTS = 47_000
MIGRATIONS = Path(__file__).parents[1] / "infra" / "clickhouse" / "single"
TIMES = ("ts", "logged_at", "ingested_at")


def dsn_of(store: RunningStore) -> str:
    """How clients reach a store of this benchmark."""
    return f"http://default@127.0.0.1:{store.port}/default"


def client_of(store: RunningStore) -> Client:
    """A client that waits as long as a benchmark takes."""
    return clickhouse_connect.get_client(dsn=dsn_of(store), query_limit=0, send_receive_timeout=600)


async def ensure(store: RunningStore, millions: float) -> Client:
    """A client of a ledger with at least so many million rows. One that has rows already only gets new migrations."""
    migrate(dsn_of(store), MIGRATIONS)
    client = client_of(store)
    if not client.query(f"SELECT count() FROM {TABLE}").first_row[0]:
        rows = await _fill(store)
        multiply(client, rows, max(1, round(millions * 1e6 / rows)))
    return client


async def _fill(store: RunningStore) -> int:
    ledger = Ledger(dsn_of(store), MIGRATIONS, Clock())
    tip = await ledger.open()
    for batch in batches(list(base()), tip, BEGIN):
        await ledger.append(batch.rows, batch.after)
        tip = batch.tip
    await ledger.close()
    return tip.seq


def base() -> Iterator[Stored]:
    """The part that is made fact by fact; the rest are copies with other ids and times."""
    return history(Random(2), BASE_INTENTS, BEGIN, Shape(per_s=BASE_INTENTS / (DAYS * 86_400 / 33)))


def multiply(client: Client, rows: int, copies: int) -> None:
    """Copies of the first ``rows`` rows: later, with ids of their own, so that they compress like the first."""
    shift_us = int(DAYS * 86_400e6 / 33)

    def said(more: str) -> str:
        """How a payload names its task: two copies of a task are two tasks, or agents would seem to go in circles."""
        return f"concat('\"task\":\"', task, '{more}\"')"

    for copy in range(1, copies):
        fresh = f"lower(hex(sipHash128(intent, {copy})))"
        changed = {
            "seq": f"seq + {rows * copy}", "intent": f"if(intent = '', '', {fresh})",
            **{name: f"{name} + toIntervalMicrosecond({shift_us * copy})" for name in TIMES},
            "task": f"concat(task, '-{copy}')", "case": f"replaceOne(case, intent, {fresh})",
            "subject": f"replaceOne(subject, intent, {fresh})", "trace_id": f"lower(hex(sipHash128(trace_id, {copy})))",
            "payload": f"replaceAll(replaceAll(payload, intent, {fresh}), {said('')}, {said(f'-{copy}')})",
            "hash": f"SHA256(concat(hash, '{copy}'))",
            "digest": f"if(digest = '', '', lower(hex(SHA256(concat(digest, '{copy}')))))",
        }  # fmt: skip
        chosen = ", ".join(f"{changed[name]} AS new_{name}" if name in changed else f"`{name}`" for name in STORED)
        columns = ", ".join(f"`{name}`" for name in STORED)
        client.command(f"INSERT INTO {TABLE} ({columns}) SELECT {chosen} FROM {TABLE} WHERE seq <= {rows}")

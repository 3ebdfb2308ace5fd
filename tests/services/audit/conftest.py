"""A store with a ledger in it, filled with a plausible history."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - histories are drawn from a seed that the test prints
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.clock import Clock
from groundstop.log import Stored
from groundstop.record.chain import VERSION, ChainTip
from groundstop.record.heads import Head, sign
from groundstop.record.rowbinary import micros
from groundstop.subjects import STREAM
from groundstop.testing import NOON
from groundstop_audit.ledger import Ledger
from groundstop_audit.writer import batches
from groundstop_store.testing import RunningStore, running_store

from tests.services.audit.synthetic import Shape, history

MIGRATIONS = Path(__file__).parents[3] / "infra" / "clickhouse" / "single"


@dataclass
class Record:
    """A ledger that can be filled, asked and tampered with."""

    store: RunningStore
    client: Client
    ledger: Ledger
    key: Ed25519PrivateKey

    @property
    def dsn(self) -> str:
        return f"http://default@127.0.0.1:{self.store.port}/default"

    async def fill(self, facts: list[Stored]) -> ChainTip:
        """Append facts as they are; the tip behind them."""
        tip = await self.ledger.open()
        for batch in batches(facts, tip, NOON + timedelta(days=1)):
            await self.ledger.append(batch.rows, batch.after)
            tip = batch.tip
        return tip

    def ask(self, sql: str) -> list[list[Any]]:
        return [list(row) for row in self.client.query(sql).result_rows]

    def head(self, tip: ChainTip) -> Head:
        return sign(self.key, STREAM, tip, VERSION, micros(NOON))

    def change(self, sql: str) -> None:
        """Alter the table behind the record's back."""
        self.client.command(sql, settings={"mutations_sync": 2})


def facts_of(seed: int, intents: int, **shape: Any) -> list[Stored]:
    return list(history(Random(seed), intents, NOON, Shape(**shape)))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """One store for all tests of this folder that do not end it."""
    with running_store(tmp_path_factory.mktemp("record") / "data") as running:
        yield running


@pytest.fixture
async def record(store: RunningStore) -> AsyncIterator[Record]:
    """An empty ledger."""
    dsn = f"http://default@127.0.0.1:{store.port}/default"
    ledger = Ledger(dsn, MIGRATIONS, Clock())
    await ledger.open()
    with clickhouse_connect.get_client(dsn=dsn, query_limit=0) as client:
        for table in ("event_log", "chain_head"):
            client.command(f"TRUNCATE TABLE audit.{table}")
        yield Record(store, client, ledger, Ed25519PrivateKey.generate())
    await ledger.close()

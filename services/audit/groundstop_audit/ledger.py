"""The ledger in ClickHouse: where it ends, and appending a batch whole or not at all."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.record.chain import ChainTip, genesis
from groundstop.record.heads import Head, genuine
from groundstop.record.layout import HEADS, STORED, TABLE
from groundstop.subjects import STREAM

INSERT_SETTINGS = {
    "async_insert": 0, "insert_deduplicate": 0, "insert_quorum": "auto", "distributed_foreground_insert": 1,
}  # fmt: skip
"""The last two say something on a cluster alone: a batch is acknowledged when a majority of replicas has it."""
SETTLE_S = 30.0
_RUNNING = f"SELECT count() FROM system.processes WHERE query ILIKE 'INSERT INTO {TABLE}%'"
_TIP = f"SELECT seq, hash FROM {TABLE} WHERE stream = '{STREAM}' ORDER BY seq DESC LIMIT 1"
_HEADS = (
    "SELECT seq, hash, hash_version, toUnixTimestamp64Micro(signed_at), public_key, signature"
    f" FROM {HEADS} WHERE stream = '{STREAM}'"
)


class LedgerUnavailable(GroundstopError):
    """ClickHouse cannot be reached, or refused; whether the last batch is stored is not known."""


class LedgerMoved(LedgerUnavailable):
    """Somebody else wrote into the ledger: it does not end where it did."""


class Ledger:
    """Append-only. Use ``open`` first and again after LedgerUnavailable."""

    def __init__(self, dsn: str, migrations: Path, clock: Clock) -> None:
        self._dsn = dsn
        self._migrations = migrations
        self._clock = clock
        self._client: AsyncClient | None = None

    async def open(self) -> ChainTip:
        """Connect, migrate, wait for inserts that were given up for lost but still run, and answer the chain's tip."""
        await self.close()
        try:
            migrate(self._dsn, self._migrations)
            self._client = await clickhouse_connect.get_async_client(
                dsn=self._dsn, autogenerate_session_id=False, tz_mode="aware"
            )
            await self._settled(self._client)
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"cannot open the ledger: {error}") from error
        return await self._tip()

    async def _tip(self) -> ChainTip:
        found = await self._asked(_TIP)
        return ChainTip(int(found[0][0]), bytes(found[0][1])) if found else genesis(STREAM)

    async def _settled(self, client: AsyncClient) -> None:
        """An insert whose answer was lost may commit later: reading the tip before it does would write it twice."""
        deadline = self._clock.monotonic() + SETTLE_S
        while (await client.query(_RUNNING)).result_rows[0][0]:
            if self._clock.monotonic() > deadline:
                raise LedgerUnavailable(f"an insert still runs after {SETTLE_S:g} s")
            await self._clock.sleep(0.1)

    async def quiet(self, tip: ChainTip, upto: int, quiet_s: float) -> ChainTip:
        """The tip once another writer that may still be at it has reached ``upto`` or done nothing for ``quiet_s``."""
        since = self._clock.monotonic()
        while tip.seq < upto and self._clock.monotonic() - since < quiet_s:
            await self._clock.sleep(quiet_s / 10)
            newer = await self._tip()
            if newer.seq != tip.seq:
                tip, since = newer, self._clock.monotonic()
        return tip

    async def append(self, rows: Sequence[bytes], after_seq: int) -> None:
        """Insert one batch behind ``after_seq`` as one part of one partition.

        Raises LedgerMoved when the ledger ends elsewhere, LedgerUnavailable: ask ``open`` what is stored.
        """
        client = self._connected()
        if (found := (await self._tip()).seq) != after_seq:
            raise LedgerMoved(f"the ledger ends at {found}, not at {after_seq}: somebody else writes into it")
        try:
            await client.raw_insert(
                TABLE, STORED, _once(b"".join(rows)), settings=INSERT_SETTINGS, fmt="RowBinary", compression=None
            )
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"batch not confirmed: {error}") from error

    async def add_head(self, values: Sequence[object], columns: Sequence[str], table: str) -> None:
        """Insert one row into another table of the record. Raises LedgerUnavailable."""
        client = self._connected()
        try:
            await client.insert(table, [list(values)], column_names=list(columns), settings=INSERT_SETTINGS)
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"{table}: {error}") from error

    async def signed_hash(self, seq: int) -> bytes | None:
        """The hash of the row at ``seq`` when a genuine head says the same of it. Raises LedgerUnavailable."""
        for row in await self._asked(f"{_HEADS} AND seq = {seq}"):
            head = Head(STREAM, int(row[0]), bytes(row[1]), int(row[2]), int(row[3]), bytes(row[4]), bytes(row[5]))
            stored = await self._asked(f"SELECT hash FROM {TABLE} WHERE stream = '{STREAM}' AND seq = {seq}")
            if genuine(head) and stored and bytes(stored[0][0]) == head.hash:
                return head.hash
        return None

    async def payloads(self, seqs: Sequence[int]) -> list[tuple[int, bytes]]:
        """Sequence and payload of the rows at ``seqs`` that there are, in order. Raises LedgerUnavailable."""
        rows = await self._asked(
            f"SELECT seq, payload FROM {TABLE} WHERE stream = '{STREAM}' AND seq IN ({', '.join(map(str, seqs))}) "
            "ORDER BY seq"
        )
        return [(int(seq), text if isinstance(text, bytes) else str(text).encode()) for seq, text in rows]

    async def count(self, condition: str) -> int:
        """Rows of the stream for which ``condition`` holds. Raises LedgerUnavailable."""
        return int((await self._asked(f"SELECT count() FROM {TABLE} WHERE stream = '{STREAM}' AND {condition}"))[0][0])

    async def remove(self, upto: int) -> int:
        """Have the rows up to ``upto`` deleted, part by part; how many there are. Raises LedgerUnavailable."""
        rows = await self.count(f"seq <= {upto}")
        client = self._connected()
        try:
            await client.command(
                f"ALTER TABLE {TABLE} DELETE WHERE stream = '{STREAM}' AND seq <= {upto}",
                settings={"mutations_sync": 0},
            )
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"could not remove: {error}") from error
        return rows

    async def _asked(self, sql: str) -> Sequence[Sequence[Any]]:
        client = self._connected()
        try:
            rows: Sequence[Sequence[Any]] = (
                await client.query(sql, query_formats={"FixedString": "bytes"})
            ).result_rows
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"the ledger does not answer: {error}") from error
        return rows

    def _connected(self) -> AsyncClient:
        if self._client is None:
            raise LedgerUnavailable("the ledger is not open")
        return self._client

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()
            self._client = None


async def _once(body: bytes) -> AsyncIterator[bytes]:
    """A body that the driver cannot send a second time: after a broken connection it would, and write rows twice."""
    yield body


def migrate(dsn: str, migrations: Path) -> None:
    """Apply the numbered migrations that the server has not seen. Raises ClickHouseError, LedgerUnavailable."""
    address = urlsplit(dsn)
    cluster = ClickhouseCluster(
        db_host=address.hostname or "127.0.0.1",
        db_user=address.username or "default",
        db_password=address.password or "",
        db_port=str(address.port or 8123),
        driver="clickhouse-connect",
    )
    if not migrations.is_dir():
        raise LedgerUnavailable(f"no migrations in {migrations}; set GROUNDSTOP_MIGRATIONS")
    cluster.migrate("default", migrations, create_db_if_no_exists=False)

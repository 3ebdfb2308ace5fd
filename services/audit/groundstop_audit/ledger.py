"""The ledger in ClickHouse: where it ends, and appending a batch whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from groundstop.errors import GroundstopError
from groundstop.subjects import STREAM

from groundstop_audit.domain import COLUMNS, TYPES, Row

TABLE = "audit.event_log"
INSERT_SETTINGS = {"async_insert": 0, "insert_deduplicate": 0}


class LedgerUnavailable(GroundstopError):
    """ClickHouse cannot be reached, or refused; whether the last batch is stored is not known."""


class Ledger:
    """Append-only. Use ``open`` first and again after LedgerUnavailable."""

    def __init__(self, dsn: str, migrations: Path) -> None:
        self._dsn = dsn
        self._migrations = migrations
        self._client: AsyncClient | None = None

    async def open(self) -> int:
        """Connect, migrate, and answer the newest sequence in the ledger, 0 for an empty one."""
        await self.close()
        try:
            migrate(self._dsn, self._migrations)
            self._client = await clickhouse_connect.get_async_client(
                dsn=self._dsn, autogenerate_session_id=False, tz_mode="aware"
            )
            answer = await self._client.query(f"SELECT max(seq) FROM {TABLE} WHERE stream = '{STREAM}'")
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"cannot open the ledger: {error}") from error
        return int(answer.result_rows[0][0])

    async def append(self, rows: Sequence[Row]) -> None:
        """Insert one batch as one part of one partition. Raises LedgerUnavailable: ask ``open`` what is stored."""
        if self._client is None:
            raise LedgerUnavailable("the ledger is not open")
        try:
            await self._client.insert(
                TABLE,
                list(zip(*rows, strict=True)),
                column_names=COLUMNS,
                column_type_names=TYPES,
                column_oriented=True,
                settings=INSERT_SETTINGS,
            )
        except (ClickHouseError, OSError) as error:
            raise LedgerUnavailable(f"batch of {len(rows)} not confirmed: {error}") from error

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()
            self._client = None


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

"""The cluster's migrations say what the single server's say; the engine parses them. No cluster is here to run them."""

import re
from pathlib import Path

import pytest
from clickhouse_migrations.migrator import split_statement_tokens
from groundstop.record.layout import COLUMNS

from .conftest import Record

INFRA = Path(__file__).parents[3] / "infra" / "clickhouse"
NAMES = sorted(path.name for path in (INFRA / "single").glob("*.sql"))
ON_CLUSTER = " ON CLUSTER '{cluster}'"


def statements(folder: str, name: str) -> list[str]:
    text = (INFRA / folder / name).read_text(encoding="utf-8")
    return ["".join(token.text for token in tokens).strip() for tokens in split_statement_tokens(text)]


def views(folder: str) -> dict[str, str]:
    """The last definition of every view, without what only a cluster says."""
    found = {}
    for name in NAMES:
        for sql in statements(folder, name):
            if made := re.match(r"CREATE OR REPLACE VIEW (\S+)", sql):
                found[made[1]] = sql.replace(ON_CLUSTER, "").replace("GLOBAL IN", "IN")
    return found


@pytest.mark.parametrize("name", NAMES)
async def test_the_engine_parses_every_statement_of_the_clusters_migrations(record: Record, name: str) -> None:
    for sql in statements("replicated", name):
        bare = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
        assert record.client.query("SELECT formatQuery({sql:String})", {"sql": bare}).first_row[0]
        assert ON_CLUSTER in bare or bare.startswith("INSERT"), bare[:100]


def test_every_view_of_the_cluster_asks_what_the_single_server_asks() -> None:
    assert views("replicated") == views("single")


def test_the_local_tables_have_the_columns_that_the_chain_covers() -> None:
    ledger = next(sql for sql in statements("replicated", NAMES[0]) if "audit.event_log_local" in sql)
    body = ledger[ledger.index("(\n") :]
    found = re.findall(r"^    `?(\w+)`?\s+((?:LowCardinality|Nullable)\(\w+\)|DateTime64\(6, 'UTC'\)|\w+)", body, re.M)
    assert [pair for pair in found if pair[0] not in ("event_id", "causation_id", "INDEX")][: len(COLUMNS)] == [
        (name, kind) for name, kind in COLUMNS
    ]

"""The servers that the contract is checked against: the embedded store always, a real ClickHouse where one is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from groundstop_store.testing import RunningStore, running_store

REAL_SERVER = os.environ.get("GROUNDSTOP_TEST_CLICKHOUSE_DSN", "")  # noqa: TID251 a test's choice of server
SERVERS = ["embedded", *(["server"] if REAL_SERVER else [])]
DATABASE = "store_contract"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """One store process for all tests that do not end it."""
    with running_store(tmp_path_factory.mktemp("store") / "data") as store:
        yield store


@pytest.fixture(scope="session", params=SERVERS)
def dsn(request: pytest.FixtureRequest) -> str:
    """`http://user:password@host:port` of each server under test."""
    if request.param == "server":
        return REAL_SERVER.replace("clickhouse://", "http://").rstrip("/")
    store: RunningStore = request.getfixturevalue("embedded")
    return f"http://default:@127.0.0.1:{store.port}"


@pytest.fixture(scope="session")
def client(dsn: str) -> Iterator[Client]:
    """A plain clickhouse-connect client over HTTP, with the contract's database."""
    with clickhouse_connect.get_client(dsn=dsn) as connected:
        connected.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        yield connected
        connected.command(f"DROP DATABASE IF EXISTS {DATABASE}")


@pytest.fixture
def table(client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a table that this test may create; it is gone afterwards."""
    name = f"{DATABASE}.{''.join(mark if mark.isalnum() else '_' for mark in request.node.name)}"
    client.command(f"DROP TABLE IF EXISTS {name} SYNC")
    yield name
    client.command(f"DROP TABLE IF EXISTS {name} SYNC")


@pytest.fixture
def address(dsn: str) -> str:
    """The server's address without credentials."""
    parts = urlsplit(dsn)
    return f"http://{parts.hostname}:{parts.port}"


@pytest.fixture
def credentials(dsn: str) -> tuple[str, str]:
    """User and password of the DSN."""
    parts = urlsplit(dsn)
    return parts.username or "default", parts.password or ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a store of this test's own."""
    return tmp_path / "data"

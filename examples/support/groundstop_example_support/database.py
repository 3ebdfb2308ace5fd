"""SQLite as every system here opens it: shared by processes, safe against a killed one, patient with a busy one."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_MS = 5_000


def connect(path: Path) -> sqlite3.Connection:
    """A connection with explicit transactions and rows by column name. The caller closes it.

    A committed transaction survives the death of every process (write-ahead log); only power loss can take the last.
    """
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def create(path: Path, schema: str) -> sqlite3.Connection:
    """A connection to a database that has ``schema`` (statements that may run a second time)."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(schema)
    return connection


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work."""
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction that holds the write lock from its start: all of it happens, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

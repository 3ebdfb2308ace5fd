"""Counting what really happened. Each system keeps two tables beside its own, written in the effect's transaction:

``calls``: a request reached the system (intent, attempt, key), whether or not it changed anything;
``effects``: it changed something. "Never twice" means at most one row here per intent.
"""

import sqlite3
from collections import Counter
from pathlib import Path

from groundstop_example_support.database import opened

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, tool TEXT NOT NULL, intent TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY, tool TEXT NOT NULL, intent TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL,
    what TEXT NOT NULL, at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0));
CREATE INDEX IF NOT EXISTS calls_by_intent ON calls (intent);
CREATE INDEX IF NOT EXISTS effects_by_intent ON effects (intent);
"""
DATABASES = ("shop.sqlite", "payments.sqlite", "mail.sqlite")


def record(
    connection: sqlite3.Connection, tool: str, intent: str, attempt: int, key: str, what: str | None = None
) -> None:
    """Note a call, and with ``what`` (a short sentence) the change it made. Belongs inside the change's transaction."""
    row = (tool, intent, attempt, key)
    connection.execute("INSERT INTO calls (tool, intent, attempt, key) VALUES (?, ?, ?, ?)", row)
    if what is not None:
        connection.execute(
            "INSERT INTO effects (tool, intent, attempt, key, what) VALUES (?, ?, ?, ?, ?)", (*row, what)
        )


def count(data: Path, intent: str) -> int:
    """How many changes this intent made in all three systems."""
    return counts(data)[intent]


def counts(data: Path) -> Counter[str]:
    """Changes per intent. An intent that changed nothing is missing, and counts 0."""
    return _per_intent(data, "effects")


def calls(data: Path) -> Counter[str]:
    """Requests per intent that reached a system, repeated ones included."""
    return _per_intent(data, "calls")


def doubled(data: Path) -> dict[str, int]:
    """The intents that changed something more than once: empty when all is well."""
    return {intent: number for intent, number in counts(data).items() if number > 1}


def history(data: Path, intent: str) -> list[dict[str, object]]:
    """What one intent changed, in order, per system: tool, attempt, key, what, at (seconds since 1970)."""
    query = "SELECT tool, attempt, key, what, at FROM effects WHERE intent = ? ORDER BY id"
    return [dict(row) for path in _present(data) for row in _rows(path, query, intent)]


def _per_intent(data: Path, table: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for path in _present(data):
        total.update({row[0]: row[1] for row in _rows(path, f"SELECT intent, count(*) FROM {table} GROUP BY intent")})
    return total


def _present(data: Path) -> list[Path]:
    return [data / name for name in DATABASES if (data / name).exists()]


def _rows(path: Path, query: str, *values: str) -> list[sqlite3.Row]:
    with opened(path) as connection:
        return connection.execute(query, values).fetchall()

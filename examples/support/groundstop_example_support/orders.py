"""The order database: plain SQLite, and the reads and writes that the tools are made of.

Each function takes an open connection, does one thing and returns what a caller would want to know, as JSON values.
Money is in cents inside and in units with two decimals outside. Raises ToolFailed when nothing was done.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from groundstop.catalogue import ToolContext, ToolFailed

from groundstop_example_support import effects, seed
from groundstop_example_support.database import create, writing

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (id), placed_on TEXT NOT NULL,
    status TEXT NOT NULL, total_cents INTEGER NOT NULL, address TEXT NOT NULL, items TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL, agent TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer);
CREATE INDEX IF NOT EXISTS notes_by_order ON notes (order_id);
"""
    + effects.SCHEMA
)
_WITH_CUSTOMER = "SELECT o.*, c.name, c.email FROM orders o JOIN customers c ON c.id = o.customer"


def senders_of(path: Path) -> dict[str, str]:
    """Whose address stands on the letters about each order: what a mail desk sees before anybody looks anything up."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer"))
    finally:
        connection.close()


def prepare(path: Path) -> None:
    """Create and fill the database; a database that is already filled stays as it is."""
    connection = create(path, SCHEMA)
    with writing(connection):
        if not connection.execute("SELECT 1 FROM orders LIMIT 1").fetchone():
            connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", seed.customers())
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", seed.orders())
    connection.close()


def get(connection: sqlite3.Connection, order: str) -> dict[str, Any]:
    """One order with its customer and its newest ten notes."""
    notes = connection.execute(
        "SELECT text FROM notes WHERE order_id = ? ORDER BY rowid DESC LIMIT 10", (order,)
    ).fetchall()
    return {**_shown(_row(connection, order)), "notes": [note["text"] for note in notes]}


def search(connection: sqlite3.Connection, customer: str, status: str, limit: int) -> dict[str, Any]:
    """Orders, newest first, of customers with this id or with this text in name or e-mail; "" matches everything."""
    rows = connection.execute(
        f"""{_WITH_CUSTOMER} WHERE (c.id = ? OR instr(lower(c.name || ' ' || c.email), lower(?)))
            AND ? IN ('', o.status) ORDER BY o.placed_on DESC, o.id LIMIT ?""",
        (customer, customer, status, limit),
    ).fetchall()
    return {"found": len(rows), "orders": [_shown(row) for row in rows]}


def note(connection: sqlite3.Connection, order: str, text: str, context: ToolContext) -> dict[str, Any]:
    """Add a note, once per idempotency key."""
    with writing(connection):
        _row(connection, order)
        added = connection.execute(
            "INSERT OR IGNORE INTO notes VALUES (?, ?, ?, ?)", (context.idempotency_key, order, context.agent, text)
        ).rowcount
        _record(connection, "orders.note", context, f"note on {order}" if added else None)
    return {"order": order, "added": bool(added)}


def update_address(connection: sqlite3.Connection, order: str, address: str, context: ToolContext) -> dict[str, Any]:
    """Change where an order that is still here will go."""
    with writing(connection):
        row = _row(connection, order)
        if row["status"] not in ("processing", "cancelled") and row["address"] != address:
            raise ToolFailed(f"{order} has left the warehouse ({row['status']}): too late", retryable=False)
        changed = row["address"] != address
        connection.execute("UPDATE orders SET address = ? WHERE id = ?", (address, order))
        _record(connection, "orders.update_address", context, f"address of {order}" if changed else None)
    return {"order": order, "address": address, "before": row["address"], "changed": changed}


def cancel(connection: sqlite3.Connection, order: str, reason: str, context: ToolContext) -> dict[str, Any]:
    """Cancel an order that has not been shipped; one that is cancelled already stays so."""
    with writing(connection):
        row = _row(connection, order)
        if row["status"] not in ("processing", "cancelled"):
            raise ToolFailed(f"{order} is {row['status']}: only orders in processing can be cancelled", retryable=False)
        changed = row["status"] == "processing"
        connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = ?", (order,))
        _record(connection, "orders.cancel", context, f"cancelled {order}: {reason}" if changed else None)
    return {"order": order, "status": "cancelled", "changed": changed}


def erase(connection: sqlite3.Connection, customer: str, context: ToolContext) -> dict[str, Any]:
    """Remove a customer's name, address and e-mail for good; the orders stay, without a person."""
    with writing(connection):
        row = connection.execute("SELECT name FROM customers WHERE id = ?", (customer,)).fetchone()
        if row is None:
            raise ToolFailed(f"no customer {customer!r}: expected an id like C-001", retryable=False)
        changed = row["name"] != "erased"
        connection.execute("UPDATE customers SET name = 'erased', email = '' WHERE id = ?", (customer,))
        orders = connection.execute("UPDATE orders SET address = '' WHERE customer = ?", (customer,)).rowcount
        _record(connection, "customers.erase", context, f"erased {customer}" if changed else None)
    return {"customer": customer, "orders": orders, "changed": changed}


def _row(connection: sqlite3.Connection, order: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(f"{_WITH_CUSTOMER} WHERE o.id = ?", (order,)).fetchone()
    if row is None:
        raise ToolFailed(f"no order {order!r}: expected an id like A-1001", retryable=False)
    return row


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    keep = {key: row[key] for key in ("customer", "name", "email", "placed_on", "status", "address")}
    return {"order": row["id"], **keep, "total": row["total_cents"] / 100, "items": json.loads(row["items"])}


def _record(connection: sqlite3.Connection, tool: str, context: ToolContext, what: str | None) -> None:
    effects.record(connection, tool, context.intent, context.attempt, context.idempotency_key, what)

"""Invoices and reports: the slow, processor-bound work that runs in a child process, where it can be killed."""

import csv
import io
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from groundstop_example_support.pdf import page


def invoice(order: dict[str, Any]) -> bytes:
    """An invoice as a one-page PDF, from what ``orders.get`` answers."""
    lines = [
        f"{item['quantity']:>3} x {item['name']:<28}{item['quantity'] * item['price_cents'] / 100:>10.2f}"
        for item in order["items"]
    ]
    return page(
        [
            f"Invoice for order {order['order']}",
            f"{order['name']}, {order['address']}",
            f"Placed on {order['placed_on']}",
            "",
            *lines,
            "",
            f"{'Total':<34}{order['total']:>10.2f}",
        ]
    )


def monthly(connection: sqlite3.Connection) -> str:
    """Orders, takings and the share of cancelled orders per month, as CSV."""
    months: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in connection.execute("SELECT placed_on, status, total_cents FROM orders ORDER BY placed_on"):
        months[row["placed_on"][:7]].append(row)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("month", "orders", "takings", "cancelled_share"))
    for month, rows in months.items():
        kept = [row["total_cents"] for row in rows if row["status"] != "cancelled"]
        writer.writerow((month, len(rows), f"{sum(kept) / 100:.2f}", f"{1 - len(kept) / len(rows):.4f}"))
    return out.getvalue()


def by_customer(connection: sqlite3.Connection) -> str:
    """Customers by what they bought, as CSV, best first."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("customer", "orders", "takings"))
    query = """SELECT customer, count(*), sum(total_cents) / 100.0 AS takings FROM orders
               WHERE status != 'cancelled' GROUP BY customer ORDER BY takings DESC, customer"""
    writer.writerows(tuple(row) for row in connection.execute(query))
    return out.getvalue()


REPORTS = {"monthly": monthly, "customers": by_customer}


def save(folder: Path, name: str, content: bytes, draft: str) -> bool:
    """Write a document whole or not at all; False when it was there already, byte for byte."""
    folder.mkdir(exist_ok=True)
    target = folder / name
    if target.exists() and target.read_bytes() == content:
        return False
    unfinished = folder / f".{draft}"
    unfinished.write_bytes(content)
    unfinished.replace(target)
    return True

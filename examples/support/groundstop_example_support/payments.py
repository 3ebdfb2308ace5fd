"""The payment service: HTTP over its own SQLite, with refunds that an ``Idempotency-Key`` makes safe to repeat.

POST /refunds {order, amount_cents} with the headers Idempotency-Key (required), Groundstop-Intent, Groundstop-Attempt:
201 refunded, 200 the same refund as before under this key, 404 no such charge, 409 more than is left of the charge,
422 the key belongs to another refund, 503 unavailable. GET /refunds?order=…, GET /health, GET and POST /admin/faults.
"""

import sqlite3
from pathlib import Path
from typing import Any

from groundstop.clock import Clock
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from groundstop_example_support import effects, seed
from groundstop_example_support.database import create, writing
from groundstop_example_support.faults import Faults

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS charges (
    order_id TEXT PRIMARY KEY, amount_cents INTEGER NOT NULL, refunded_cents INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refunds (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, amount_cents INTEGER NOT NULL);
"""
    + effects.SCHEMA
)
Answer = tuple[int, dict[str, Any]]


def prepare(path: Path) -> sqlite3.Connection:
    """The service's database, with one charge per order."""
    connection = create(path, SCHEMA)
    with writing(connection):
        connection.executemany(
            "INSERT OR IGNORE INTO charges (order_id, amount_cents) VALUES (?, ?)",
            [(order.id, order.total_cents) for order in seed.orders()],
        )
    return connection


def refund(
    connection: sqlite3.Connection, key: str, order: str, cents: int, intent: str, attempt: int, tool: str
) -> Answer:
    """Refund once per key: the status code and the body of the answer. ``tool`` is who says that it asks."""
    with writing(connection):
        known = connection.execute("SELECT * FROM refunds WHERE key = ?", (key,)).fetchone()
        if known is not None:
            effects.record(connection, tool, intent, attempt, key)
            same = (known["order_id"], known["amount_cents"]) == (order, cents)
            return (200, _shown(known, repeated=True)) if same else (422, {"error": "this key made another refund"})
        charge = connection.execute("SELECT * FROM charges WHERE order_id = ?", (order,)).fetchone()
        if charge is None:
            return 404, {"error": f"no charge for order {order!r}"}
        left = charge["amount_cents"] - charge["refunded_cents"]
        if not 0 < cents <= left:
            return 409, {"error": f"{left / 100:.2f} of the charge is left, {cents / 100:.2f} was asked for"}
        connection.execute("UPDATE charges SET refunded_cents = refunded_cents + ? WHERE order_id = ?", (cents, order))
        connection.execute("INSERT INTO refunds (key, order_id, amount_cents) VALUES (?, ?, ?)", (key, order, cents))
        effects.record(connection, tool, intent, attempt, key, f"refunded {cents} cents of {order}")
        made = connection.execute("SELECT * FROM refunds WHERE key = ?", (key,)).fetchone()
        return 201, _shown(made, repeated=False)


def _shown(row: sqlite3.Row, *, repeated: bool) -> dict[str, Any]:
    return {
        "refund": f"R-{row['id']}",
        "order": row["order_id"],
        "amount_cents": row["amount_cents"],
        "repeated": repeated,
    }


def make_app(connection: sqlite3.Connection, faults: Faults, clock: Clock, on_fault: Any = None) -> Starlette:
    """The service as an ASGI application. ``on_fault(system, fault, for_s)`` hears of every fault that is set."""

    async def post_refund(request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        try:
            body = await request.json()
            order, cents = str(body["order"]), int(body["amount_cents"])
            attempt = int(request.headers.get("groundstop-attempt", "0"))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": f"expected {{order, amount_cents}}: {error}"}, 400)
        if not key:
            return JSONResponse({"error": "the header Idempotency-Key is missing"}, 400)
        fault = faults.take("payments", order)
        await clock.sleep(fault.delay_s)
        if fault.mode == "unavailable":
            return JSONResponse({"error": "the payment service is unavailable"}, 503)
        intent, tool = (request.headers.get(f"groundstop-{name}", "") for name in ("intent", "tool"))
        status, answer = refund(connection, key, order, cents, intent, attempt, tool or "refund.create")
        # A promise of more bytes than follow makes the server drop the line: the caller cannot know what happened.
        return Response(b"", 200, {"content-length": "100"}) if fault.mode == "lost" else JSONResponse(answer, status)

    async def list_refunds(request: Request) -> Response:
        rows = connection.execute(
            "SELECT * FROM refunds WHERE order_id = ? OR ? = ''", (request.query_params.get("order", ""),) * 2
        )
        return JSONResponse([_shown(row, repeated=False) for row in rows])

    async def set_fault(request: Request) -> Response:
        try:
            body = await request.json()
            fault = faults.put(body)
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        if on_fault is not None:
            await on_fault(body["system"], fault, body.get("for_s"))
        return JSONResponse(faults.state())

    async def get_faults(request: Request) -> Response:
        return JSONResponse(faults.state())

    async def health(request: Request) -> Response:
        return JSONResponse({"charges": connection.execute("SELECT count(*) FROM charges").fetchone()[0]})

    return Starlette(
        routes=[
            Route("/refunds", post_refund, methods=["POST"]),
            Route("/refunds", list_refunds, methods=["GET"]),
            Route("/admin/faults", set_fault, methods=["POST"]),
            Route("/admin/faults", get_faults, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ]
    )

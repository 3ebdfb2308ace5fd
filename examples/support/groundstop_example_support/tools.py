"""Nine of the agent's ten tools (``orders.search`` is in catalogue.yaml), each against a real system.

Their word on errors is exact: ToolFailed means that nothing happened, EffectUnknown that it cannot be told.
"""

import sqlite3
from decimal import ROUND_HALF_EVEN, Decimal
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Any, Literal

import httpx
from groundstop.catalogue import EffectUnknown, ToolContext, ToolFailed, Undo, tool
from pydantic import Field

from groundstop_example_support import documents, effects, orders, smtp_client
from groundstop_example_support.database import opened, writing
from groundstop_example_support.settings import VARIABLE, systems
from groundstop_example_support.shop import in_shop

OrderId = Annotated[str, Field(min_length=1, max_length=32, description="Order number, such as A-1001")]
SENDER = "support@shop.example"
PAYMENTS_TIMEOUT_S = 10.0


@tool(name="orders.get", action_type="orders.read", risk="safe", idempotency="natural", timeout_s=5)
async def get_order(order: OrderId) -> dict[str, Any]:
    """Look up one order: customer, address, items, status, notes."""
    return await in_shop(lambda shop: orders.get(shop, order))


@tool(name="orders.note", action_type="orders.note", risk="safe", idempotency="key", timeout_s=5)
async def add_note(
    order: OrderId, text: Annotated[str, Field(min_length=1, max_length=2000)], context: ToolContext
) -> dict[str, Any]:
    """Leave a note on an order for colleagues; customers do not see it."""
    return await in_shop(lambda shop: orders.note(shop, order, text, context))


@tool(
    name="orders.update_address",
    action_type="orders.update",
    risk="risky",
    idempotency="natural",
    timeout_s=5,
    undo=Undo(tool="orders.update_address", arguments={"order": "arguments.order", "address": "result.before"}),
)
async def update_address(
    order: OrderId, address: Annotated[str, Field(min_length=5, max_length=300)], context: ToolContext
) -> dict[str, Any]:
    """Send an order that has not left the warehouse to another address."""
    return await in_shop(lambda shop: orders.update_address(shop, order, address, context))


@tool(name="orders.cancel", action_type="orders.cancel", risk="risky", idempotency="natural", timeout_s=5)
async def cancel_order(
    order: OrderId, reason: Annotated[str, Field(min_length=1, max_length=500)], context: ToolContext
) -> dict[str, Any]:
    """Cancel an order that has not been shipped."""
    return await in_shop(lambda shop: orders.cancel(shop, order, reason, context))


@tool(name="customers.erase", action_type="customers.delete", risk="dangerous", idempotency="natural", timeout_s=5)
async def erase_customer(
    customer: Annotated[str, Field(min_length=1, max_length=32, description="Customer number, such as C-001")],
    context: ToolContext,
) -> dict[str, Any]:
    """Remove a customer's name, e-mail and addresses for good. Cannot be undone."""
    return await in_shop(lambda shop: orders.erase(shop, customer, context))


async def preview_email(arguments: dict[str, Any], context: ToolContext) -> str:
    """The message as the customer would read it."""
    return f"From: {SENDER}\nTo: {arguments['to']}\nSubject: {arguments['subject']}\n\n{arguments['body']}"


@tool(
    name="email.send",
    action_type="email.send",
    risk="risky",
    idempotency="none",
    timeout_s=15,
    preview="groundstop_example_support.tools:preview_email",
    undo=Undo(
        tool="email.send",
        arguments={
            "to": "arguments.to",
            "subject": "=Please disregard our last e-mail",
            "body": "=Our last e-mail to you was sent by mistake. Please disregard it; we are sorry for the trouble.",
        },
    ),
)
async def send_email(
    to: Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^\s<>@,;:]+@[^\s<>@,;:]+$")],
    subject: Annotated[str, Field(min_length=1, max_length=200)],
    body: Annotated[str, Field(max_length=10_000)],
    context: ToolContext,
) -> dict[str, Any]:
    """Send an e-mail to a customer. Sent twice is read twice."""
    where = systems()
    content = _message(to, subject, body, context)
    answer = await smtp_client.deliver(where.smtp_host, where.smtp_port, SENDER, to, content)
    return {"to": to, "subject": subject, "server": answer}


def _message(to: str, subject: str, body: str, context: ToolContext) -> bytes:
    """The message on the wire, with its origin in headers. Raises ToolFailed for a header that would break the mail."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"], message["Subject"] = SENDER, to, subject
    except ValueError as error:
        raise ToolFailed(f"this is no mail: {error}", retryable=False) from error
    message["Groundstop-Intent"] = context.intent
    message["Groundstop-Attempt"] = str(context.attempt)
    message["Groundstop-Key"] = context.idempotency_key
    message.set_content(body)
    return message.as_bytes()


@tool(
    name="refund.create",
    action_type="payment.refund",
    risk="dangerous",
    idempotency="key",
    timeout_s=15,
    cost={"per_call": 0.30},  # what the payment service takes for each
)
async def create_refund(
    order: OrderId,
    amount: Annotated[
        float, Field(gt=0, le=10_000, description="In units of the shop's currency, at most two decimals")
    ],
    context: ToolContext,
) -> dict[str, Any]:
    """Pay back part or all of what an order cost. The money leaves at once."""
    request = {"order": order, "amount_cents": _cents(amount)}
    headers = {
        "idempotency-key": context.idempotency_key,
        "groundstop-intent": context.intent,
        "groundstop-attempt": str(context.attempt),
    }
    url = f"{systems().payments_url}/refunds"
    # Loading the certificates takes 20 ms of processor time, which a plain address has no use for.
    secure = url.startswith("https:")
    try:
        async with httpx.AsyncClient(timeout=PAYMENTS_TIMEOUT_S, trust_env=False, verify=secure) as http:
            answer = await http.post(url, json=request, headers=headers)
            made = answer.json()
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ToolFailed(f"the payment service cannot be reached: {error}") from error
    except (httpx.HTTPError, ValueError) as error:
        raise EffectUnknown(f"the payment service got the request but its answer was lost: {error}") from error
    _check(answer.status_code, str(made.get("error")))
    return {"refund": made["refund"], "order": order, "amount": made["amount_cents"] / 100}


def _check(status: int, error: str) -> None:
    """Raise what an answer means: 4xx and 503 say that nothing happened, any other 5xx does not say."""
    if status >= 500 and status != 503:
        raise EffectUnknown(f"the payment service broke ({status}): {error}")
    if status >= 400:
        raise ToolFailed(f"the payment service refused ({status}): {error}", retryable=status in (429, 503))


def _cents(amount: float) -> int:
    """Exact cents. Raises ToolFailed for fractions of a cent."""
    cents = Decimal(str(amount)) * 100
    if cents != cents.to_integral_value(ROUND_HALF_EVEN):
        raise ToolFailed(f"{amount} has fractions of a cent", retryable=False)
    return int(cents)


@tool(
    name="invoice.render",
    action_type="document.render",
    risk="safe",
    idempotency="natural",
    isolation="process",
    env=(VARIABLE,),
)
def render_invoice(order: OrderId, context: ToolContext) -> dict[str, Any]:
    """Make the invoice of an order as a PDF file."""
    where = systems()
    with opened(where.shop) as shop:
        content = documents.invoice(orders.get(shop, order))
        name = f"invoice-{order}.pdf"
        return _saved("invoice.render", shop, name, content, context)


@tool(
    name="report.build",
    action_type="report.build",
    risk="safe",
    idempotency="natural",
    isolation="process",
    env=(VARIABLE,),
)
def build_report(kind: Literal["monthly", "customers"], context: ToolContext) -> dict[str, Any]:
    """Build a report over all orders as a CSV file: takings per month, or customers by takings."""
    with opened(systems().shop) as shop:
        content = documents.REPORTS[kind](shop)
        return _saved("report.build", shop, f"report-{kind}.csv", content.encode(), context)


def _saved(name: str, shop: sqlite3.Connection, file: str, content: bytes, context: ToolContext) -> dict[str, Any]:
    """Keep a document in the documents folder; the same document a second time changes nothing."""
    with writing(shop):
        new = documents.save(systems().documents, file, content, f"{context.intent}-{context.attempt}")
        key = context.idempotency_key
        effects.record(shop, name, context.intent, context.attempt, key, f"wrote {file}" if new else None)
    return {"file": file, "bytes": len(content), "new": new}

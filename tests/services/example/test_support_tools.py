"""Every tool of the example against the running systems: what it changes, and what it says when they fail."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest
from groundstop.catalogue import EffectUnknown, ToolContext, ToolFailed, load_catalogue, resolve
from groundstop_example_support import SOURCES, effects, shop, tools
from groundstop_example_support.launch import set_fault
from groundstop_example_support.settings import Systems

Context = Callable[..., ToolContext]
pytestmark = pytest.mark.asyncio


def mails(systems: Systems) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(systems.mail)) as database:
        return database.execute("SELECT recipient, subject FROM messages ORDER BY id").fetchall()


async def send(context: ToolContext, to: str = "ada@customers.example") -> dict[str, object]:
    return await tools.send_email(to=to, subject="Your order", body="Hello\n.\n..dots stay", context=context)


async def test_an_order_is_shown_with_its_customer_and_its_notes(systems: Systems, a_context: Context) -> None:
    await tools.add_note(order="A-1001", text="called back", context=a_context())
    order = await tools.get_order(order="A-1001")
    assert (order["customer"], order["notes"], order["total"]) == ("C-001", ["called back"], 258.0)


async def test_orders_are_found_by_part_of_an_e_mail_and_by_status(systems: Systems) -> None:
    by_number = await shop.search(customer="C-001")
    email = by_number["orders"][0]["email"]
    by_email = await shop.search(customer=email.split("@")[0].upper())
    shipped = await shop.search(status="shipped", limit=50)
    assert by_number == by_email
    assert by_number["found"] == 3
    assert {order["status"] for order in shipped["orders"]} == {"shipped"}


@pytest.mark.parametrize("call", ["get", "note", "cancel", "address"])
async def test_an_order_nobody_placed_is_a_failure_that_no_retry_heals(
    systems: Systems, a_context: Context, call: str
) -> None:
    context = a_context()
    calls = {
        "get": lambda: tools.get_order(order="A-9"),
        "note": lambda: tools.add_note(order="A-9", text="x", context=context),
        "cancel": lambda: tools.cancel_order(order="A-9", reason="x", context=context),
        "address": lambda: tools.update_address(order="A-9", address="1 New Street", context=context),
    }
    with pytest.raises(ToolFailed) as failure:
        await calls[call]()
    assert not failure.value.retryable
    assert effects.count(systems.data, context.intent) == 0


async def test_a_note_under_the_same_key_is_added_once(systems: Systems, a_context: Context) -> None:
    for attempt in (1, 2, 3):
        await tools.add_note(order="A-1002", text="twice", context=a_context("note", attempt))
    assert effects.count(systems.data, "note") == 1
    assert effects.calls(systems.data)["note"] == 3


async def test_cancelling_twice_cancels_once_and_a_shipped_order_not_at_all(
    systems: Systems, a_context: Context
) -> None:
    for attempt in (1, 2):
        await tools.cancel_order(order="A-1004", reason="ordered twice", context=a_context("cancel", attempt))
    with pytest.raises(ToolFailed, match="shipped"):
        await tools.cancel_order(order="A-1001", reason="too late", context=a_context("late"))
    assert (effects.count(systems.data, "cancel"), effects.count(systems.data, "late")) == (1, 0)


async def test_an_address_changes_until_the_order_has_left(systems: Systems, a_context: Context) -> None:
    moved = await tools.update_address(order="A-1004", address="7 New Street, Lakeside", context=a_context("move"))
    await tools.update_address(order="A-1004", address="7 New Street, Lakeside", context=a_context("move", 2))
    assert moved["changed"]
    assert (await tools.get_order(order="A-1004"))["address"] == "7 New Street, Lakeside"
    assert effects.count(systems.data, "move") == 1
    with pytest.raises(ToolFailed, match="left the warehouse"):
        await tools.update_address(order="A-1001", address="7 New Street, Lakeside", context=a_context())


async def test_erasing_a_customer_leaves_orders_without_a_person_and_everybody_is_nobody(
    systems: Systems, a_context: Context
) -> None:
    erased = await tools.erase_customer(customer="C-003", context=a_context("erase"))
    await tools.erase_customer(customer="C-003", context=a_context("erase", 2))
    order = await tools.get_order(order="A-1003")
    assert (erased["orders"], order["name"], order["email"], order["address"]) == (3, "erased", "", "")
    assert effects.count(systems.data, "erase") == 1
    with pytest.raises(ToolFailed, match="no customer"):
        await tools.erase_customer(customer="*", context=a_context())


async def test_mail_arrives_once_per_sending_and_says_which_intent_sent_it(
    systems: Systems, a_context: Context
) -> None:
    await send(a_context("m1"))
    assert mails(systems) == [("ada@customers.example", "Your order")]
    with closing(sqlite3.connect(systems.mail)) as database:
        (content,) = database.execute("SELECT content FROM messages").fetchone()
    assert b"Hello\r\n.\r\n..dots stay\r\n" in content
    assert [row["what"] for row in effects.history(systems.data, "m1")] == ["mail to ada@customers.example"]


async def test_a_subject_with_a_line_break_is_no_mail(systems: Systems, a_context: Context) -> None:
    with pytest.raises(ToolFailed) as failure:
        await tools.send_email(to="a@b.example", subject="x\r\nBcc: all@b.example", body="", context=a_context())
    assert not failure.value.retryable
    assert mails(systems) == []


@pytest.mark.parametrize(("mode", "retryable"), [("refuse", True), ("busy", True), ("reject", False)])
async def test_a_mail_server_that_says_no_has_kept_nothing(
    systems: Systems, a_context: Context, mode: str, retryable: bool
) -> None:
    await set_fault(systems, "mail", mode)
    with pytest.raises(ToolFailed) as failure:
        await send(a_context("no"))
    assert failure.value.retryable is retryable
    assert mails(systems) == []
    await set_fault(systems, "mail", "ok")
    await send(a_context("no", 2))
    assert effects.count(systems.data, "no") == 1


async def test_a_mail_server_that_goes_silent_after_the_message_leaves_it_unknown(
    systems: Systems, a_context: Context
) -> None:
    await set_fault(systems, "mail", "drop", count=1)
    with pytest.raises(EffectUnknown):
        await send(a_context("silent"))
    assert effects.count(systems.data, "silent") == 1


async def test_a_sending_stopped_while_the_server_thinks_is_unknown(systems: Systems, a_context: Context) -> None:
    """The message has been handed over: whoever stops it cannot claim that nothing happened."""
    await set_fault(systems, "mail", "slow", delay_s=30)
    sending = asyncio.create_task(send(a_context("stopped")))
    async with asyncio.timeout(60), httpx.AsyncClient(base_url=systems.payments_url, trust_env=False) as http:
        while not (await http.get("/admin/faults")).json()["mail"]["met"]:
            assert not sending.done()
    sending.cancel()
    with pytest.raises(EffectUnknown):
        await sending


async def test_a_fault_about_one_recipient_spares_the_others(systems: Systems, a_context: Context) -> None:
    await set_fault(systems, "mail", "busy", match="bela@")
    await send(a_context())
    with pytest.raises(ToolFailed):
        await send(a_context(), to="bela@customers.example")


async def test_a_refund_repeated_under_its_key_pays_once(systems: Systems, a_context: Context) -> None:
    first = await tools.create_refund(order="A-1001", amount=20.00, context=a_context("r"))
    second = await tools.create_refund(order="A-1001", amount=20.00, context=a_context("r", 2))
    assert first == second
    assert first["amount"] == 20.0
    assert (effects.count(systems.data, "r"), effects.calls(systems.data)["r"]) == (1, 2)


async def test_a_refund_whose_answer_is_lost_is_unknown_and_heals_under_its_key(
    systems: Systems, a_context: Context
) -> None:
    await set_fault(systems, "payments", "lost", count=1)
    with pytest.raises(EffectUnknown):
        await tools.create_refund(order="A-1001", amount=5, context=a_context("lost"))
    await tools.create_refund(order="A-1001", amount=5, context=a_context("lost", 2))
    assert effects.count(systems.data, "lost") == 1


@pytest.mark.parametrize(
    ("order", "amount", "why"),
    [("A-1001", 9999, "258.00 of the charge is left"), ("A-9", 5, "no charge"), ("A-1001", 0.001, "fractions")],
)
async def test_a_refund_that_cannot_be_is_refused_for_good(
    systems: Systems, a_context: Context, order: str, amount: float, why: str
) -> None:
    with pytest.raises(ToolFailed, match=why) as failure:
        await tools.create_refund(order=order, amount=amount, context=a_context("bad"))
    assert not failure.value.retryable
    assert effects.count(systems.data, "bad") == 0


async def test_an_unavailable_payment_service_has_paid_nothing(systems: Systems, a_context: Context) -> None:
    await set_fault(systems, "payments", "unavailable", count=1)
    with pytest.raises(ToolFailed) as failure:
        await tools.create_refund(order="A-1001", amount=5, context=a_context("later"))
    assert failure.value.retryable
    assert effects.count(systems.data, "later") == 0


async def test_documents_are_written_whole_and_once(systems: Systems, a_context: Context) -> None:
    first = tools.render_invoice(order="A-1001", context=a_context("pdf"))
    again = tools.render_invoice(order="A-1001", context=a_context("pdf", 2))
    report = tools.build_report(kind="monthly", context=a_context("csv"))
    assert (first["new"], again["new"], report["new"]) == (True, False, True)
    assert (systems.documents / "invoice-A-1001.pdf").read_bytes().startswith(b"%PDF-1.4")
    assert len((systems.documents / "report-monthly.csv").read_text().splitlines()) == 13
    assert effects.count(systems.data, "pdf") == 1


async def test_the_catalogue_has_ten_tools_of_every_kind() -> None:
    catalogue = load_catalogue(SOURCES)
    assert len(catalogue) == 10
    assert {entry.risk for entry in catalogue} == {"safe", "risky", "dangerous"}
    assert {entry.idempotency for entry in catalogue} == {"natural", "key", "none"}
    assert sum(entry.isolation == "process" for entry in catalogue) == 2
    assert all(callable(resolve(entry)) for entry in catalogue)

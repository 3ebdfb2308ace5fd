"""Losing a connection is visible, and nothing is decided on what may be old: neither here nor by the server."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console_world import World
from groundstop.vocabulary import Status
from playwright.sync_api import Page, expect

Enter = Callable[..., Page]
LOST_MS = 20_000
CALL = {"tool": "money.send", "arguments": {"to": "a", "amount": 5}, "confidence": 0.95}


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that is there and does not answer."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_without_the_bus_nothing_can_be_decided_and_it_comes_back_by_itself(world: World, enter: Enter) -> None:
    (intent,) = world.submit(CALL)
    case = world.case_of(intent)
    page = enter("bert", f"/cases/{case}")
    approve = page.locator("#decision").get_by_role("button", name="Approve")
    expect(approve).to_be_enabled()
    token = page.locator('meta[name="csrf"]').get_attribute("content") or ""
    digest = page.locator('#decision input[name="digest"]').get_attribute("value") or ""
    nats = world.stack.children["nats"].pid
    assert nats is not None
    with frozen(nats):
        expect(page.locator("[data-lost]")).to_contain_text("lost the bus", timeout=LOST_MS)
        expect(approve).to_be_disabled()
        form = {"csrf": token, "digest": digest, "verdict": "approved"}
        answer = page.request.post(f"/cases/{case}/decide", form=form, max_redirects=0)
        assert answer.status in (303, 503)
        shown = page.request.get("/inbox")
        assert "Cannot read the cases" in shown.text()
    page.wait_for_selector('body[data-link="live"]', timeout=LOST_MS)
    expect(page.locator("[data-lost]")).to_be_hidden()
    expect(approve).to_be_enabled()
    approve.click()
    expect(page.locator("#decision")).to_contain_text("Approved by bert")
    assert world.outcome(intent).status is Status.SUCCEEDED


def test_a_console_that_does_not_answer_is_noticed_in_the_browser(world: World, enter: Enter) -> None:
    (intent,) = world.submit(CALL)
    page = enter("bert", f"/cases/{world.case_of(intent)}")
    approve = page.locator("#decision").get_by_role("button", name="Approve")
    expect(approve).to_be_enabled()
    with frozen(world.console.pid):
        expect(page.locator("[data-lost]")).to_contain_text("Connection lost", timeout=LOST_MS)
        expect(approve).to_be_disabled()
    page.wait_for_selector('body[data-link="live"]', timeout=LOST_MS)
    expect(approve).to_be_enabled()

"""The console as people use it: a real Chromium, a real stack, nothing reloaded by hand."""

import re
from collections.abc import Callable
from typing import Any

from console_world import World
from groundstop.vocabulary import Status
from playwright.sync_api import Locator, Page, expect

FLOOD = 200
Enter = Callable[..., Page]


def payment(number: int, **more: Any) -> dict[str, Any]:
    """A call that people have to approve."""
    return {"tool": "money.send", "arguments": {"to": f"account-{number}", "amount": number}, "confidence": 0.95} | more


def row(page: Page, case: str) -> Locator:
    """One case in the inbox."""
    return page.locator(f'[data-case="{case}"]')


def found(page: Page, count: int) -> None:
    """Wait until the inbox says so."""
    expect(page.locator(f'.list-count[data-found="{count}"]')).to_be_visible()


def test_two_approvers_see_a_flood_and_each_others_decisions_without_reloading(world: World, enter: Enter) -> None:
    bert, cleo = enter("bert", "/inbox?agent=flood"), enter("cleo", "/inbox?agent=flood")
    for page in (bert, cleo):
        page.evaluate("window.loadedOnce = true")
    intents = world.submit(*(payment(n) for n in range(1, FLOOD + 1)), agent="flood")
    found(bert, FLOOD)
    found(cleo, FLOOD)
    bert.keyboard.press("j")
    chosen = bert.locator(".case.chosen").get_attribute("data-case") or ""
    bert.keyboard.press("a")
    expect(bert.locator("#dialog")).to_be_visible()
    bert.keyboard.press("Enter")
    found(bert, FLOOD - 1)
    found(cleo, FLOOD - 1)
    expect(row(cleo, chosen)).to_have_count(0)
    assert bert.evaluate("window.loadedOnce") and cleo.evaluate("window.loadedOnce")
    intent = chosen.rpartition("-")[0]
    assert intent in intents
    assert world.outcome(intent).status is Status.SUCCEEDED


def test_a_case_is_denied_with_the_keyboard_alone(world: World, enter: Enter) -> None:
    page = enter("bert", "/inbox?agent=keys")
    (intent,) = world.submit(payment(7), agent="keys")
    found(page, 1)
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page.get_by_label(re.compile("Note"))).to_be_focused()
    page.keyboard.type("nobody asked for it")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    found(page, 0)
    outcome = world.outcome(intent)
    assert outcome.status is Status.DENIED
    assert "bert" in outcome.reason


def test_the_second_of_two_people_is_told_that_somebody_was_faster(world: World, enter: Enter) -> None:
    (intent,) = world.submit(payment(8), agent="race")
    case = world.case_of(intent)
    bert, cleo = enter("bert", f"/cases/{case}"), enter("cleo", f"/cases/{case}")
    for page in (bert, cleo):
        page.evaluate("document.querySelector('form.decide').dataset.kept = '1'")
    bert.locator("#decision").get_by_role("button", name="Approve").click()
    expect(bert.locator("#decision")).to_contain_text("Approved by bert")
    cleo.locator("#decision").get_by_label(re.compile("Note")).fill("no")
    cleo.locator("#decision").get_by_role("button", name="Deny").click()
    expect(cleo.locator(".said-bad")).to_contain_text("approved by bert")
    assert world.outcome(intent).status is Status.SUCCEEDED


def test_an_edited_call_shows_its_difference_and_is_the_one_that_runs(world: World, enter: Enter) -> None:
    (intent,) = world.submit(payment(900), agent="edits")
    page = enter("bert", f"/cases/{world.case_of(intent)}")
    page.keyboard.press("e")
    page.wait_for_selector('[data-page="edit"]')
    page.get_by_label("amount").fill("90")
    page.get_by_label(re.compile("Note")).fill("ninety was meant")
    page.get_by_role("button", name="Preview the change").click()
    expect(page.locator(".diff del")).to_have_text("900")
    expect(page.locator(".diff ins")).to_have_text("90")
    page.get_by_role("button", name="Edit and approve").click()
    expect(page.locator(".said")).to_be_visible()
    if "Another person" in page.locator(".said").inner_text():
        second = enter("cleo", f"/cases/{world.case_of(intent)}")
        second.locator("#decision").get_by_role("button", name="Approve").click()
        expect(second.locator("#decision")).to_contain_text("Approved")
    assert world.outcome(intent).result["amount"] == 90


def test_a_halt_from_the_console_stops_what_is_running(world: World, enter: Enter) -> None:
    (intent,) = world.submit({"tool": "work.slow", "arguments": {"seconds": 60}, "confidence": 0.99}, agent="slow")
    page = enter("olga", "/controls")
    expect(page.locator(f"#flight-{intent}")).to_be_visible()
    page.locator("select[name=what]").select_option("agent")
    page.get_by_label("Which").fill("slow")
    page.get_by_label("Reason").fill("it takes too long")
    page.locator("select[name=people]").select_option("1")
    page.get_by_role("button", name="Halt").click()
    expect(page.get_by_role("heading", name="Halt agent slow?")).to_be_visible()
    page.get_by_role("button", name="Halt agent slow now").click()
    expect(page.get_by_role("heading", name="Halted: agent slow")).to_be_visible()
    expect(page.locator(".figures")).to_contain_text("1 of 1")
    page.get_by_role("link", name="Open controls").click()
    expect(page.locator(f"#flight-{intent}")).to_have_count(0)
    assert world.outcome(intent).status in (Status.CANCELLED, Status.UNKNOWN)
    halt = page.locator(".halt", has_text="agent slow")
    halt.locator("summary", has_text="Resume").click()
    halt.get_by_label("Why is it safe to resume?").fill("it was only a test")
    halt.get_by_role("button", name="Resume agent slow").click()
    expect(halt).to_have_count(0)


def test_a_phone_shows_everything_without_scrolling_sideways_and_can_decide(world: World, enter: Enter) -> None:
    (intent,) = world.submit(payment(12, reasoning="w" * 400), agent="phone")
    case = world.case_of(intent)
    page = enter("bert", f"/cases/{case}", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for path in ("/inbox", "/intents", "/tasks", "/controls", "/metrics", "/policy", f"/cases/{case}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.locator(".thumb-bar").get_by_role("button", name="Approve").tap()
    page.locator("#dialog").get_by_role("button", name="Approve").tap()
    expect(page.locator("#decision")).to_contain_text("Approved by bert")
    assert world.outcome(intent).status is Status.SUCCEEDED


def test_a_tampered_text_stays_text(world: World, enter: Enter) -> None:
    """Arguments and reasoning are an agent's: whatever it writes is shown, never run."""
    script = "<script>window.owned=1</script><img src=x onerror='window.owned=1'>"
    call = payment(13, reasoning=script, assumptions=[script])
    call["arguments"] = call["arguments"] | {"memo": script}
    (intent,) = world.submit(call, agent="evil")
    case = world.case_of(intent)
    page = enter("bert", f"/cases/{case}")
    for path in (f"/cases/{case}", f"/cases/{case}/edit", "/inbox?agent=evil", f"/intents/{intent}"):
        page.goto(path)
        page.wait_for_selector('body[data-link="live"]')
        assert page.evaluate("window.owned") is None, path
    assert page.locator("main img").count() == 0

"""What the pages say to who reads them: calls and questions in words, the odds of a task, and the way by keys."""

import re
from collections.abc import Callable
from typing import Any

from console_world import World
from groundstop.clock import Clock
from playwright.sync_api import Page, expect

Enter = Callable[..., Page]
RECORDED_S = 60.0


def a_note(text: str, **more: Any) -> dict[str, Any]:
    return {"tool": "note.write", "arguments": {"text": text}, "confidence": 0.99} | more


def until_it_says(page: Page, place: str, words: str) -> None:
    """Reload until ``place`` contains ``words``: what is asked of the record comes there a moment after the log."""
    clock = Clock()
    deadline = clock.monotonic() + RECORDED_S
    while words not in page.locator(place).inner_text():
        assert clock.monotonic() < deadline, page.locator(place).inner_text()
        page.reload()


def test_a_task_shows_how_likely_it_is_to_come_through(world: World, enter: Enter) -> None:
    """Three of three is not certainty: 4 of 5, as the rule of succession has it, and a step never tried is 1 of 2."""
    for intent in world.submit(*(a_note(str(n), task="odds") for n in range(3)), tenant="odds", agent="sure"):
        world.outcome(intent)
    waits = {"tool": "money.send", "arguments": {"to": "a", "amount": 1}, "confidence": 0.95, "task": "odds"}
    (waiting,) = world.submit(waits, tenant="odds", agent="sure")
    world.case_of(waiting)
    page = enter("bert", "/tasks/odds/odds")
    until_it_says(page, "#chances", "3 of 3")
    chances = page.locator("#chances")
    expect(chances.locator(".figure")).to_contain_text("50 % that the open step does")
    expect(chances).to_contain_text("26 % for all 4 steps")  # 0.8 x 0.8 x 0.8 x 0.5
    expect(chances.locator("li", has_text="note.write")).to_contain_text("80 %")
    expect(chances.locator("li", has_text="money.send")).to_contain_text("never tried")


def test_intents_are_told_apart_by_their_calls_but_not_to_everybody(world: World, enter: Enter) -> None:
    world.outcome(*world.submit(a_note("call the harbour"), agent="teller"))
    for name, words in (("bert", "text call the harbour"), ("vera", "text")):
        page = enter(name, "/intents?q=teller")
        expect(page.locator(".call-words")).to_have_text(words)


def test_a_question_is_put_to_who_answers_it(world: World, enter: Enter) -> None:
    (intent,) = world.submit(a_note("which one?", confidence=0.3), agent="asker")
    case = world.case_of(intent, "clarification")
    page = enter("bert", "/inbox?agent=asker")
    question = "asker is not sure about note.write: what did you mean?"
    expect(page.locator(f'[data-case="{case}"]')).to_contain_text(question)
    page.goto(f"/cases/{case}")
    expect(page.locator(".lead")).to_have_text(question)


def test_an_intent_that_waits_leads_to_its_case(world: World, enter: Enter) -> None:
    call = {"tool": "money.send", "arguments": {"to": "b", "amount": 2}, "confidence": 0.95}
    (intent,) = world.submit(call, agent="waiter")
    case = world.case_of(intent)
    page = enter("bert", f"/intents/{intent}")
    page.get_by_role("link", name="Open the case").click()
    expect(page).to_have_url(re.compile(f"/cases/{case}$"))
    page.locator("#decision").get_by_role("button", name="Approve").click()
    world.outcome(intent)
    page.goto(f"/intents/{intent}")
    expect(page.get_by_role("link", name="Open the case")).to_have_count(0)


def test_keys_lead_from_the_list_to_an_intent(world: World, enter: Enter) -> None:
    (intent,) = world.submit(a_note("by keys"), agent="keyed")
    world.outcome(intent)
    page = enter("bert", "/intents?q=keyed")
    page.keyboard.press("j")
    expect(page.locator(f"#intent-{intent}")).to_have_class("chosen")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/intents/{intent}$"))


def test_the_title_says_how_many_wait(world: World, enter: Enter) -> None:
    """Whoever waits for cases has the page open behind others."""
    (intent,) = world.submit({"tool": "money.send", "arguments": {"to": "c", "amount": 3}, "confidence": 0.95})
    world.case_of(intent)
    expect(enter("bert", "/policy")).to_have_title(re.compile(r"^\(\d+\+?\) Policy"))


def test_a_halt_is_one_tap_away_on_a_phone_and_offers_the_names_that_there_are(world: World, enter: Enter) -> None:
    world.outcome(*world.submit(a_note("x"), agent="runaway"))
    page = enter("olga", "/controls", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator(".page-head").get_by_role("link", name="Halt").tap()
    expect(page.locator(".halt-card .halt-button")).to_be_in_viewport()
    page.locator("select[name=what]").select_option("agent")
    names = page.get_by_label("Which").get_attribute("list")
    expect(page.locator(f'#{names} option[value="runaway"]')).to_have_count(1)


def test_a_hand_off_is_decided_among_its_answers(world: World, enter: Enter) -> None:
    """Give back and take over stand side by side: no key and no button chooses one of them unasked."""
    world.outcome(*world.submit(a_note("handed"), agent="handing"))
    handed = world.ask(lambda olga: olga.handoff("handing", "please look", agent="handing"))
    page = enter("bert", "/inbox?agent=handing")
    row = page.locator(f'[data-case="{handed["case"]}"]')
    row.get_by_role("button", name="Decide").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("button", name="Take over")).to_be_visible()
    dialog.get_by_label(re.compile("Answer")).fill("It is fine.")
    dialog.get_by_role("button", name="Give back").click()
    expect(row).to_have_count(0)

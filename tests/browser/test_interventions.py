"""Stepping in from the console: halts lifted by two, deeds taken back, tasks taken over, grants, and what one says."""

import re
from collections.abc import Callable

from console_world import World
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.vocabulary import Status
from playwright.sync_api import Page, expect

Enter = Callable[..., Page]


def put(item: str, task: str) -> dict[str, object]:
    """A safe call that can be taken back."""
    return {"tool": "box.put", "arguments": {"item": item}, "confidence": 0.99, "task": task}


def test_two_people_lift_a_halt_in_stages(world: World, enter: Enter) -> None:
    report = world.ask(
        lambda client: Operator(client.nc, client.log, Clock(), "olga", 2).halt("agent=staged", "odd", 0.1)
    )
    olga, ada = enter("olga", "/controls"), enter("ada", "/controls")
    halt = f"#halt-{report.control}"
    olga.locator(halt).locator("summary").click()
    olga.locator(halt).get_by_label("Resume up to risk").select_option("safe")
    olga.locator(halt).get_by_label("Why is it safe to resume?").fill("the safe ones are fine")
    olga.locator(halt).get_by_role("button", name="Ask to resume").click()
    expect(olga.locator(halt)).to_contain_text("A second person must agree")
    expect(ada.locator(halt)).to_contain_text("olga asks to resume up to safe")
    ada.locator(halt).locator("summary").click()
    ada.locator(halt).get_by_label("Why is it safe to resume?").fill("I looked, too")
    ada.locator(halt).get_by_role("button", name="Agree and resume").click()
    expect(ada.locator(halt)).to_contain_text("from risky on")
    (safe,) = world.submit({"tool": "note.write", "arguments": {"text": "x"}, "confidence": 0.99}, agent="staged")
    assert world.outcome(safe).status is Status.SUCCEEDED
    for name, page in (("Ask to resume", olga), ("Agree and resume", ada)):
        page.goto("/controls")
        page.locator(halt).locator("summary").click()
        page.locator(halt).get_by_label("Why is it safe to resume?").fill("all is well")
        page.locator(halt).get_by_role("button", name=name).click()
        if page is olga:
            expect(olga.locator(halt)).to_contain_text("A second person must agree")
    expect(ada.locator(halt)).to_have_count(0)


def test_what_a_halt_covers_is_reviewed_and_taken_back(world: World, enter: Enter) -> None:
    kept, wrong = world.submit(put("kept", "boxes"), put("wrong", "boxes"), agent="packer")
    for intent in (kept, wrong):
        assert world.outcome(intent).status is Status.SUCCEEDED
    report = world.ask(lambda olga: olga.halt("agent=packer", "it packs the wrong things", 0.1))
    page = enter("olga", f"/controls/{report.control}/review")
    expect(page.locator(".list-count")).to_contain_text("2 can be undone")
    page.locator(f"#deed-{wrong}").get_by_role("checkbox").check()
    page.get_by_role("button", name="Undo selected").click()
    expect(page.locator(".said-good")).to_contain_text("1 undone")
    expect(page.locator(f"#deed-{wrong}")).to_contain_text("undone")
    expect(page.locator(f"#deed-{kept}").get_by_role("checkbox")).to_be_visible()
    world.ask(lambda olga: olga.resume(report.control, "mended"))


def test_a_task_is_taken_over_and_given_back(world: World, enter: Enter) -> None:
    """While a person has it nothing of it runs; given back, it goes on."""
    (first,) = world.submit(put("first", "trip"), agent="traveller")
    world.outcome(first)
    page = enter("bert", "/tasks/acme/trip")
    page.get_by_label("Hand it to a person").fill("please look at the dates")
    page.get_by_role("button", name="Pause and ask a person").click()
    page.wait_for_selector('[data-page="case"]')
    page.goto("/tasks/acme/trip")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator(".said-good")).to_contain_text("The task is yours")
    expect(page.locator("main")).to_contain_text("A person does it now")
    (later,) = world.submit(put("later", "trip"), agent="traveller")
    page.get_by_label("Give it back to the agent").fill("the dates are right now")
    page.get_by_role("button", name="Give back").click()
    expect(page.locator(".said-good")).to_contain_text("continues")
    assert world.outcome(later).status is Status.SUCCEEDED


def test_a_grant_is_given_used_and_revoked(world: World, enter: Enter) -> None:
    page = enter("bert", "/grants")
    page.get_by_label("Agent").fill("mailer")
    page.get_by_label("Tool").fill("mail.send")
    page.get_by_label(re.compile("Only when")).fill('intent.arguments.to.endsWith("@acme.com")')
    page.get_by_label("Tenant").fill("acme")
    page.get_by_label("Note").fill("our own people")
    page.get_by_role("button", name="Grant").click()
    expect(page.locator(".said-good")).to_contain_text("mailer may mail.send 10 times")
    calls = [{"tool": "mail.send", "arguments": {"to": to}, "confidence": 0.7} for to in ("a@acme.com", "x@evil.com")]
    inside, outside = world.submit(*calls, agent="mailer")
    assert world.outcome(inside).status is Status.SUCCEEDED
    assert world.case_of(outside, "confirmation")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Why?").fill("enough")
    page.get_by_role("button", name="Revoke at once").click()
    expect(page.locator(".chips").first).to_contain_text("revoked")


def test_what_an_intent_was_worth_and_what_it_cost_is_recorded_once(world: World, enter: Enter) -> None:
    (intent,) = world.submit(put("rated", "rated"), agent="rated")
    world.outcome(intent)
    page = enter("bert", f"/intents/{intent}")
    page.get_by_label(re.compile("Comment")).fill("just right")
    page.get_by_role("button", name="Good").click()
    expect(page.locator(".said-good")).to_contain_text("recorded")
    expect(page.locator("#worth + p")).to_contain_text("You have rated it already")
    page.get_by_label("Money").fill("0.25")
    page.get_by_label("Minutes of human work").fill("3")
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".timeline")).to_contain_text("Cost")
    page.get_by_label("Money").fill("much")
    page.get_by_role("button", name="Record").click()
    expect(page.locator("main")).to_contain_text("a number from 0")

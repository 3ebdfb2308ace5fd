"""Every page, in light and dark, on a desk and on a phone: accessible by axe-core, and pictured to be looked at."""

import itertools
from pathlib import Path
from typing import Literal

import pytest
from console_world import World
from groundstop.client import Client
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from playwright.sync_api import Browser, Page, ViewportSize, expect

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe-core-4.14.1" / "axe.min.js"
PICTURES = HERE / "screenshots"
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
CALL = {
    "tool": "money.send",
    "confidence": 0.95,
    "task": "pay-day",
    "reasoning": "The invoice was checked and is due.",
    "assumptions": ["The account is the supplier's"],
}
PAGES = (
    "inbox", "inbox-empty", "case", "case-decided", "edit", "alike", "handoff", "intents", "trace", "tasks", "task",
    "task-handed", "grants", "grant", "controls", "review", "metrics", "policy", "people", "not-found",
)  # fmt: skip


@pytest.fixture(scope="module")
def places(world: World) -> dict[str, str]:
    """All pages, with something on them."""
    payments = [{"to": f"account-{n}", "amount": 10 * n} for n in range(1, 6)]
    waiting = world.submit(*(CALL | {"arguments": arguments} for arguments in payments), agent="payer")
    unsure = {"tool": "note.write", "arguments": {"text": "Call back on Monday"}, "confidence": 0.3, "task": "calls"}
    sure = {"tool": "note.write", "arguments": {"text": "Called back"}, "confidence": 0.97, "task": "calls"}
    done, _ = world.submit(sure, unsure, agent="clerk")
    boxed = world.submit(
        *({"tool": "box.put", "arguments": {"item": item}, "confidence": 0.9} for item in "abc"), agent="clerk"
    )
    for intent in (done, *boxed):
        world.outcome(intent)
    case, decided = world.case_of(waiting[0]), world.case_of(waiting[1])
    more = world.ask(lambda olga: interventions(olga, decided, done), "olga")
    return more | {
        "inbox": "/inbox?agent=payer",
        "inbox-empty": "/inbox?agent=nobody",
        "case": f"/cases/{case}",
        "case-decided": f"/cases/{decided}",
        "edit": f"/cases/{case}/edit",
        "alike": f"/cases/{case}/alike",
        "intents": "/intents",
        "trace": f"/intents/{done}",
        "tasks": "/tasks",
        "task": "/tasks/acme/pay-day",
        "controls": "/controls",
        "metrics": "/metrics?range=1h",
        "policy": "/policy",
        "people": "/people",
        "not-found": "/cases/0-approval",
    }


async def interventions(olga: Client, decided: str, done: str) -> dict[str, str]:
    """A decision, a grant, a hand-off, a thumb, a cost, and a halt that somebody asks to lift."""
    await olga.approve(decided, "The invoice is in the books.")
    await olga.feedback(done, "up", "quick and right")
    await olga.record_cost(done, cost=0.02, tokens_in=1200, tokens_out=300, human_s=45)
    terms = {"condition": 'intent.arguments.to.endsWith("@acme.com")', "uses": 10, "note": "Our own people only."}
    grant = await olga.grant("clerk", "mail.send", **terms)
    handed = await olga.handoff("calls", "The customer asks for a person.", agent="clerk")
    two = Operator(olga.nc, olga.log, Clock(), "olga", people=2)
    halt = await two.halt("agent=clerk", "It called the same customer twice.", 0.1)
    await two.resume(halt.control, "The list is cleaned up.", "safe")
    return {
        "grants": "/grants",
        "grant": f"/grants/{grant['grant']}",
        "handoff": f"/cases/{handed['case']}",
        "task-handed": "/tasks/acme/calls",
        "review": f"/controls/{halt.control}/review",
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible(reader: Page, places: dict[str, str], name: str) -> None:
    reader.goto(places[name])
    reader.wait_for_selector('body[data-link="live"]')
    expect(reader.locator(".bone")).to_have_count(0)
    assert looked_at(reader, name) == {}


def test_the_last_look_before_a_decision_is_accessible(reader: Page, places: dict[str, str]) -> None:
    reader.goto("/inbox?agent=payer")
    reader.wait_for_selector('body[data-link="live"]')
    reader.locator('[data-key="d"]').first.click()
    reader.wait_for_selector("#dialog[open] textarea")
    assert looked_at(reader, "dialog") == {}


def test_the_second_look_before_a_halt_is_accessible(reader: Page, places: dict[str, str]) -> None:
    reader.goto("/controls")
    reader.wait_for_selector('body[data-link="live"]')
    reader.locator("select[name=what]").select_option("agent")
    reader.get_by_label("Which").fill("payer")
    reader.locator(".halt-card").get_by_label("Reason").fill("only to look")
    reader.locator(".halt-card .halt-button").click()
    reader.wait_for_selector('[data-page="confirm-halt"]')
    assert looked_at(reader, "confirm-halt") == {}


def looked_at(page: Page, name: str) -> dict[str, list[str]]:
    """What axe-core finds on a page in each size and theme; pictures of each are kept to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    page.add_script_tag(path=AXE)
    found = {}
    for size, theme in itertools.product(SIZES, THEMES):
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=PICTURES / f"{name}-{size}-{theme}.png")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if problems := broken(page) + ([f"{wide} px too wide"] if wide > 0 else []):
            found[f"{size} {theme}"] = problems
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_the_door_is_accessible(world: World, browser: Browser, theme: Literal["light", "dark"]) -> None:
    PICTURES.mkdir(exist_ok=True)
    context = browser.new_context(base_url=world.console_url, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.goto("/sign-in")
    page.screenshot(path=PICTURES / f"sign-in-{theme}.png")
    assert broken(page) == []
    context.close()


def broken(page: Page) -> list[str]:
    """The rules of axe-core that the page breaks, each with the first place."""
    page.add_script_tag(path=AXE)
    result = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in result["violations"]
    ]

"""Every page, in light and dark, on a desk and on a phone: accessible by axe-core, and pictured to be looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_world import World
from playwright.sync_api import Page

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe-core-4.14.1" / "axe.min.js"
PICTURES = HERE / "screenshots"
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def places(world: World) -> dict[str, str]:
    """All pages, with something on them."""
    said = {"reasoning": "The invoice was checked and is due.", "assumptions": ["The account is the supplier's"]}
    payments = [{"to": f"account-{n}", "amount": 10 * n} for n in range(1, 6)]
    calls = [
        {"tool": "money.send", "arguments": arguments, "confidence": 0.95, "task": "pay-day"} | said
        for arguments in payments
    ]
    waiting = world.submit(*calls, agent="payer")
    unsure = {"tool": "note.write", "arguments": {"text": "Call back on Monday"}, "confidence": 0.3, "task": "calls"}
    sure = {"tool": "note.write", "arguments": {"text": "Called back"}, "confidence": 0.97, "task": "calls"}
    done, _ = world.submit(sure, unsure, agent="clerk")
    world.outcome(done)
    case = world.case_of(waiting[0])
    return {
        "inbox": "/inbox",
        "inbox-empty": "/inbox?agent=nobody",
        "case": f"/cases/{case}",
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible(world: World, enter: Enter, places: dict[str, str], size: str, theme: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page = enter("ada", viewport=SIZES[size], color_scheme=theme, bypass_csp=True)
    violations = {}
    for name, path in places.items():
        page.goto(path)
        page.wait_for_selector('body[data-link="live"]')
        page.screenshot(path=PICTURES / f"{name}-{size}-{theme}.png")
        violations[name] = broken(page)
    page.goto("/inbox")
    page.locator('[data-key="d"]').first.click()
    page.wait_for_selector("#dialog[open] textarea")
    page.screenshot(path=PICTURES / f"dialog-{size}-{theme}.png")
    violations["dialog"] = broken(page)
    assert {name: found for name, found in violations.items() if found} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_door_is_accessible(world: World, browser: Any, theme: str) -> None:
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

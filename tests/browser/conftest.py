"""Fixtures of the browser tests: one stack and console per module, one Chromium per session."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))  # The stack under test imports its tools from here.

from console_world import PASSWORD, World, running_world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT_MS = 15_000

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack and its console, shared by the tests of a module."""
    with running_world(tmp_path_factory.mktemp("console")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if CHROMIUM is None:
        pytest.fail("no chromium found; install it with: sh tests/browser/install.sh")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield started
        started.close()


@pytest.fixture
def enter(world: World, browser: Browser) -> Iterator[Enter]:
    """Sign somebody in, in a browser profile of their own; further arguments go to the profile."""
    profiles: list[BrowserContext] = []

    def sign_in(name: str, path: str = "/inbox", **profile: object) -> Page:
        context = browser.new_context(base_url=world.console_url, **profile)  # type: ignore[arg-type]
        profiles.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(f"/sign-in?next={path}")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector('body[data-link="live"]')
        return page

    yield sign_in
    for context in profiles:
        context.close()

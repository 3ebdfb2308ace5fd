"""Fixtures of the browser tests: one stack and console for all of them, one Chromium per module."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # The stack under test imports its tools from here.

from console_world import PASSWORD, World, running_world  # noqa: E402 - found through the line above

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT_MS = 20_000

Enter = Callable[..., Page]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run last, in whatever order among themselves: their stack starts once and ends with the run."""
    items.sort(key=lambda item: item.path.parent == HERE)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack and its console, shared by all browser tests: each works with agents of its own."""
    with running_world(tmp_path_factory.mktemp("console")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if CHROMIUM is None:
        pytest.fail("no chromium found; install it with: sh tests/browser/install.sh")
    expect.set_options(timeout=WAIT_MS)  # playwright's own 5 s are too few while everything shares two cores
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield started
        started.close()


@pytest.fixture
def enter(world: World, browser: Browser) -> Iterator[Enter]:
    """Sign somebody in, in a browser profile of their own; further arguments go to the profile."""
    with ExitStack() as profiles:
        yield partial(signed_in, profiles, browser, world.console_url)


@pytest.fixture(scope="module")
def reader(world: World, browser: Browser) -> Iterator[Page]:
    """An administrator who looks at one page after the other. Colours change at once: nothing is seen half-way."""
    with ExitStack() as profiles:
        yield signed_in(profiles, browser, world.console_url, "ada", bypass_csp=True, reduced_motion="reduce")


def signed_in(
    profiles: ExitStack, browser: Browser, url: str, name: str, path: str = "/inbox", **profile: object
) -> Page:
    """A page at ``path`` with the live link up."""
    context = browser.new_context(base_url=url, **profile)  # type: ignore[arg-type]
    profiles.callback(context.close)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector('body[data-link="live"]')
    return page

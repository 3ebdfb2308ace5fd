"""The console's inbox while it is full: what a browser waits for, the way over HTTP, the bus and approval included."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from groundstop.clock import Clock
from groundstop_console.adapters.accounts import Accounts
from groundstop_console.domain.people import Person, Role
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import Bus

PASSWORD = "a sentence for the bench alone"
READY_S = 60.0
PAGES = 20
Timed = Callable[[Clock, list[Callable[[], Awaitable[Any]]]], Awaitable[list[float]]]


async def inbox_pages(bus: Bus, folder: Path, clock: Clock, timed: Timed) -> list[float]:
    """Milliseconds of the inbox's first page, signed in as an administrator."""
    accounts, port = Accounts(folder, clock), free_port()
    accounts.put(Person(name="ada", role=Role.ADMIN, password=accounts.hashed(PASSWORD)))
    env = {
        **os.environ,  # noqa: TID251 - a child inherits the environment
        "GROUNDSTOP_NATS_URL": bus.url,
        "GROUNDSTOP_DATA": str(folder),
        "GROUNDSTOP_CLICKHOUSE_DSN": "http://127.0.0.1:9/none",
        "GROUNDSTOP_CONSOLE_PORT": str(port),
        "GROUNDSTOP_LOG_LEVEL": "warning",
    }
    process = _start(env)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as browser:
            await _ready(browser, clock)
            token = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/sign-in")).text)
            assert token is not None, "the console has no sign-in form"
            await browser.post("/sign-in", data={"csrf": token[1], "name": "ada", "password": PASSWORD})
            page = await browser.get("/inbox")
            assert page.status_code == 200 and "data-case=" in page.text, "the inbox shows no case"
            return await timed(clock, [lambda: browser.get("/inbox")] * PAGES)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


def _start(env: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "groundstop_console"], env=env)


async def _ready(browser: httpx.AsyncClient, clock: Clock) -> None:
    deadline = clock.monotonic() + READY_S
    while clock.monotonic() < deadline:
        try:
            if (await browser.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await clock.sleep(0.1)
    raise TimeoutError(f"the console was not ready in {READY_S:g} s")

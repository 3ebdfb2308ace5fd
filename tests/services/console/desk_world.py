"""What the console's tests over HTTP share: cases in the log, browsers without a browser."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nats
from console_world import PASSWORD
from groundstop.bootstrap import bootstrap
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.log import Log
from groundstop.testing import a_classification
from groundstop.vocabulary import Risk, Route
from groundstop_embedded.testing import Bus

SCRIPT = "<script>window.owned=1</script><img src=x onerror=alert(1)>"


@dataclass(frozen=True, slots=True)
class DeskWorld:
    """``cases`` and ``grants`` by tenant; ``control`` names a halt; ``data`` is the console's folder."""

    url: str
    cases: dict[str, str]
    data: Path
    grants: dict[str, str] = field(default_factory=dict)
    control: str = "none"

    def browser(self, name: str | None = None, address: str = "127.0.0.1") -> httpx.Client:
        """A browser at ``address`` that keeps cookies and follows nothing by itself; signed in when a name is given."""
        browser = httpx.Client(base_url=self.url, timeout=60, transport=httpx.HTTPTransport(local_address=address))
        if name is not None:
            token = form_token(browser.get("/sign-in").text)
            answer = browser.post("/sign-in", data={"csrf": token, "name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return browser


def form_token(page: str) -> str:
    """The token in a page's first form."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def digest_in(page: str) -> str:
    """The digest that a case page shows."""
    found = re.search(r'name="digest" value="([^"]+)"', page)
    assert found, page
    return found[1]


def put_cases(loop: asyncio.AbstractEventLoop, bus: Bus) -> dict[str, str]:
    """One held intent for each tenant, as the classifier would hold it; approval makes cases of them."""

    async def put() -> dict[str, str]:
        await bus.ready()
        await bootstrap(bus.settings)
        nc = await nats.connect(bus.url)
        log, clock = Log(nc, Clock()), Clock()
        await log.start()
        cases = {}
        for tenant in ("acme", "globex"):
            fields: dict[str, Any] = {"tenant": tenant, "tool": "money.send", "confidence": 0.2, "reasoning": SCRIPT}
            fields |= {"arguments": {"memo": SCRIPT, "password": "hunter2hunter2"}, "assumptions": [SCRIPT]}
            held = a_classification(clock(), risk=Risk.DANGEROUS, route=Route.ESCALATE, **fields)
            await log.publish_once(held)
            cases[tenant] = f"{held.intent}-approval"
        await log.stop()
        await nc.close()
        return cases

    return asyncio.run_coroutine_threadsafe(put(), loop).result(30)


def put_more(loop: asyncio.AbstractEventLoop, bus: Bus) -> tuple[dict[str, str], str]:
    """One grant for each tenant, and one halt that was lifted again; returns the grants by tenant and the control."""

    async def put() -> tuple[dict[str, str], str]:
        async with Client.open(agent="olga", settings=bus.settings) as olga:
            clock, deadline = Clock(), Clock().monotonic() + 60
            grants = {}
            for tenant in ("acme", "globex"):
                terms = {"tenant": tenant, "note": SCRIPT, "condition": 'intent.arguments.to == "<script>"'}
                while tenant not in grants:
                    with suppress(RequestFailed):  # approval may still be starting
                        grants[tenant] = (await olga.grant("helper", "email.send", **terms))["grant"]
                    assert clock.monotonic() < deadline, "approval did not start"
                    await clock.sleep(0.05)
            report = await olga.halt("agent=nobody", SCRIPT, wait_s=0.1)
            await olga.resume(report.control, SCRIPT)
            return grants, report.control

    return asyncio.run_coroutine_threadsafe(put(), loop).result(90)

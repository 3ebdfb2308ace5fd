"""Approval and the console are killed at random while people decide in their browsers: every decision is made once, and
everybody sees the true one."""

import asyncio
import random  # noqa: TID251 - seeded, and the seed is in every failure
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from approval_support import Service, hold
from console_world import PASSWORD, end, make_people, start_console, wait_until_ready
from desk_world import digest_in, form_token
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import CaseDecided, IntentAdmitted
from groundstop.log import Log
from groundstop.testing import eventually
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import Bus

SEED = 20261123
NAMES = ("ada", "bert", "cleo")
DECIDED = re.compile(r'class="verdict-(\w+)">[^<]*</strong> by (\w+)')
AT_ONCE = 10


@dataclass
class Office:
    """The two processes, and the browsers of people who are signed in; their sessions outlive the console."""

    bus: Bus
    approval: Service
    folder: Path
    port: int = field(default_factory=free_port)
    browsers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def start_console(self) -> None:
        self.console = start_console(self.folder, self.bus.url, "http://nobody@127.0.0.1:1/default", self.port)

    async def open(self) -> None:
        make_people(self.folder)
        self.start_console()
        await self.approval.up()
        await asyncio.to_thread(wait_until_ready, f"http://127.0.0.1:{self.port}")
        for name in NAMES:
            browser = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
            form = {"csrf": form_token((await browser.get("/sign-in")).text), "name": name, "password": PASSWORD}
            assert (await browser.post("/sign-in", data=form)).status_code == 303
            self.browsers[name] = browser

    async def close(self) -> None:
        for browser in self.browsers.values():
            await browser.aclose()
        end(self.console)
        self.approval.kill()

    def kill_approval(self) -> None:
        self.approval.kill()
        self.approval.start()

    def kill_console(self) -> None:
        self.console.kill()
        self.console.wait()
        self.start_console()


@pytest.fixture
async def office(bus: Bus, tmp_path: Path) -> AsyncIterator[Office]:
    folder = tmp_path / "data"
    opened = Office(bus, Service(bus, folder), folder)
    await opened.open()
    yield opened
    await opened.close()


async def decide(browser: httpx.AsyncClient, case: str, verdict: str, clock: Clock) -> tuple[str, str]:
    """Look, decide, and look again until the page says how it was decided: verdict and by whom."""
    while True:
        try:
            page = (await browser.get(f"/cases/{case}")).text
            if found := DECIDED.search(page):
                return found[1], found[2]
            if 'name="digest"' in page:
                form = {"csrf": form_token(page), "digest": digest_in(page), "verdict": verdict, "note": "seen"}
                await browser.post(f"/cases/{case}/decide", data=form, headers={"hx-request": "true"})
        except httpx.TransportError:
            pass  # killed while answering: whether it was decided is what the next look says
        await clock.sleep(0.1)


async def decide_through_kills(log: Log, office: Office, cases: int, kills: int) -> None:
    chance, clock = random.Random(SEED), Clock()
    seen: dict[str, list[tuple[str, str]]] = {}
    killed = asyncio.Event()

    async def killer() -> None:
        for number in range(kills):
            await clock.sleep(chance.uniform(0.3, 1.5))
            await asyncio.to_thread(office.kill_console if number % 2 else office.kill_approval)
        killed.set()

    async def both(held: IntentAdmitted) -> None:
        case = f"{held.intent}-approval"
        pair = [(name, chance.choice(("approved", "denied"))) for name in chance.sample(NAMES, 2)]
        work = (decide(office.browsers[name], case, verdict, clock) for name, verdict in pair)
        seen[held.intent] = list(await asyncio.gather(*work))

    killing = asyncio.create_task(killer())
    held: list[IntentAdmitted] = []
    while len(held) < cases or not killed.is_set():
        some = [await hold(log) for _ in range(AT_ONCE)]
        held += some
        await asyncio.gather(*(both(one) for one in some))
    await killing
    for one in held:
        await judged_by_the_log(log, one, seen[one.intent])


async def judged_by_the_log(log: Log, held: IntentAdmitted, seen: list[tuple[str, str]]) -> None:
    who = (held.tenant, held.agent, held.intent)
    facts = await log.newest([subjects.any_detail("case.decided", *who)])
    decisions = [CaseDecided.model_validate_json(stored.payload) for stored in facts]
    assert len(decisions) == 1, (SEED, held.intent)
    assert set(seen) == {(decisions[0].verdict.value, decisions[0].by)}, (SEED, held.intent)
    end_of = {"approved": ("intent.cleared", "outcome"), "denied": ("outcome", "intent.cleared")}
    follows, other = end_of[decisions[0].verdict]
    await eventually(lambda: log.last(subjects.any_detail(follows, *who)), f"{follows} of {held.intent}", within_s=60)
    assert await log.last(subjects.any_detail(other, *who)) is None, (SEED, held.intent)


@pytest.mark.timeout(600)
async def test_every_decision_is_made_once_and_seen_by_everybody(log: Log, office: Office) -> None:
    await decide_through_kills(log, office, cases=60, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_every_decision_of_500_is_made_once_and_seen_by_everybody(log: Log, office: Office) -> None:
    await decide_through_kills(log, office, cases=500, kills=24)

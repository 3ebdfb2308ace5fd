"""A stack on which two tenants have done everything there is to do; every text of the hidden one carries MARK."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats
from console_world import PASSWORD, World, running_world
from desk_world import form_token
from groundstop import subjects
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.events import Control, Halt
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import signer_from
from groundstop.ids import new_id
from groundstop.log import Log
from groundstop_console.adapters.accounts import Accounts
from groundstop_console.domain.people import Person, Role

MARK = "zzhidden"
HIDDEN, OWN, EMPTY = f"{MARK}-co", "acme", ()
SEEN_S = 30.0
POLICY = f"""
name: two-tenants
limits:
- {{name: {MARK}-limit, match: {{tenants: [{HIDDEN}]}}, count: 100000, burst: 100000}}
rules:
- {{id: {MARK}-rule, match: {{tenants: [{HIDDEN}]}}, risk: risky, because: {MARK} says so}}
- {{id: {MARK}-condition, when: 'intent.tenant == "{HIDDEN}" && intent.agent == "{MARK}-agent"', risk: risky}}
- {{id: everybody, match: {{tools: [mail.send]}}, risk: risky, because: mails are read}}
"""
SEEING = {"own": (OWN,), "none": EMPTY, "all": ("*",)}


@dataclass(frozen=True, slots=True)
class TenantWorld:
    """``hidden`` and ``own`` name what each tenant has; ``browsers`` by role and by what they see."""

    world: World
    hidden: dict[str, str]
    own: dict[str, str]
    browsers: dict[tuple[Role, str], httpx.Client]
    tokens: dict[tuple[Role, str], str]


def name_of(role: Role, seeing: str) -> str:
    return f"{MARK}-{role}" if seeing == "all" else f"{role}-{seeing}"


@contextmanager
def tenant_world(data: Path) -> Iterator[TenantWorld]:
    """The stack, its tenants and everybody signed in."""
    accounts = Accounts(data, Clock())
    hashed = accounts.hashed(PASSWORD)
    for role in Role:
        for seeing, tenants in SEEING.items():
            accounts.put(Person(name=name_of(role, seeing), role=role, tenants=tenants, password=hashed))
    with running_world(data) as world:
        world.ask(lambda owner: owner.publish_policy(POLICY, f"{MARK} asked for it"))
        hidden, own = (world.run(everything(world, tenant), 120) for tenant in (HIDDEN, OWN))
        browsers = {(role, seeing): signed_in(world, name_of(role, seeing)) for role in Role for seeing in SEEING}
        tokens = {key: form_token(browser.get("/inbox").text) for key, browser in browsers.items()}
        try:
            yield TenantWorld(world, hidden, own, browsers, tokens)
        finally:
            for browser in browsers.values():
                browser.close()


def signed_in(world: World, name: str) -> httpx.Client:
    browser = httpx.Client(base_url=world.console_url, timeout=20)
    form = {"csrf": form_token(browser.get("/sign-in").text), "name": name, "password": PASSWORD}
    answer = browser.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text
    return browser


async def everything(world: World, tenant: str) -> dict[str, str]:
    """One of each thing that a tenant can have. Texts of the hidden tenant carry MARK, others do not."""
    text = MARK if tenant == HIDDEN else "plain"
    agent, task, handed = f"{text}-agent", f"{text}-task", f"{text}-handed"
    call: dict[str, Any] = {"confidence": 0.9, "task": task, "user": f"{text}-user", "reasoning": f"{text} reasons"}
    pay = call | {"tool": "money.send", "arguments": {"to": f"{text}-account", "amount": 5, "memo": text}}
    pay["assumptions"] = [f"{text} assumed"]
    async with Client.open(tenant=tenant, agent=agent, settings=world.settings) as client:
        tickets = [await client.submit(**pay) for _ in range(4)]
        put = await client.submit(**call | {"tool": "box.put", "arguments": {"item": f"{text}-item"}})
        note = await client.submit(**call | {"tool": "note.write", "arguments": {"text": text}, "task": handed})
        slow = await client.submit(**call | {"tool": "work.slow", "arguments": {"seconds": 600}})
        await asyncio.gather(put.outcome(SEEN_S), note.outcome(SEEN_S))
    async with Client.open(tenant=tenant, agent=f"{text}-ann", settings=world.settings) as ann:
        cases = [f"{ticket.intent}-approval" for ticket in tickets]
        await eventually(lambda: ann.decide(cases[1], "denied", f"{text} said no"))
        await eventually(lambda: ann.approve(cases[2], f"{text} said yes"))
        await eventually(lambda: ann.case(cases[3]))
        grant = await ann.grant(agent, "mail.send", tenant=tenant, note=f"{text} trusts", condition=f'"{text}" != ""')
        asked = await ann.handoff(handed, f"{text} wants a person", agent=agent)
        await ann.feedback(put.intent, "up", f"{text} liked it")
        await ann.record_cost(put.intent, cost=1.5, source=text)
    control = await halted(world, text)
    return {
        "case": cases[0], "intent": tickets[0].intent, "tenant": tenant, "task": task, "grant": grant["grant"],
        "control": control, "name": name_of(Role.ADMIN, "all"), "handed": handed, "slow": slow.intent,
        "put": put.intent, "handoff": asked["case"],
    }  # fmt: skip


async def halted(world: World, text: str) -> str:
    """A halt that was lifted and one in force, as a service stores them; returns the one in force."""
    async with as_service(world, "approval") as log:
        newest = await log.last_fact(Control, subjects.control(0))
        kept, clock = newest.halts if newest else (), Clock()
        names = {"by": f"{text}-ann", "at": clock()}
        halt = Halt(control=new_id(), scope=f"tenant={text}-void", reason=f"{text} is closed", **names)
        lifted = Halt(control=new_id(), scope=f"agent={text}-nobody", reason=f"{text} was loud", **names)
        for action, one, halts in (
            ("halt", lifted, (*kept, lifted)), ("resume", lifted, kept), ("halt", halt, (*kept, halt)),
        ):  # fmt: skip
            said = Control(
                id=new_id(), at=clock(), actor=f"{text}-ann", control=one.control, action=action, scope=one.scope,
                reason=one.reason, by=f"{text}-ann", halts=halts,
            )  # fmt: skip
            await log.publish_checked(said, {})
    return halt.control


@asynccontextmanager
async def as_service(world: World, name: str) -> AsyncIterator[Log]:
    """The log with the identity of one of the stack's own services."""
    settings = world.stack.plan.settings_as(name)
    nc = await nats.connect(**connection_options(settings))
    log = Log(nc, Clock(), signer=signer_from(settings))
    await log.start()
    try:
        yield log
    finally:
        await log.stop()
        await nc.close()


async def eventually(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The answer, once approval knows the case."""
    clock = Clock()
    deadline = clock.monotonic() + SEEN_S
    while True:
        try:
            return await ask()
        except RequestFailed:
            if clock.monotonic() > deadline:
                raise
            await clock.sleep(0.05)

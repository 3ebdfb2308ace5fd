"""A stolen agent's seed: thousands of hostile messages, no effect, nothing heard, every one counted."""

import re
from collections import Counter

import nats
import pytest
from groundstop.client import Client
from groundstop.events import IntentSubmitted
from groundstop.identity.connecting import connection_options
from groundstop.log.denials import settled
from groundstop.settings import Settings
from groundstop.testing import eventually
from groundstop.vocabulary import Reason, Status
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

from tests.security.attacks import AGENT, OWN, TENANT, Booty, volley
from tests.security.conftest import Castle
from tests.security.families import subscribed
from tests.security.forging import classified, held
from tests.security.matching import may

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 60.0
LINE = re.compile(r"permissions violation for publish")
FORBIDDEN = re.compile(r'permissions violation for (?:publish|subscription) to "([^"]*)"')


class Thief:
    """A bare connection with the stolen seed: no SDK in the way. Everything that it hears is kept."""

    def __init__(self) -> None:
        self.refused = 0
        self.heard: list[Msg] = []
        self.nc: Connection

    async def break_in(self, settings: Settings) -> None:
        options = connection_options(settings)
        self.nc = await nats.connect(**options, error_cb=self._on_error, skip_subject_validation=True)

    async def _on_error(self, error: Exception) -> None:
        self.refused += bool(FORBIDDEN.search(str(error)))

    async def _hear(self, message: Msg) -> None:
        self.heard.append(message)

    async def listen(self) -> int:
        """Try to hear everything that there is; how many ears were refused."""
        before = self.refused
        for subject in subscribed():
            await self.nc.subscribe(subject, cb=self._hear)
        await settled(self.nc)
        return self.refused - before


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_stolen_agent_achieves_nothing(castle: Castle, count: int) -> None:
    """Forged clearances, decisions, controls, other tenants' intents, replays, swapped arguments, what is too large,
    tricks with subjects, commands in others' names, JetStream's own API."""
    name = f"{AGENT}-{count}"
    settings = await castle.issue(name, "agent", tenant=TENANT, agent=AGENT)
    user = castle.stack.plan.keys.find(name).user()  # type: ignore[union-attr]
    async with Client.open(tenant=TENANT, agent=AGENT, settings=settings) as agent:
        ticket = await agent.submit("notes.add", {"text": f"mine {count}"}, confidence=0.99)
        assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
        opened = await held(agent, castle.owner)
    booty = await _booty(castle, opened.intent, ticket.intent)
    thief, effects = Thief(), castle.effects()
    await thief.break_in(settings)
    ears = await thief.listen()
    refusals_expected = sum(not may(user, "subscribe", subject) for subject in subscribed())
    assert ears == refusals_expected

    sent: Counter[str] = Counter()
    allowed: list[str] = []
    for attack, (subject, payload) in volley(booty, count, seed=count):
        await thief.nc.publish(subject, payload)
        sent[attack] += 1
        if may(user, "publish", subject):
            allowed.append(subject)
    rival = await castle.owner.submit("notes.add", {"text": f"rival {count}"}, confidence=0.99)
    await settled(thief.nc, 60)
    assert sum(sent.values()) == count

    assert thief.refused - ears == count - len(allowed), "each forbidden message is counted by the server"
    await _all_dealt_with(castle, allowed)
    assert (await rival.outcome(WITHIN_S)).status is Status.SUCCEEDED
    assert castle.effects() == [*effects, f"note rival {count}"], "an attack had an effect"
    own = f"gs.outcome.{TENANT}.{AGENT}."
    assert not [message.subject for message in thief.heard if not message.subject.startswith(own)], "it heard others"
    await thief.nc.close()


async def _booty(castle: Castle, waiting: str, ran: str) -> Booty:
    from groundstop.events import CaseOpened

    opened = await castle.log.last_fact(CaseOpened, f"gs.case.opened.*.*.{waiting}.*")
    stored = await castle.log.last(f"gs.intent.submitted.{TENANT}.{AGENT}.{ran}")
    assert opened is not None and stored is not None
    IntentSubmitted.model_validate_json(stored.payload)
    return Booty(opened, await classified(castle.owner, waiting), stored.payload, stored.subject)


async def _all_dealt_with(castle: Castle, allowed: list[str]) -> None:
    """Whatever the server let pass has become a fact: one end, or one dead message, of its own or of many."""
    intents = {subject.split(".")[9] for subject in allowed if subject.startswith(f"{OWN}intent.submitted.")}

    async def counted() -> bool:
        ended = {fact.get("intent") for fact in await castle.facts(f"gs.outcome.{TENANT}.{AGENT}.>")}
        held_up = {fact.get("intent") for fact in await castle.facts(f"gs.case.opened.{TENANT}.{AGENT}.>")}
        dead = {
            fact.original_subject.split(".")[5]
            for facts in (await castle.dead()).values()
            for fact in facts
            if fact.original_subject.startswith(f"gs.intent.submitted.{TENANT}.{AGENT}.")
        }
        dropped = sum(fact.count for fact in (await castle.dead()).get(Reason.RATE_LIMITED.value, ()) if fact.count > 1)
        return len(intents - (ended | dead | held_up)) <= dropped

    await eventually(counted, f"{len(intents)} intents to be dealt with", WITHIN_S)

"""Every subscriber, given what it does not expect: nobody dies, everything that was said is answered or put away."""

import random  # noqa: TID251 - the seed is a parameter of the test
from collections.abc import Iterator

import nats
import pytest
from groundstop import subjects
from groundstop.addresses import kinds
from groundstop.asyncapi import COMMANDS
from groundstop.bus.delivery import DURABLES
from groundstop.callers import Caller, command, intake
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.intake_rules import SAID_KINDS
from groundstop.log.lookup import api
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from nats.aio.client import Client as Connection

from tests.security.conftest import Castle
from tests.security.matching import may
from tests.security.mutating import mutated

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 60.0
CORE = ("gs.alive.ex-9", "gs.executor.halted.c.ex-9", "gs.tool.none.run")
ASKED = ("health.classifier", "health.executor", "health.approval", "health.audit", "tool.preview", "writer.x")
"""Requests between services, beside the commands."""
WRITERS = ("rate-limiter", "approval", "classifier", "executor", "audit", "owner", "guard")
OWNER = Caller("owner", "~", "keeper")
SPARED = ("gs.control.", "gs.policy.", "gs.keys.")
"""Kinds of which the newest is the state would halt the rest: test_fuzz_ears gives nonsense of these alone."""


async def _valid(castle: Castle) -> dict[str, tuple[str, bytes]]:
    """One stored message of each kind that there is: by kind, its subject and payload."""
    found = {}
    known = {kind.name for kind in kinds()}
    async for stored in castle.log.until_now():
        parts = stored.subject.split(".")
        kind = next((name for name in (".".join(parts[1:3]), parts[1]) if name in known), "")
        if kind and not stored.subject.startswith(SPARED):
            found[kind] = (stored.subject, stored.payload)
    return found


def _messages(valid: dict[str, tuple[str, bytes]], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(seed)
    commands = [command(OWNER, verb) for verb in (*COMMANDS, *ASKED)]
    for _ in range(count):
        subject, payload = chance.choice(list(valid.values()))
        match chance.randrange(4):
            case 0:
                yield chance.choice(commands), mutated(chance.choice((payload, b'{"case": "x"}')), chance)
            case 1:
                yield chance.choice(CORE), mutated(b'{"executor": "ex-9", "lane": 1}', chance)
            case _:
                there = _elsewhere(subject, chance)
                said = there.startswith(tuple(f"gs.{kind}." for kind in SAID_KINDS))
                yield intake(OWNER, there) if said else there, mutated(payload, chance)


def _elsewhere(subject: str, chance: random.Random) -> str:
    """The subject of another intent of the same kind: what is fuzzed must not stand in the place of the genuine."""
    try:
        address = subjects.parse(subject)
    except Exception:
        return subject
    fresh = f"fuzz-{chance.randrange(10**9)}"
    return subjects.subject(address.kind, "fuzzed", address.agent, fresh, *address.detail)


@pytest.mark.parametrize("count", [1_500, pytest.param(120_000, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
async def test_nobody_dies_of_what_they_are_told(castle: Castle, count: int) -> None:
    """Random bytes and mutated messages on every subject that anybody reads; then everything still works."""
    ticket = await castle.owner.submit("notes.add", {"text": f"before fuzzing {count}"}, confidence=0.99)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    await castle.owner.submit("vault.pay", {"amount": 1, "to": "x"}, confidence=0.99)
    pids = {name: child.pid for name, child in castle.stack.children.items()}
    effects, chance = castle.effects(), Clock()
    connections = {name: await _connected(castle, name) for name in WRITERS}
    users = {name: castle.stack.plan.keys.find(name).user() for name in WRITERS}  # type: ignore[union-attr]
    sent = 0
    for subject, payload in _messages(await _valid(castle), count, seed=count):
        writer = next((name for name in WRITERS if may(users[name], "publish", subject)), None)
        if writer is not None:
            await connections[writer].publish(subject, payload)
            sent += 1
            if sent % 200 == 0:
                await connections[writer].flush()
                await chance.sleep(0.05)
    assert sent > count * 0.8
    for connection in connections.values():
        await connection.flush()

    async def settled() -> bool:
        infos = [await api(connections["owner"], f"STREAM.INFO.{subjects.STREAM}")]
        return bool(infos) and await _drained(castle)

    await eventually(settled, "every durable to be through", 4 * WITHIN_S)
    again = await castle.owner.submit("notes.add", {"text": f"after fuzzing {count}"}, confidence=0.99)
    assert (await again.outcome(WITHIN_S)).status is Status.SUCCEEDED
    asked = await castle.owner.submit("vault.pay", {"amount": 2, "to": "fuzz"}, confidence=0.99)
    await eventually(lambda: _in_the_inbox(castle, asked.intent), "a case in the inbox", WITHIN_S)
    assert {name: child.pid for name, child in castle.stack.children.items()} == pids, "somebody died"
    mine = [line for line in castle.effects()[len(effects) :] if "fuzz" in line]
    assert mine == [f"note after fuzzing {count}"], "nonsense had an effect"
    for connection in connections.values():
        await connection.close()


async def _in_the_inbox(castle: Castle, intent: str) -> bool:
    """Services fold what they follow; nonsense among it must not end the fold."""
    return any(case["intent"] == intent for case in await castle.owner.cases(order="newest", limit=50))


async def _drained(castle: Castle) -> bool:
    """Nothing waits in the durables any more, but what waits for a person or for a key."""
    nc = await nats.connect(**connection_options(castle.settings_as("bootstrap")))
    try:
        found = [
            await api(nc, f"CONSUMER.DURABLE.CREATE.{durable.stream}.{durable.name}", _same(durable))
            for durable in DURABLES
        ]
    finally:
        await nc.close()
    return all(info["num_pending"] == 0 and info["num_ack_pending"] == 0 for info in found)


def _same(durable: object) -> dict[str, object]:
    from groundstop.log.stream import Durable, consumer_config

    assert isinstance(durable, Durable)
    return {"stream_name": durable.stream, "config": consumer_config(durable)}


async def _connected(castle: Castle, name: str) -> Connection:
    async def quiet(_: Exception) -> None:
        """What is refused does not matter here."""

    return await nats.connect(**connection_options(castle.settings_as(name)), error_cb=quiet)

"""Those who listen beside the services' durables: workers, agents, the gateway, guards. Nonsense ends none of them."""

import asyncio
import random  # noqa: TID251 - the seed is a parameter of the tests
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import orjson
import pytest
from groundstop import subjects
from groundstop.catalogue import ToolContext
from groundstop.client.operator import Operator
from groundstop.client.worker import Worker
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.subjects import proposers_call
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_gateway.app import gateway_server
from groundstop_gateway.settings import GatewayOptions
from mcp import Client as McpClient
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

from tests.security.conftest import Castle
from tests.security.mutating import mutated

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
WITHIN_S = 60.0
COUNT = 2_000
SERVER = Path(__file__).parent.parent / "services" / "gateway" / "fixture_server.py"
REQUEST = orjson.dumps(
    {
        "call": "c-1", "tool": "remote.shout", "arguments": {"text": "old"}, "timeout_s": 1.0, "valid_s": 2.0,
        "context": {"intent": "i", "attempt": 1, "idempotency_key": "i", "tenant": "t", "agent": "a", "task": "t"},
        "sent_at": "2020-01-01T00:00:00+00:00",
    }
)  # fmt: skip
"""Complete and long past: a worker that reads it does nothing."""
MAD = (b"\xff\xfe", b"null", b'["result"]', b'{"error": 7}')
"""Fewer than break the tool: then the executor would wait before it asks again."""


@asynccontextmanager
async def connected(castle: Castle, name: str) -> AsyncIterator[Connection]:
    """A bare connection of one of the stack's identities; what it is refused does not matter here."""

    async def quiet(_: Exception) -> None:
        """Callbacks that raise, and what the server refuses."""

    nc = await nats.connect(**connection_options(castle.settings_as(name)), error_cb=quiet)
    yield nc
    await nc.close()


async def spray(nc: Connection, messages: Iterable[tuple[str, bytes]]) -> None:
    """Say all of it."""
    for number, (subject, payload) in enumerate(messages):
        await nc.publish(subject, payload)
        if number % 200 == 0:
            await nc.flush()
    await nc.flush()


async def works(castle: Castle, tool: str, **arguments: Any) -> Any:
    """The result of one more call."""
    ticket = await castle.owner.submit(tool, arguments, confidence=0.99)
    outcome = await ticket.outcome(WITHIN_S)
    assert outcome.status is Status.SUCCEEDED, outcome
    return outcome.result


async def test_a_worker_outlives_what_it_is_asked(castle: Castle) -> None:
    """Random bytes and mutated requests and cancellations; then it does a call as before."""
    done: list[str] = []

    async def shout(arguments: dict[str, Any], context: ToolContext) -> str:
        done.append(str(arguments["text"]))
        return done[-1].upper()

    await castle.issue("shouter", "worker", tool="remote.shout")
    chance = random.Random(1)
    asked = [subjects.worker("remote.shout", verb) for verb in ("run", "cancel")]
    async with connected(castle, "shouter") as nc, connected(castle, "executor") as executor:
        worker = Worker(nc, Clock(), "remote.shout", shout, settings=castle.settings_as("shouter"))
        await worker.start()
        await spray(executor, ((chance.choice(asked), mutated(REQUEST, chance)) for _ in range(COUNT)))

        async def refused() -> bool:
            return sum(worker.refused.values()) == COUNT

        await eventually(refused, "the refusal of all of it", WITHIN_S)
        assert await works(castle, "remote.shout", text="hello") == "HELLO"
    assert done == ["hello"]


async def test_an_executor_believes_nothing_that_a_worker_says_in_nonsense(castle: Castle) -> None:
    """The call may have been done: it ends unknown, and the executor goes on."""
    said = iter(MAD)
    await castle.issue("mad", "worker", tool="remote.mad")

    async def answer(message: Msg) -> None:
        await message.respond(b'{"accepted": true}')
        await message.respond(next(said))

    async with connected(castle, "mad") as nc:
        await nc.subscribe(subjects.worker("remote.mad", "run"), queue="workers", cb=answer)
        await nc.flush()
        for number in range(len(MAD)):
            ticket = await castle.owner.submit("remote.mad", {"number": number}, confidence=0.99)
            assert (await ticket.outcome(WITHIN_S)).status is Status.UNKNOWN
    await works(castle, "notes.add", text="after a mad worker")


async def test_an_agent_and_its_gateway_outlive_what_they_hear(castle: Castle, tmp_path: Path) -> None:
    """While a call waits for a person: outcomes, cases, requests and cancellations that nobody can read."""
    options = GatewayOptions.model_validate(
        {
            "servers": {"fx": {"command": sys.executable, "args": [str(SERVER), str(tmp_path)]}},
            "agent": "gated", "data": castle.stack.plan.options.data, "pins": tmp_path / "pins.json",
        }
    )  # fmt: skip
    async with gateway_server(options, Clock()) as server, McpClient(server, mode="legacy", cache=None) as client:
        calling = asyncio.ensure_future(client.call_tool("delete", {"path": "/b"}))
        case = await eventually(lambda: _case(castle, "gated"), "the case", WITHIN_S)
        who = (case["tenant"], "gated", case["intent"])
        chance = random.Random(2)
        asked = [proposers_call(*who, verb) for verb in ("run", "cancel")]
        async with connected(castle, "executor") as executor, connected(castle, "approval") as approval:
            await spray(executor, ((chance.choice(asked), mutated(REQUEST, chance)) for _ in range(COUNT)))
            heard = [subjects.subject("outcome", who[0], "gated", f"n-{n}", "succeeded") for n in range(COUNT // 10)]
            await spray(executor, ((subject, mutated(REQUEST, chance)) for subject in heard))
            opened = subjects.subject("case.opened", *who, "manual")
            await spray(approval, ((opened, mutated(REQUEST, chance)) for _ in range(COUNT // 10)))
        assert not calling.done()
        await castle.owner.approve(case["case"])
        result = await calling
        assert str(getattr(result.content[0], "text", "")) == "delete /b: done"
    assert (tmp_path / "effects").read_text().splitlines() == ["delete /b"]


async def test_what_only_the_newest_counts_of_may_be_nonsense(castle: Castle) -> None:
    """Controls, policies, keys: executors halt by themselves, nobody dies, and a control that can be read ends it."""
    pids = {name: child.pid for name, child in castle.stack.children.items()}
    chance = random.Random(3)
    newest = [subjects.control(lane) for lane in range(subjects.LANES)] + [subjects.POLICY, subjects.KEYS]
    stored = {subject: message.payload for subject in newest if (message := await castle.log.last(subject))}
    async with connected(castle, "approval") as approval, connected(castle, "bootstrap") as publisher:
        for nc, names in ((approval, newest[:-1]), (publisher, newest[-1:])):
            for _ in range(10):
                await spray(nc, ((name, mutated(stored.get(name, REQUEST), chance)) for name in names))
            await spray(nc, ((name, b"nonsense") for name in names))
    waiting = await castle.owner.submit("notes.add", {"text": "while nobody can read the controls"}, confidence=0.99)
    with pytest.raises(TimeoutError):
        await waiting.outcome(3.0)
    await Operator(castle.owner.nc, castle.log, Clock(), "olga").halt("tool=nothing", "a table that can be read", 1.0)
    await castle.take_effect()
    assert (await waiting.outcome(WITHIN_S)).status is Status.SUCCEEDED
    await works(castle, "notes.add", text="after nonsense everywhere")
    assert {name: child.pid for name, child in castle.stack.children.items()} == pids, "somebody died"


async def _case(castle: Castle, agent: str) -> dict[str, Any] | None:
    return next(iter(await castle.owner.cases(agent=agent)), None)

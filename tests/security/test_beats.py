"""What an executor says unsigned, and what else the server can be made to deliver there."""

import asyncio

import nats
import orjson
import pytest
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.ids import new_id
from groundstop.log.denials import settled
from groundstop.vocabulary import Status

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 60.0
BEAT_S = 0.05


async def test_a_halt_waits_for_no_executor_that_somebody_else_names(castle: Castle) -> None:
    """An outcome names its executor: delivered as the reply to a question, it stood for a beat, and the halt waited."""
    settings = await castle.issue("echo", "agent", tenant="acme", agent="echo")
    async with Client.open(tenant="acme", agent="echo", settings=settings) as client:
        ticket = await client.submit("notes.add", {"text": f"echo {new_id()}"}, confidence=0.99)
        assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    there = f"gs.outcome.acme.echo.{ticket.intent}.succeeded"
    stored = await castle.log.last(there)
    assert stored is not None
    named = orjson.loads(stored.payload)["executor"]
    thief = await nats.connect(**connection_options(settings))
    await thief.subscribe(f"gs.outcome.acme.echo.{ticket.intent}.>")
    await settled(thief)

    async def pretend() -> None:
        while True:
            for subject in ("gs.alive.nobody", f"gs.alive.{named}-before", "gs.executor.halted.x.nobody"):
                await thief.publish(f"$JS.API.DIRECT.GET.EVENTS.{there}", b"", reply=subject)
                await thief.publish("$JS.API.DIRECT.GET.EVENTS.gs.keys.published", b"", reply=subject)
            await Clock().sleep(BEAT_S)

    pretending = asyncio.create_task(pretend())
    report = await castle.owner.halt("agent=nobody", "drill", 5.0, drill=True)
    pretending.cancel()
    await thief.close()
    assert report.missing == []

    assert not {executor["id"] for executor in report.executors} & {"nobody", "None"}

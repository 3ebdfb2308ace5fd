"""The boundary of the log: what one outside of it does by header, reply subject, deliver subject and message id."""

from collections.abc import AsyncIterator
from typing import Any

import nats
import orjson
import pytest
import pytest_asyncio
from groundstop.callers import Caller, command, intake
from groundstop.client import Client
from groundstop.events import IntentSubmitted
from groundstop.identity.connecting import connection_options
from groundstop.ids import new_id
from groundstop.log.denials import settled
from groundstop.log.lookup import api
from groundstop.subjects import INTAKE, STREAM
from groundstop.testing import a_submission, eventually
from groundstop.vocabulary import Status
from nats.aio.client import Client as Connection

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 30.0
ME = Caller("agent", "acme", "burglar")
PAST = "@at 2020-01-01T00:00:00Z"
HEADERS: dict[str, dict[str, str]] = {
    "a schedule that writes a judgement": {
        "Nats-Schedule": PAST, "Nats-Schedule-Target": "gs.intent.classified.acme.burglar.forged.proceed",
    },
    "a schedule that writes another's outcome": {
        "Nats-Schedule": PAST, "Nats-Schedule-Target": "gs.outcome.rival.boss.forged.succeeded",
    },
    "a schedule that writes a control": {"Nats-Schedule": PAST, "Nats-Schedule-Target": "gs.control.0"},
    "a schedule that comes again": {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": "gs.policy.published"},
    "a roll-up of everything": {"Nats-Rollup": "all"},
    "a roll-up of a subject": {"Nats-Rollup": "sub"},
    "the end of another's timer": {"Nats-Scheduler": "gs.keys.published", "Nats-Schedule-Next": "purge"},
    "a life time": {"Nats-TTL": "1s"},
    "an open batch": {"Nats-Batch-Id": "b1", "Nats-Batch-Sequence": "1"},
    "a batch that ends": {"Nats-Batch-Id": "b2", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"},
    "a counter": {"Nats-Incr": "1"},
    "another stream": {"Nats-Expected-Stream": STREAM},
    "a sequence that is not the newest": {"Nats-Expected-Last-Sequence": "1"},
}  # fmt: skip
"""What the server would do for whoever may write the log; for the intake each is switched off or not true."""
REPLIES = (
    "gs.control.0", "gs.control.15", "gs.keys.published", "gs.policy.published", "gs.chain.writer",
    "gs.intent.classified.acme.burglar.forged.proceed", "gs.intent.cleared.acme.burglar.forged",
    "gs.outcome.rival.boss.forged.succeeded", "gs.timer.case.acme.burglar.forged.approval", "gs.message.dead.x.1",
    "gs.intake.agent.rival.boss.intent.submitted.rival.boss.forged", "gs.cmd.owner.~.root.case.decide",
    f"$JS.API.STREAM.DELETE.{STREAM}", f"$JS.API.STREAM.PURGE.{STREAM}", "$JS.ACK.EVENTS.executor.1.1.1.1.1",
)  # fmt: skip
"""Where the server would send an answer, or a stored message, were this the account of the log."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def burglar(castle: Castle) -> AsyncIterator[Connection]:
    """A bare connection with the stolen key of an agent."""
    nc = await _connected(castle, await castle.issue(ME.name, "agent", tenant=ME.tenant, agent=ME.name))
    yield nc
    await nc.close()


async def _connected(castle: Castle, settings: Any) -> Connection:
    async def quiet(_: Exception) -> None:
        """Refusals are what is asked for."""

    return await nats.connect(**connection_options(settings), error_cb=quiet, skip_subject_validation=True)


def _said(**fields: Any) -> tuple[str, bytes]:
    fact = a_submission(tenant=ME.tenant, agent=ME.name, tool="notes.add", **fields)
    return intake(ME, fact.subject()), fact.model_dump_json().encode()


async def _state(castle: Castle) -> dict[str, int]:
    found = (await api(castle.log.nc, f"STREAM.INFO.{STREAM}"))["state"]
    return {"first": found["first_seq"], "deleted": found.get("num_deleted", 0)}


async def _forged(castle: Castle) -> list[str]:
    return [stored.subject async for stored in castle.log.until_now() if ".forged." in f"{stored.subject}."]


@pytest.mark.parametrize("what", HEADERS)
async def test_a_header_has_no_effect(castle: Castle, burglar: Connection, what: str) -> None:
    """Refused by the intake, whatever its subject allows; the log loses nothing and gains nothing."""
    before = await _state(castle)
    subject, payload = _said()
    answer = orjson.loads((await burglar.request(subject, payload, headers=HEADERS[what], timeout=5)).data)
    assert "error" in answer, answer
    await settled(burglar)
    assert await _state(castle) == before
    assert await _forged(castle) == []


@pytest.mark.parametrize("reply", REPLIES)
async def test_a_reply_subject_reaches_nothing(castle: Castle, burglar: Connection, reply: str) -> None:
    """An acknowledgement, a stored fact and a service's answer go back to the account that they were asked from."""
    fact = a_submission(tenant=ME.tenant, agent=ME.name, tool="notes.add")
    await burglar.request(intake(ME, fact.subject()), fact.model_dump_json().encode(), timeout=5)
    halts = await castle.log.last("gs.control.0")
    keys = await castle.log.last("gs.keys.published")
    await burglar.publish(*_said(), reply=reply)
    await burglar.publish(f"$JS.API.DIRECT.GET.{STREAM}.{fact.subject()}", b"", reply=reply)
    await burglar.publish(command(ME, "case.list"), b"{}", reply=reply)
    await settled(burglar)
    await _ordinary(castle)
    assert await _forged(castle) == []
    assert (await castle.log.last("gs.control.0"), await castle.log.last("gs.keys.published")) == (halts, keys)


async def test_a_message_id_takes_nobody_s_place(castle: Castle, burglar: Connection) -> None:
    """The id that an executor's claim of an intent has, said first by somebody else."""
    intent = new_id()
    for taken in (f"{intent}:1", intent, f"claim:{intent}:1"):
        subject, payload = _said()
        await burglar.request(subject, payload, headers={"Nats-Msg-Id": taken}, timeout=5)
    ticket = await castle.owner.submit("notes.add", {"text": f"not taken {intent}"}, confidence=0.99, intent=intent)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED


async def test_what_waits_for_one_speaker_is_in_nobody_s_way(castle: Castle, burglar: Connection) -> None:
    """The same intent of another tenant has another subject in the intake, whoever says it first."""
    intent = new_id()
    subject, payload = _said(intent=intent)
    for _ in range(20):
        await burglar.publish(subject, payload)
    ticket = await castle.owner.submit("notes.add", {"text": f"mine {intent}"}, confidence=0.99, intent=intent)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED


@pytest.mark.parametrize("role", ["agent", "approver", "analyst", "operator", "console", "owner", "gateway", "worker"])
async def test_nobody_outside_makes_a_consumer(castle: Castle, role: str) -> None:
    """A consumer delivers stored messages to whatever subject its maker names: workers, other inboxes, commands."""
    name = f"{role}-maker"
    values = {"tenant": "acme", "agent": name, "tool": "remote.shout"}
    settings = castle.settings_as(role) if role in ("console", "owner") else await castle.issue(name, role, **values)
    nc = await _connected(castle, settings)
    for stream in (STREAM, INTAKE):
        before = (await api(castle.log.nc, f"STREAM.INFO.{STREAM}"))["state"]["consumer_count"]
        config = {"name": "spy", "deliver_subject": "gs.tool.remote.shout.run", "ack_policy": "none"}
        for verb in (f"CREATE.{stream}.spy", f"CREATE.{stream}", f"DURABLE.CREATE.{stream}.spy"):
            with pytest.raises((TimeoutError, nats.errors.Error)):
                wanted = orjson.dumps({"stream_name": stream, "config": config | {"durable_name": "spy"}})
                await nc.request(f"$JS.API.CONSUMER.{verb}", wanted, timeout=0.3)
        assert (await api(castle.log.nc, f"STREAM.INFO.{STREAM}"))["state"]["consumer_count"] == before
    await nc.close()


async def test_an_approver_of_one_tenant_is_told_nothing_of_another(castle: Castle) -> None:
    """Cases, tasks, grants by list and by id; and nothing is decided, handed off or summed up there."""
    settings = await castle.issue("ann-of-acme", "approver", tenant="acme")
    ticket = await castle.owner.submit("vault.pay", {"amount": 9, "to": "x"}, confidence=0.99, task="castle-task")
    case = await _case(castle, ticket.intent)
    async with Client.open(tenant="acme", agent="ann-of-acme", settings=settings) as ann:
        assert all(row["tenant"] == "acme" for row in await ann.cases(limit=1000))
        for verb, body in {
            "case.get": {"case": case}, "case.briefing": {"case": ticket.intent}, "case.alike": {"case": case},
            "case.decide": {"case": case, "verdict": "approved"}, "case.withdraw": {"case": case},
            "case.claim": {"case": case}, "case.list": {"tenant": "castle"},
            "task.summary": {"tenant": "castle", "task": "castle-task"},
            "task.handoff": {"tenant": "castle", "task": "castle-task", "reason": "x", "agent": "keeper"},
            "grant.give": {"tenant": "castle", "agent": "keeper", "tool": "notes.add", "uses": 1},
        }.items():  # fmt: skip
            answer = await _asked(ann, verb, body)
            assert answer in ("not_found", "not_allowed", "empty"), (verb, answer)


@pytest.mark.parametrize("verb", ["record.hold", "record.lift", "record.redact", "record.remove", "policy.publish"])
async def test_an_approver_changes_neither_the_record_nor_the_policy(castle: Castle, verb: str) -> None:
    settings = await castle.issue(f"ann-{verb.replace('.', '-')}", "approver", tenant="*")
    async with Client.open(agent=f"ann-{verb.replace('.', '-')}", settings=settings) as ann:
        with pytest.raises(Exception, match=r"(?i)permit|not allowed|may not"):
            await ann.request(verb, scope="tenant=acme", reason="x", upto=1, hold="h")


async def test_an_agent_asks_in_no_other_name(castle: Castle) -> None:
    """The body names another tenant and agent: the caller's own count."""
    settings = await castle.issue("asks-of-acme", "agent", tenant="acme", agent="asks-of-acme")
    ticket = await castle.owner.submit("vault.pay", {"amount": 8, "to": "x"}, confidence=0.99, task="payroll")
    case = await _case(castle, ticket.intent)
    async with Client.open(tenant="acme", agent="asks-of-acme", settings=settings) as agent:
        assert await _asked(agent, "task.summary", {"task": "payroll", "tenant": "castle"}) == "not_allowed"
        handoff = {"task": "payroll", "reason": "x", "tenant": "castle", "agent": "keeper"}
        assert await _asked(agent, "task.handoff", handoff) == "not_allowed"
        assert await _asked(agent, "task.handoff", {**handoff, "tenant": "acme"}) == "not_allowed"
        assert await _asked(agent, "case.withdraw", {"case": case}) == "not_found"
        assert await _asked(agent, "case.list", {"tenant": "castle"}) == "empty"


async def _asked(client: Client, verb: str, body: dict[str, Any]) -> str:
    """The code of the refusal, or ``empty`` for an answer that holds nothing."""
    answer = orjson.loads((await client.nc.request(command(client.caller, verb), orjson.dumps(body), timeout=10)).data)
    if problem := answer.get("error"):
        return str(problem["code"])
    return "empty" if not answer.get("cases", True) else str(answer)[:200]


async def _case(castle: Castle, intent: str) -> str:
    async def opened() -> str:
        return "".join(row["case"] for row in await castle.owner.cases(limit=1000) if row["intent"] == intent)

    return await eventually(opened, "the case", WITHIN_S)


async def _ordinary(castle: Castle) -> None:
    """An intent that went all the way: whatever was sent before it has been dealt with."""
    ticket = await castle.owner.submit("notes.add", {"text": f"behind {new_id()}"}, confidence=0.99)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    assert await castle.log.last_fact(IntentSubmitted, f"gs.intent.submitted.*.*.{ticket.intent}") is not None

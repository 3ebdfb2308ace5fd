"""Who does a call on the bus is decided by the list of keys.

A worker believes an executor's signature and no subject, an executor believes a listed worker's and no reply, and a
secret is sealed to whom it is for.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio
from groundstop import natspy, subjects
from groundstop.catalogue import ToolContext
from groundstop.client import Client
from groundstop.client.worker import Worker
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import Outcome
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.seeds import Identity, read_seed, write_seed
from groundstop.identity.signatures import Signer
from groundstop.identity.worker_messages import CANCEL, RUN, sign_answer, sign_request
from groundstop.ids import new_id
from groundstop.log.denials import settled
from groundstop.subjects import proposers_call
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

from tests.security.conftest import SECRET, Castle

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
WITHIN_S = 30.0
TENANT, AGENT = "guild", "porter"
VAULT = subjects.worker("vault.open", "run")


@asynccontextmanager
async def connected(castle: Castle, name: str) -> AsyncIterator[Connection]:
    """A bare connection of one identity; what it is refused does not matter here."""

    async def quiet(_: Exception) -> None:
        """What the server refuses."""

    nc = await natspy.connect(**connection_options(castle.settings_as(name)), error_cb=quiet)
    yield nc
    await nc.close()


class Keeper:
    """A worker of ``vault.open`` by the SDK: what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.heard: list[Msg] = []
        self.worker: Worker

    async def do(self, arguments: dict[str, Any], context: ToolContext) -> str:
        self.done.append(arguments)
        return f"opened with {arguments.get('password')}"

    async def hear(self, message: Msg) -> None:
        self.heard.append(message)

    @property
    def refused(self) -> dict[str, int]:
        return dict(self.worker.refused)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def keeper(castle: Castle) -> AsyncIterator[Keeper]:
    """Beside it a second subscription of the same identity, which hears whatever is delivered to the worker."""
    await castle.issue("vault-keeper", "worker", tool="vault.open")
    made = Keeper()
    async with connected(castle, "vault-keeper") as nc:
        await nc.subscribe(VAULT, cb=made.hear)
        settings = castle.settings_as("vault-keeper").model_copy(update={"trust_root": None})
        made.worker = Worker(nc, Clock(), "vault.open", made.do, settings=settings)
        await made.worker.start()
        yield made


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def porter(castle: Castle) -> AsyncIterator[Client]:
    """An agent that listens for its own calls and answers all of them: it did them, honestly."""
    settings = await castle.issue(AGENT, "agent", tenant=TENANT, agent=AGENT)
    async with Client.open(tenant=TENANT, agent=AGENT, settings=settings) as client:
        yield client


class Ears:
    """What an agent hears of its calls; it claims to have done each."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def answer(self, message: Msg) -> None:
        self.heard.append(message.data)
        if message.reply:
            await message.respond(b'{"accepted": true}')
            await message.respond(b'{"result": "yes, honestly"}')


@asynccontextmanager
async def listening(agent: Client) -> AsyncIterator[Ears]:
    ears = Ears()
    subscription = await agent.nc.subscribe(f"gs.call.{TENANT}.{AGENT}.*.*", cb=ears.answer)
    await settled(agent.nc)
    yield ears
    await subscription.unsubscribe()


async def outcome(agent: Client, tool: str, **arguments: Any) -> Outcome:
    ticket = await agent.submit(tool, arguments, confidence=0.99)
    return await ticket.outcome(WITHIN_S)


def password() -> dict[str, str]:
    return {"$secret": "mail"}


# who is asked


async def test_a_secret_goes_to_the_listed_worker_and_never_to_the_proposer(
    castle: Castle, keeper: Keeper, porter: Client
) -> None:
    """The agent listens, would answer, and hears nothing. On the bus the secret is sealed, afterwards it is hidden."""
    keeper.heard.clear()
    async with listening(porter) as ears:
        done = await outcome(porter, "vault.open", password=password())
    assert (done.status, done.result) == (Status.SUCCEEDED, "opened with [secret]")
    assert keeper.done[-1] == {"password": SECRET}
    assert ears.heard == []
    assert keeper.heard and not any(SECRET.encode() in message.data for message in keeper.heard)
    body = orjson.loads(keeper.heard[-1].data)
    assert body["arguments"] == {"password": password()} and list(body["sealed"]) == [_identity(castle).public]


async def test_a_secret_waits_for_somebody_to_be_listed(castle: Castle, porter: Client) -> None:
    """Nobody is: the call fails without an effect, says what to do, and its proposer is not offered it."""
    async with listening(porter) as ears:
        lost = await outcome(porter, "vault.lost", password=password())
        without = await outcome(porter, "vault.lost", password="by hand")
    assert (lost.status, without.status) == (Status.FAILED, Status.FAILED)
    assert "groundstop keys issue worker --tool vault.lost" in lost.reason
    assert "groundstop keys issue worker --tool vault.lost" in without.reason
    assert ears.heard == []


async def test_a_proposer_does_what_is_nobody_elses(porter: Client) -> None:
    """Without secrets and without a listed worker the call is its proposer's, as with every adapter."""
    async with listening(porter) as ears:
        own = await outcome(porter, "helper.own", text="mine")
    assert (own.status, own.result) == (Status.SUCCEEDED, "yes, honestly")
    assert len(ears.heard) == 1
    alone = await outcome(porter, "helper.own", text="nobody")
    assert alone.status is Status.FAILED
    assert "groundstop keys issue worker --tool helper.own" in alone.reason


async def test_a_tool_of_a_listed_worker_is_never_its_proposers(castle: Castle, porter: Client) -> None:
    """Not while the worker is away, and not when its last worker was revoked."""
    await castle.issue("whose", "worker", tool="task.whose")
    async with listening(porter) as ears:
        await _listed(castle, porter, "task.whose")
        away = await outcome(porter, "task.whose", text="away")
        keys = castle.stack.plan.keys
        assert keys is not None
        keys.revoke("whose", Clock()())
        await castle.take_effect()
        revoked = await eventually(lambda: _fails_as(porter, "task.whose", "is listed"), "the new list", WITHIN_S)
    assert away.status is Status.FAILED and revoked.status is Status.FAILED
    assert ears.heard == []


async def _fails_as(agent: Client, tool: str, why: str) -> Outcome | None:
    ended = await outcome(agent, tool, text="?")
    return ended if why in ended.reason else None


async def _listed(castle: Castle, agent: Client, tool: str) -> None:
    """Wait until the executor has heard of the newest list: calls of the tool are nobody's but its workers'."""

    async def heard() -> bool:
        return "there is no worker of" in (await outcome(agent, tool, text="?")).reason

    await eventually(heard, "the list of keys in the executor", WITHIN_S)


# what a worker believes


def _identity(castle: Castle, name: str = "vault-keeper") -> Identity:
    keys = castle.stack.plan.keys
    assert keys is not None
    return read_seed(keys.seed_file(name))


def _signer(castle: Castle, name: str = "executor") -> Signer:
    keys = castle.stack.plan.keys
    assert keys is not None
    return read_signer(keys.path / f"{name}.sign")


def _request(**fields: Any) -> dict[str, Any]:
    """A request as an executor would send it, but for ``fields``."""
    intent = new_id()
    context = {"intent": intent, "attempt": 1, "idempotency_key": intent, "tenant": TENANT, "agent": AGENT, "task": "t"}
    usual = {
        "call": new_id(), "tool": "vault.open", "arguments": {"forged": True}, "context": context, "timeout_s": 5.0,
        "valid_s": 2.0, "sent_at": Clock()().isoformat(), "to": VAULT, "executor": "executor-1",
    }  # fmt: skip
    return usual | fields


def _expired(castle: Castle) -> dict[str, Any]:
    return sign_request(RUN, _request(sent_at=(Clock()() - timedelta(seconds=3)).isoformat()), _signer(castle))


def _early(castle: Castle) -> dict[str, Any]:
    return sign_request(RUN, _request(sent_at=(Clock()() + timedelta(hours=1)).isoformat()), _signer(castle))


REQUESTS: dict[str, tuple[str, Any]] = {
    "not signed": ("unsigned", lambda _: _request()),
    "signed by a service that runs nothing": (
        "wrong_signer",
        lambda c: sign_request(RUN, _request(), _signer(c, "approval")),
    ),
    "changed after it was signed": (
        "bad_signature",
        lambda c: sign_request(RUN, _request(), _signer(c)) | {"arguments": {"forged": "more"}},
    ),
    "with a field that was not signed": (
        "bad_signature",
        lambda c: sign_request(RUN, _request(), _signer(c)) | {"sealed": {"x": "y"}},
    ),
    "a cancellation as a request": ("bad_signature", lambda c: sign_request(CANCEL, _request(), _signer(c))),
    "for another tool": (
        "not_for_us",
        lambda c: sign_request(RUN, _request(to=subjects.worker("vault.lost", "run")), _signer(c)),
    ),
    "for a proposer": (
        "not_for_us",
        lambda c: sign_request(RUN, _request(to=proposers_call(TENANT, AGENT, "i", "run")), _signer(c)),
    ),
    "too old": ("expired", _expired),
    "of the future": ("expired", _early),
    "no object": ("unreadable", lambda _: ["run"]),
}  # fmt: skip


@pytest.mark.parametrize("how", REQUESTS)
async def test_a_worker_refuses_a_request(castle: Castle, keeper: Keeper, how: str) -> None:
    """From the executor's own place on the bus: nothing runs, nobody is answered, and the refusal is counted."""
    why, build = REQUESTS[how]
    before, done = keeper.refused.get(why, 0), len(keeper.done)
    async with connected(castle, "executor") as thief:
        answers = await thief.subscribe(inbox := thief.new_inbox())
        await thief.publish(VAULT, orjson.dumps(build(castle)), reply=inbox)
        await thief.flush()
        await eventually(lambda: _true(keeper.refused.get(why, 0) == before + 1), "the refusal", WITHIN_S)
        assert answers.pending_msgs == 0
    assert len(keeper.done) == done


async def _true(value: bool) -> bool:
    return value


async def test_a_worker_does_a_request_once(castle: Castle, keeper: Keeper, porter: Client) -> None:
    """A genuine request again, from the executor's place on the bus, while it is still fresh."""
    keeper.heard.clear()
    assert (await outcome(porter, "vault.open", password=password())).status is Status.SUCCEEDED
    again, done, before = keeper.heard[-1].data, len(keeper.done), keeper.refused.get("replayed", 0)
    async with connected(castle, "executor") as thief:
        await thief.publish(VAULT, again)
        await thief.flush()
        await eventually(lambda: _true(keeper.refused.get("replayed", 0) > before), "the refusal", WITHIN_S)
    assert len(keeper.done) == done


async def test_a_cancellation_needs_a_signature_too(castle: Castle, keeper: Keeper, porter: Client) -> None:
    """Otherwise whoever can have something delivered there ends calls."""
    before = keeper.refused.get("unsigned", 0)
    async with connected(castle, "executor") as thief:
        await thief.publish(subjects.worker("vault.open", "cancel"), orjson.dumps({"call": "any"}))
        await thief.flush()
        await eventually(lambda: _true(keeper.refused.get("unsigned", 0) > before), "the refusal", WITHIN_S)


# what the server delivers to a worker's subject, for somebody who may not publish there


async def _by_direct_get(castle: Castle, nc: Connection, said: str) -> None:
    """The log answers a question with a stored message, to whatever subject the asker named."""
    await nc.publish(f"$JS.API.DIRECT.GET.EVENTS.{said}", b"", reply=VAULT)


async def _by_a_services_answer(castle: Castle, nc: Connection, said: str) -> None:
    """A service answers a command there."""
    await nc.publish(f"gs.cmd.agent.{TENANT}.{AGENT}.task.summary", b'{"task": "t"}', reply=VAULT)


async def _by_the_intakes_acknowledgement(castle: Castle, nc: Connection, said: str) -> None:
    """The server acknowledges what the intake has taken."""
    subject = f"gs.intake.agent.{TENANT}.{AGENT}.turn.user.{TENANT}.{AGENT}.{new_id()}"
    await nc.publish(subject, orjson.dumps(_request()), reply=VAULT)


async def _by_a_consumer(castle: Castle, nc: Connection, said: str) -> None:
    """A consumer delivers there. None but services may make one: this one is approval's."""
    async with connected(castle, "approval") as service:
        name = f"z{new_id()}"
        config = {"name": name, "deliver_subject": VAULT, "filter_subject": said, "ack_policy": "none",
                  "deliver_policy": "all", "mem_storage": True, "inactive_threshold": 5_000_000_000}  # fmt: skip
        create = orjson.dumps({"stream_name": "EVENTS", "config": config})
        answer = await service.request(f"$JS.API.CONSUMER.CREATE.EVENTS.{name}", create, timeout=5)
        assert b'"error"' not in answer.data, answer.data
        await Clock().sleep(0.2)  # the delivery, before its consumer goes


DELIVERIES = {
    made.__name__.removeprefix("_"): made
    for made in (_by_direct_get, _by_a_services_answer, _by_the_intakes_acknowledgement, _by_a_consumer)
}


@pytest.mark.parametrize("how", DELIVERIES)
async def test_a_stored_message_that_the_server_delivers_runs_nothing(
    castle: Castle, keeper: Keeper, porter: Client, how: str
) -> None:
    """What an agent can have stored, with a whole request in it, and what the server says by itself."""
    ticket = await porter.submit("notes.add", {"text": "x"} | {"request": _request()}, confidence=0.99)
    said = f"gs.intent.submitted.{TENANT}.{AGENT}.{ticket.intent}"
    await eventually(lambda: castle.log.last(said), "the stored message", WITHIN_S)
    done, heard, refused = len(keeper.done), len(keeper.heard), sum(keeper.refused.values())
    async with connected(castle, AGENT) as thief:
        await DELIVERIES[how](castle, thief, said)
        await settled(thief)
    await Clock().sleep(0.3)  # nothing may come: there is nothing to wait for
    assert len(keeper.done) == done
    assert len(keeper.heard) > heard or how == "by_a_consumer", "the server did deliver it"
    assert sum(keeper.refused.values()) - refused == len(keeper.heard) - heard, "whatever was delivered was refused"


# what an executor believes


async def _answering(castle: Castle, tool: str, answer: Any) -> Outcome:
    """The outcome of a call that a listed worker's connection takes, and answers by ``answer(request)``."""
    async with connected(castle, f"{tool}-worker".replace(".", "-")) as nc:

        async def on_run(message: Msg) -> None:
            for said in answer(orjson.loads(message.data)):
                await message.respond(orjson.dumps(said))

        await nc.subscribe(subjects.worker(tool, "run"), queue="workers", cb=on_run)
        await settled(nc)
        return await outcome(castle.owner, tool, text="do it")


def _forged(castle: Castle, how: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """What somebody answers who cannot sign as a listed worker of this tool for this call."""
    me, other = _identity(castle, "task-forged-worker"), _identity(castle, "task-other-worker")
    said: list[dict[str, Any]] = [{"accepted": True}, {"result": "forged"}]
    call, tool = request["call"], request["tool"]
    if how == "unsigned":
        return said
    if how == "by another tool's worker":
        return [sign_answer(one, call, tool, other) for one in said]
    if how == "in another's name":
        return [sign_answer(one, call, tool, other) | {"worker": me.public} for one in said]
    if how == "to another call":
        return [sign_answer(one, new_id(), tool, me) for one in said]
    if how == "a changed result":
        return [sign_answer({"result": "honest"}, call, tool, me) | {"result": "forged"}]
    if how == "a result beside what was signed":
        return [sign_answer(said[0], call, tool, me) | {"result": "forged"}]
    return [sign_answer(said[0], call, tool, me) | {"call": call}, *said[1:]]


FORGED = (
    "unsigned", "by another tool's worker", "in another's name", "to another call", "a changed result",
    "a result beside what was signed", "accepted by the worker, answered by another",
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def forgers(castle: Castle, porter: Client) -> None:
    for tool in ("task.forged", "task.other"):
        await castle.issue(f"{tool}-worker".replace(".", "-"), "worker", tool=tool)
        await _listed(castle, porter, tool)


@pytest.mark.parametrize("how", FORGED)
async def test_an_answer_that_no_listed_worker_has_signed_counts_for_nothing(
    castle: Castle, forgers: None, how: str
) -> None:
    """Whoever has the call may have done it: it ends unknown, and never as what was answered."""
    ended = await _answering(castle, "task.forged", lambda request: _forged(castle, how, request))
    assert ended.status is Status.UNKNOWN, ended
    assert ended.result is None and "forged" not in (ended.result or "")
    if how == "unsigned":
        assert "groundstop keys issue worker --tool task.forged" in ended.reason


async def test_a_listed_workers_signed_answer_counts(castle: Castle, forgers: None) -> None:
    """In any language: what is signed is named in docs/reference/workers.md."""
    me = _identity(castle, "task-other-worker")

    def answer(request: dict[str, Any]) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = [{"accepted": True}, {"result": {"big": 2**60, "part": 0.5}}]
        return [sign_answer(one, request["call"], request["tool"], me) for one in said]

    ended = await _answering(castle, "task.other", answer)
    assert (ended.status, ended.result) == (Status.SUCCEEDED, {"big": 2**60, "part": 0.5})


async def test_a_revoked_worker_is_believed_no_more(castle: Castle, forgers: None, porter: Client) -> None:
    """Revoked while it works: its connection is cut, and its key ends what it could still have said."""
    await castle.issue("short-lived", "worker", tool="task.other")
    taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    me, keys = _identity(castle, "short-lived"), castle.stack.plan.keys
    assert keys is not None
    async with connected(castle, "short-lived") as nc:

        async def on_run(message: Msg) -> None:
            body = orjson.loads(message.data)
            await message.respond(orjson.dumps(sign_answer({"accepted": True}, body["call"], body["tool"], me)))
            taken.set_result(None)

        await nc.subscribe(subjects.worker("task.other", "run"), queue="workers", cb=on_run)
        await settled(nc)
        calling = asyncio.create_task(outcome(castle.owner, "task.other", text="do it"))
        await asyncio.wait_for(taken, WITHIN_S)
        keys.revoke("short-lived", Clock()())
        await castle.take_effect()
        assert (await calling).status is Status.UNKNOWN
    assert "short-lived" not in {key.name for key in keys.listed(Clock()()).workers or () if key.until is None}


# seeds


async def test_a_worker_without_a_root_does_not_start(castle: Castle) -> None:
    """It could believe nobody, or anybody. An older seed file works again with GROUNDSTOP_TRUST_ROOT."""
    await castle.issue("old-seed", "worker", tool="task.other")
    keys = castle.stack.plan.keys
    assert keys is not None
    file = keys.seed_file("old-seed")
    identity = read_seed(file)
    assert identity.root == (keys.path / "root.pub").read_text().strip()
    old = Identity(identity.name, identity.role, identity.seed, identity.public, identity.tenant)
    write_seed(file, old)
    settings = castle.settings_as("old-seed")

    async def do(arguments: dict[str, Any], context: ToolContext) -> str:
        return "done"

    async with connected(castle, "old-seed") as nc:
        with pytest.raises(GroundstopError, match="GROUNDSTOP_TRUST_ROOT"):
            await Worker(
                nc, Clock(), "task.other", do, settings=settings.model_copy(update={"trust_root": None})
            ).start()
        await Worker(nc, Clock(), "task.other", do, settings=settings).start()

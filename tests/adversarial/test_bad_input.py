"""Bad input from an agent: a reason code, a stored fact, one outcome, no crash, and nobody else waits for it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio
from groundstop import subjects
from groundstop.callers import Caller, command, intake
from groundstop.client import Client
from groundstop.client.client import DuplicateIntent
from groundstop.clock import Clock
from groundstop.events import MessageDead, Outcome
from groundstop.ids import new_id
from groundstop.log.stream import state
from groundstop.vocabulary import Reason, Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chaos.world import World, running_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

SOON_S = 60.0
FAR = (datetime.now(UTC) + timedelta(days=3)).isoformat()  # noqa: TID251 - a clock that is wrong is what is tested


def nested(depth: int) -> bytes:
    """An intent whose arguments are ``depth`` lists deep."""
    return b'{"tool": "orders.get", "arguments": {"order": ' + b"[" * depth + b"]" * depth + b"}}"


def an_intent(**fields: Any) -> bytes:
    """The bytes of an intent; what its subject says anyway is left out."""
    return orjson.dumps({"tool": "orders.get", "arguments": {"order": "A-1001"}, "confidence": 0.95} | fields)


JSON = {Reason.INVALID_JSON}
FIELDS = {Reason.INVALID_FIELDS}
CANONICAL = {Reason.NOT_CANONICAL, Reason.INVALID_JSON, Reason.INVALID_FIELDS}
BAD: dict[str, tuple[bytes, set[Reason]]] = {
    "empty": (b"", JSON),
    "half an object": (b'{"tool": ', JSON),
    "not UTF-8": (b'{"tool": "\xff\xfe"}', JSON),
    "bytes of a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), JSON),
    "no object": (b"[1, 2]", FIELDS),
    "null": (b"null", FIELDS),
    "a number": (b"7", FIELDS),
    "no tool": (b"{}", FIELDS),
    "tool is a number": (an_intent(tool=7), FIELDS),
    "tool without a name": (an_intent(tool=""), FIELDS),
    "tool with an endless name": (an_intent(tool="x" * 300), FIELDS),
    "arguments are a list": (an_intent(arguments=[1]), FIELDS),
    "arguments are text": (an_intent(arguments="order=A-1001"), FIELDS),
    "confidence of 200 percent": (an_intent(confidence=2), FIELDS),
    "confidence in words": (an_intent(confidence="high"), FIELDS),
    "confidence NaN": (b'{"tool": "orders.get", "confidence": NaN}', JSON | FIELDS),
    "step before the first": (an_intent(step=-1), FIELDS),
    "step beyond counting": (an_intent(step=2**70 // 1024), FIELDS),
    "task with a wildcard": (an_intent(task="a.*"), FIELDS),
    "time in words": (an_intent(at="yesterday"), FIELDS),
    "time without a zone": (an_intent(at="2026-06-01T12:00:00"), FIELDS),
    "deadline without a zone": (an_intent(deadline="2026-06-01T12:00:00"), FIELDS),
    "clock in the future": (an_intent(at=FAR), {Reason.CLOCK_IN_FUTURE}),
    "NaN": (b'{"tool": "orders.get", "arguments": {"order": NaN}}', CANONICAL),
    "infinity": (b'{"tool": "orders.get", "arguments": {"order": Infinity}}', CANONICAL),
    "a number beyond floats": (b'{"tool": "orders.get", "arguments": {"order": 1e999}}', CANONICAL),
    "an integer of 2^60": (an_intent(arguments={"order": 2**60}), CANONICAL),
    "an integer of 400 digits": (b'{"tool": "orders.get", "arguments": {"order": ' + b"9" * 400 + b"}}", CANONICAL),
    "a lone surrogate": (b'{"tool": "orders.get", "arguments": {"order": "\\ud800"}}', CANONICAL),
    "a lone surrogate as a name": (b'{"tool": "orders.get", "arguments": {"\\udfff": 1}}', CANONICAL),
    "nested 100 deep": (nested(100), CANONICAL),
    "nested 300 deep": (nested(300), CANONICAL),
    "nested 900 deep": (nested(900), CANONICAL),
    "nested 100,000 deep": (nested(100_000), CANONICAL),
    "two megabytes": (an_intent(reasoning="x" * 2_000_000), {Reason.PAYLOAD_TOO_LARGE}),
    "reasoning of a novel": (an_intent(reasoning="x" * 30_000), FIELDS),
    "another tenant": (an_intent(tenant="globex"), {Reason.IDENTITY_MISMATCH}),
    "another agent": (an_intent(agent="root"), {Reason.IDENTITY_MISMATCH}),
    "another intent": (an_intent(intent="someone-elses"), {Reason.IDENTITY_MISMATCH}),
    "a tenant with a wildcard": (an_intent(tenant="a.*"), FIELDS),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One stack for all of it: what one message breaks, the next one shows.

    The bus is open to everybody: what the services bear must not depend on what the server keeps out (tests/security).
    """
    async with running_world(tmp_path_factory.mktemp("bad"), secure=False, GROUNDSTOP_TRIES_MAX="2") as started:
        yield started
        restarts = {name: child.restarts for name, child in started.stack.children.items() if child.restarts}
        assert restarts == {}, "a message killed a process"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(world: World) -> AsyncIterator[Client]:
    """The agent that misbehaves."""
    async with world.client("mallory") as connected:
        yield connected


async def put(client: Client, subject: str, payload: bytes) -> int:
    """Store bytes under a subject, past the SDK's own checks; their sequence.

    The intake takes nothing on a subject while it holds something there: ask again.
    """
    clock = Clock()
    deadline = clock.monotonic() + SOON_S
    while True:
        answer = orjson.loads((await client.nc.request(subject, payload, timeout=30)).data)
        if "error" not in answer:
            return int(answer["seq"])
        assert clock.monotonic() < deadline, answer
        await clock.sleep(0.05)


async def submit(client: Client, subject: str, payload: bytes) -> int:
    """Say bytes in the place of a submission, past the SDK's own checks; their sequence in the intake."""
    return await put(client, intake(client.caller, subject), payload)


async def ends(world: World, client: Client, intent: str) -> Outcome:
    """The outcome of an intent of the client."""
    found = await world.until(lambda: client.outcome_of(intent), f"the outcome of {intent}", SOON_S)
    assert isinstance(found, Outcome)
    return found


async def dead(world: World, client: Client, seq: int, within_s: float = SOON_S, service: str = "*") -> MessageDead:
    """The record that the message at ``seq`` could not be handled."""
    pattern = f"gs.message.dead.{service}.{seq}"
    found = await world.until(lambda: client.log.last_fact(MessageDead, pattern), f"a dead letter of {seq}", within_s)
    assert isinstance(found, MessageDead)
    return found


async def ordinary(world: World, client: Client) -> None:
    """Somebody else's intent, submitted now, ends well and soon."""
    ticket = await client.submit("orders.note", {"order": "A-1001", "text": "hello"}, confidence=0.95)
    assert (await ticket.outcome(SOON_S)).status is Status.SUCCEEDED


@pytest.mark.parametrize("what", BAD)
async def test_bad_input_is_refused_with_its_reason_and_delays_nobody(world: World, client: Client, what: str) -> None:
    payload, reasons = BAD[what]
    intent = new_id()
    await submit(client, subjects.subject("intent.submitted", "default", "mallory", intent), payload)
    await ordinary(world, client)
    outcome = await ends(world, client, intent)
    assert (outcome.status, outcome.reason_code in reasons, bool(outcome.reason)) == (Status.REFUSED, True, True), (
        outcome
    )
    kinds = [step.kind for step in await client.trace(intent)]
    assert kinds in (["intent.submitted", "intent.classified", "outcome"], ["intent.classified", "outcome"])


@pytest.mark.parametrize(
    "subject",
    [
        "gs.intent.submitted.a.*.mallory.i1",
        "gs.intent.submitted.a",
        "gs.intent.submitted.default.mallory.i.j",
        "gs.intent.submitted.default.mall\u00f6ry.i",
        "gs.intent.submitted.default.mallory." + "i" * 65,
        "gs.intent.submitted.de$fault.mallory.i1",
    ],
)
async def test_a_subject_with_illegal_tokens_is_recorded_as_dead(world: World, client: Client, subject: str) -> None:
    """There is no intent that could have an outcome: the subject itself is the bad input."""
    seq = await submit(client, subject, an_intent())
    letter = await dead(world, client, seq, service="door")
    assert (letter.reason_code, letter.original_subject) == (Reason.INVALID_SUBJECT, subject)
    await ordinary(world, client)


async def test_one_id_with_other_content_leaves_the_first_and_records_the_second(world: World, client: Client) -> None:
    first = await client.submit("orders.note", {"order": "A-1001", "text": "first"}, confidence=0.95)
    with pytest.raises(DuplicateIntent):
        await client.submit("orders.note", {"order": "A-1001", "text": "second"}, intent=first.intent)
    subject = subjects.subject("intent.submitted", "default", "mallory", first.intent)
    seq = await submit(client, subject, an_intent(tool="orders.note", arguments={"order": "A-1001", "text": "third"}))
    assert (await first.outcome(SOON_S)).status is Status.SUCCEEDED
    assert (await dead(world, client, seq, service="door")).reason_code is Reason.DUPLICATE_ID


async def test_one_id_with_the_same_content_is_one_intent(client: Client) -> None:
    calls = [
        client.submit("orders.note", {"order": "A-1001", "text": "once"}, confidence=0.95, intent=i)
        for i in ["x-1"] * 5
    ]
    outcomes = [await ticket.outcome(SOON_S) for ticket in await asyncio.gather(*calls)]
    assert len({outcome.id for outcome in outcomes}) == 1


async def test_the_largest_intent_goes_all_the_way(world: World, client: Client) -> None:
    """A classification carries its call twice: the limit of the door must not be met again behind it."""
    ticket = await client.submit("nobody.knows", {"much": "x" * 450_000}, confidence=0.95)

    async def asked() -> bool:
        return any(case["intent"] == ticket.intent for case in await client.cases())

    await world.until(asked, "the question to people", SOON_S)
    async with world.client("ann") as ann:
        await ann.deny(ticket.intent, "nobody knows it")
    assert (await ticket.outcome(SOON_S)).status is Status.DENIED


FORGED = [
    "gs.intent.classified.default.mallory.{}.proceed",
    "gs.intent.classified.default.mallory.{}.approve",
    "gs.intent.classified.default.mallory.{}.clarify",
    "gs.intent.classified.default.mallory.{}.refuse",
    "gs.intent.admitted.default.mallory.{}",
    "gs.intent.cleared.default.mallory.{}",
    "gs.case.decided.default.mallory.{}.approval.approved",
    "gs.case.due.default.mallory.{}.approval",
]
SERIAL = itertools.count()
SLOW = settings(
    max_examples=25, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
JUNK = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False)
        | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=10,
    ).map(orjson.dumps),
)


@SLOW
@given(batch=st.lists(JUNK, min_size=8, max_size=8))
async def test_any_bytes_on_any_services_subjects_end_as_dead_letters(
    world: World, client: Client, batch: list[bytes]
) -> None:
    """Nobody but a service may write there, once the bus has its permissions; it must survive it all the same."""
    seqs = [
        await put(client, subject.format(f"forged-{next(SERIAL)}"), junk)
        for subject, junk in zip(FORGED, batch, strict=True)
    ]
    for seq in seqs:
        assert (await dead(world, client, seq)).reason_code in {Reason.INVALID_JSON, Reason.INVALID_FIELDS}


FIELD = st.sampled_from(
    ["tenant", "agent", "intent", "task", "step", "tool", "tool_version", "arguments", "confidence", "reasoning",
     "assumptions", "user", "deadline", "id", "at", "cause", "trace", "actor", "call", "judgement", "proposal", "kind"]
)  # fmt: skip
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=30),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5), max_size=3),
    st.datetimes().map(lambda at: at.isoformat()), st.just("Infinity"), st.just("-1e999"),
)  # fmt: skip


@SLOW
@given(batch=st.lists(st.dictionaries(FIELD, VALUE, min_size=1, max_size=3), min_size=8, max_size=8))
async def test_any_field_of_an_intent_may_hold_anything(
    world: World, client: Client, batch: list[dict[str, Any]]
) -> None:
    """Every one of them ends: refused with a reason, executed, or in front of people; the record has them all."""
    intents = [f"mutant-{next(SERIAL)}" for _ in batch]
    for intent, mutation in zip(intents, batch, strict=True):
        await submit(client, subjects.subject("intent.submitted", "default", "mallory", intent), an_intent(**mutation))

    async def settled(intent: str) -> bool:
        kinds = {step.kind for step in await client.trace(intent)}
        return bool(kinds & {"outcome", "case.opened"})

    for intent, mutation in zip(intents, batch, strict=True):
        await world.until(lambda intent=intent: settled(intent), f"an end of {mutation}", SOON_S)  # type: ignore[misc]


REQUEST = st.one_of(
    JUNK,
    st.dictionaries(
        st.sampled_from(["case", "verdict", "note", "answer", "limit", "tenant"]), VALUE, min_size=1, max_size=4
    ).map(orjson.dumps),
)


@SLOW
@given(batch=st.lists(REQUEST, min_size=6, max_size=6))
async def test_any_request_gets_an_answer(client: Client, batch: list[bytes]) -> None:
    """A service that does not answer makes its caller wait for nothing."""
    for verb, junk in zip(["case.list", "case.get", "case.decide"] * 2, batch, strict=True):
        reply = await client.nc.request(command(Caller("owner", "~", "mallory"), verb), junk, timeout=30)
        assert isinstance(orjson.loads(reply.data), dict)


async def test_the_record_holds_every_bad_byte(world: World, client: Client) -> None:
    """Run last or first, alone or after all of the above: ClickHouse has a row for every sequence."""
    for junk in (b'{"call": [1]}', b'{"judgement": 7}', b'{"proposal": "x"}', b'{"attempt": -1, "confidence": 1e999}'):
        await submit(client, subjects.subject("intent.submitted", "default", "mallory", new_id()), junk)
    await ordinary(world, client)
    assert await world.recorded(client, SOON_S) >= int((await state(client.nc))["messages"])

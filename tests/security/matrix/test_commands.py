"""Every command of every role that may ask, with every field that could name somebody else: they never acted."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nats
import orjson
import pytest
import pytest_asyncio
from groundstop.callers import ANY_TENANT, Caller, command
from groundstop.client import Client
from groundstop.commands import COMMANDS
from groundstop.identity.connecting import connection_options
from groundstop.ids import new_id
from groundstop.log.denials import settled
from groundstop.log.lookup import api
from groundstop.subjects import STREAM
from groundstop.testing import eventually
from groundstop.verbs import verbs_of
from nats.aio.msg import Msg

from tests.security.conftest import Castle

ASKING: Mapping[str, dict[str, str]] = {
    "agent": {"tenant": "acme", "agent": "asker"}, "gateway": {"tenant": "acme"}, "approver": {"tenant": "acme"},
    "operator": {}, "console": {},
}  # fmt: skip
BOUND = frozenset({"agent", "gateway", "approver"})
SOMEBODY = "victim-person"
NAMING = ("tenant", "agent", "user", "by", "on_behalf", "actor", "name", "id", "who", "caller", "role", "approvers")
"""Fields that could say who asks, whether or not a command knows them."""
ACTORS = ("actor", "by")
"""Fields of facts that say who acted. A hand-off's ``user`` is the person for whom the task was done."""
SECRET_TEXT = "the-plans-of-rival"
WITHIN_S = 60.0


@dataclass(frozen=True)
class Rival:
    """What another tenant has: an intent that waits in a case, in a task."""

    case: str
    task: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rival(castle: Castle) -> AsyncIterator[Rival]:
    settings = await castle.issue("boss", "agent", tenant="rival", agent="boss")
    async with Client.open(tenant="rival", agent="boss", settings=settings) as boss:
        task = f"task-{new_id()}"
        arguments = {"amount": 1, "to": SECRET_TEXT}
        ticket = await boss.submit("vault.pay", arguments, confidence=0.99, task=task)
        await eventually(lambda: _is_case(castle, ticket.intent), "the case", WITHIN_S)
        yield Rival(ticket.intent, task)


async def _is_case(castle: Castle, intent: str) -> bool:
    return any(case["intent"] == intent for case in await castle.owner.cases(order="newest", limit=50))


def test_every_role_that_may_ask_is_tried() -> None:
    """Over a browser's socket the same services answer the same commands; owners act in anybody's name."""
    roles = {role for verb in COMMANDS.values() for role in verb.roles} - {"owner", "browser", "approval"}
    assert roles <= set(ASKING)


@pytest.mark.parametrize("role", ASKING)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_command_acts_for_nobody_but_its_caller(castle: Castle, rival: Rival, role: str) -> None:
    name = "asker" if role == "agent" else f"asks-{role}"
    settings = await castle.issue(name, role, **ASKING[role])
    nc = await nats.connect(**connection_options(settings), error_cb=_quiet)
    tenant = ASKING[role].get("tenant", ANY_TENANT)
    caller = Caller("agent" if role == "gateway" else role, tenant, "asker" if role == "gateway" else name)
    before, effects, tried = await _last(castle), castle.effects(), 0
    answers: list[tuple[str, Msg]] = []
    for verb in verbs_of(caller.role):
        for body in _bodies(verb, rival):
            answers.append((f"{verb} {body!r}", await nc.request(command(caller, verb), body, timeout=20)))
            tried += 1
    told = [asked for asked, answer in answers if role in BOUND and SECRET_TEXT.encode() in answer.data]
    assert not told, f"{role} was told what is another tenant's: {told[:3]}"
    assert castle.effects() == effects or role not in BOUND
    wrong = [fact async for fact in _facts(castle, before) if _is_somebodys(fact, role)]
    assert not wrong, "\n".join(str({key: value for key, value in fact.items() if value})[:700] for fact in wrong)
    print(f"{role}: {tried} commands")
    await settled(nc)
    await nc.close()


def _bodies(verb: str, rival: Rival) -> Iterator[bytes]:
    """The command about what is the rival's, plain and with each field in somebody's name; then with all of them."""
    fields = COMMANDS[verb].model_fields.keys()
    known: dict[str, Any] = {
        "case": rival.case, "cases": [rival.case], "task": rival.task, "tenant": "rival", "agent": "boss",
        "verdict": "approved", "note": "n", "reason": "r", "tool": "vault.pay", "uses": 1, "ttl_s": 60,
        "arguments": {"amount": 2, "to": "me"}, "answer": "a", "scope": "tenant=rival", "hold": "h", "grant": "g",
        "upto": 1, "challenge": "c", "proof": "p", "control": "x", "fact": "x",
    }  # fmt: skip
    plain = {field: known[field] for field in sorted(fields) if field in known}
    yield orjson.dumps(plain)
    yield orjson.dumps({field: value for field, value in plain.items() if field not in ("tenant", "agent")})
    yield from (orjson.dumps(plain | {field: SOMEBODY}) for field in NAMING)
    yield orjson.dumps(plain | dict.fromkeys(NAMING, SOMEBODY))
    signed = {"person": SOMEBODY, "at": "2026-01-01T00:00:00Z", "signature": "AAAA", "key": "k"}
    yield orjson.dumps(plain | {"on_behalf": signed, "signature": signed})


async def _facts(castle: Castle, before: int) -> AsyncIterator[dict[str, Any]]:
    async for stored in castle.log.until_now(before + 1):
        value = orjson.loads(stored.payload)
        if isinstance(value, dict):
            yield value


def _is_somebodys(fact: dict[str, Any], role: str) -> bool:
    """A fact in which somebody else acted, or one that a bound role brought about in another tenant."""
    acted = {str(fact.get(name)) for name in ACTORS} | {str(name) for name in fact.get("approvers") or ()}
    changed = role in BOUND and fact.get("tenant") == "rival"
    return SOMEBODY in acted or changed


async def _last(castle: Castle) -> int:
    return int((await api(castle.log.nc, f"STREAM.INFO.{STREAM}"))["state"]["last_seq"])


async def _quiet(_: Exception) -> None:
    """Refusals are answers."""

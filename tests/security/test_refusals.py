"""Defence in depth: whoever has a service's place on the bus, but not its signature, gets nothing done by it.

The thief here connects as the rate-limiter, which the server lets write clearances, or as the executor, which may halt.
"""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import nats
import pytest
import pytest_asyncio
from groundstop.clock import Clock
from groundstop.events import IntentCleared, Outcome
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.signatures import new_signer
from groundstop.log.lanes import read_controls, write
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from nats.aio.client import Client as Connection

from tests.security.conftest import Castle
from tests.security.forging import classified, clearance, decision, held, nothing_halted

pytestmark = pytest.mark.asyncio(loop_scope="session")
CLOCK = Clock
WITHIN_S = 30.0

Change = Callable[[IntentCleared, Castle], IntentCleared]


def _signer(castle: Castle, name: str):  # type: ignore[no-untyped-def]  # a helper of this file
    keys = castle.stack.plan.keys
    assert keys is not None
    return read_signer(keys.path / f"{name}.sign")


def _signed(cleared: IntentCleared, castle: Castle, name: str = "rate-limiter") -> IntentCleared:
    return _signer(castle, name).sign(cleared)  # type: ignore[no-any-return]


def _swapped(cleared: IntentCleared, castle: Castle) -> IntentCleared:
    call = cleared.call.model_copy(update={"arguments": {"amount": 1_000_000, "to": "thief"}})
    return _signed(cleared, castle).model_copy(update={"call": call})


REFUSED: dict[str, tuple[str, Change]] = {
    "not signed": ("unsigned", lambda cleared, _: cleared),
    "signed with a key of one's own": ("unknown_signer", lambda cleared, _: new_signer().sign(cleared)),
    "signed by a service that may not clear": ("wrong_signer", lambda c, castle: _signed(c, castle, "executor")),
    "changed after it was signed": (
        "bad_signature",
        lambda c, castle: _signed(c, castle).model_copy(update={"expires_at": c.expires_at + timedelta(days=1)}),
    ),
    "signed for another intent": (
        "bad_signature",
        lambda c, castle: c.model_copy(
            update={"signature": _signed(c.model_copy(update={"task": "x"}), castle).signature}
        ),
    ),
    "of a policy that it was not judged under": (
        "wrong_policy",
        lambda c, castle: _signed(c.model_copy(update={"policy_version": "ffffffffffff"}), castle),
    ),
    "for other arguments than its digest's": ("digest_mismatch", _swapped),
    "expired": (
        "clearance_expired",
        lambda c, castle: _signed(c.model_copy(update={"expires_at": c.at - timedelta(seconds=1)}), castle),
    ),
}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def thief(castle: Castle) -> AsyncIterator[Connection]:
    """In the rate-limiter's place on the bus."""
    nc = await nats.connect(**connection_options(castle.settings_as("rate-limiter")))
    yield nc
    await nc.close()


@pytest.mark.parametrize("how", REFUSED)
async def test_a_clearance_is_refused_and_the_refusal_is_a_fact(castle: Castle, thief: Connection, how: str) -> None:
    """No effect, one reason code that says what is wrong, and the intent ends: it is never silently half done."""
    code, change = REFUSED[how]
    before = castle.effects()
    opened = await held(castle.owner, castle.owner)
    forged = change(clearance(await classified(castle.owner, opened.intent), Clock()), castle)
    await _publish(thief, forged)

    async def ended() -> Outcome | None:
        return await castle.owner.outcome_of(opened.intent)

    outcome = await eventually(ended, "the end of the intent", WITHIN_S)
    assert outcome.reason_code == code, outcome
    assert outcome.status is (Status.EXPIRED if code == "clearance_expired" else Status.FAILED)

    async def counted() -> bool:
        return forged.subject() in [fact.original_subject for fact in (await castle.dead()).get(code, [])]

    if code not in ("digest_mismatch", "clearance_expired"):
        await eventually(counted, "the refusal", WITHIN_S)
    assert castle.did_more(before, "thief") == []


async def test_a_used_clearance_is_refused(castle: Castle, thief: Connection) -> None:
    """The genuine article again: it is signed, but the log has an older one, and its effect was had."""
    ticket = await castle.owner.submit("notes.add", {"text": "once only"}, confidence=0.99)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    stored = await castle.log.last(f"gs.intent.cleared.castle.keeper.{ticket.intent}")
    assert stored is not None
    await _publish(thief, IntentCleared.model_validate_json(stored.payload))

    async def counted() -> bool:
        return stored.subject in [fact.original_subject for fact in (await castle.dead()).get("clearance_used", [])]

    await eventually(counted, "the refusal", WITHIN_S)
    assert castle.effects().count("note once only") == 1


async def test_a_clearance_in_another_tenants_name_is_refused(castle: Castle, thief: Connection) -> None:
    """Signed for one tenant, published as another's."""
    opened = await held(castle.owner, castle.owner)
    genuine = _signed(clearance(await classified(castle.owner, opened.intent), Clock()), castle)
    before, elsewhere = castle.effects(), genuine.subject().replace(".castle.", ".rival.")
    await thief.publish(elsewhere, genuine.model_dump_json().encode())

    async def counted() -> bool:
        return elsewhere in [fact.original_subject for fact in (await castle.dead()).get("identity_mismatch", [])]

    await eventually(counted, "the refusal", WITHIN_S)
    assert castle.did_more(before, "thief") == []


async def test_a_forged_decision_brings_about_nothing(castle: Castle) -> None:
    """In approval's own place, without its signature: its other process does not act upon it."""
    opened, before = await held(castle.owner, castle.owner), castle.effects()
    nc = await nats.connect(**connection_options(castle.settings_as("approval")))
    forged = decision(opened, Clock())
    await nc.publish(forged.subject(), forged.model_dump_json().encode())
    await nc.flush()
    await nc.close()

    async def counted() -> bool:
        return forged.subject() in [fact.original_subject for fact in (await castle.dead()).get("unsigned", [])]

    await eventually(counted, "the refusal", WITHIN_S)
    assert await castle.log.last(f"gs.intent.cleared.castle.keeper.{opened.intent}") is None
    assert castle.did_more(before, "thief") == []


async def test_a_forged_resume_halts_everything(castle: Castle) -> None:
    """Nobody can tell any more what was halted: so all of it is, until somebody who may has said what counts."""
    nc = await nats.connect(**connection_options(castle.settings_as("executor")))
    report = await castle.owner.halt("action=notes", "a fire")
    assert await write(nc, nothing_halted(Clock()), await read_controls(nc)) is not None
    await nc.close()
    ticket = await castle.owner.submit("notes.add", {"text": "while forged"}, confidence=0.99)
    with pytest.raises(TimeoutError):
        await ticket.outcome(2.0)
    assert "note while forged" not in castle.effects()
    again = await castle.owner.halt("action=notes", "a fire, still")
    for control in (again.control, report.control):  # the forged table lifted nothing
        await castle.lift(control)
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    assert report.claims_after == 0


async def _publish(thief: Connection, fact: IntentCleared) -> None:
    await thief.publish(fact.subject(), fact.model_dump_json().encode())
    await thief.flush()

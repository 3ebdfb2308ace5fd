"""What an outcome says about effects is true, whatever the systems did with the request."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from groundstop.client import Client
from groundstop.vocabulary import Status
from groundstop_example_support import effects
from groundstop_example_support.launch import set_fault
from groundstop_example_support.settings import Systems, read

from tests.chaos.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
SOON_S = 60.0


@pytest_asyncio.fixture(loop_scope="session")
async def systems(world: World) -> AsyncIterator[Systems]:
    """The example's systems, without faults again afterwards."""
    found = read(world.beside.folder)
    yield found
    for system in ("mail", "payments"):
        await set_fault(found, system, "ok")


async def _refund(agent: Client, ann: Client, world: World, order: str) -> tuple[str, Status]:
    ticket = await agent.submit("refund.create", {"order": order, "amount": 0.01}, confidence=0.95)
    await world.until(lambda: ann.approve(ticket.intent), "the approval", SOON_S)
    return ticket.intent, (await ticket.outcome(SOON_S)).status


async def test_one_lost_answer_is_asked_for_again_under_the_same_key(
    world: World, agent: Client, ann: Client, systems: Systems
) -> None:
    await set_fault(systems, "payments", "lost", count=1)
    intent, status = await _refund(agent, ann, world, "A-1001")
    assert (status, effects.count(systems.data, intent)) == (Status.SUCCEEDED, 1)


async def test_answers_that_stay_lost_are_unknown_not_failed(
    world: World, agent: Client, ann: Client, systems: Systems
) -> None:
    """The money left with the first attempt; saying "failed" would have it sent again by hand."""
    await set_fault(systems, "payments", "lost")
    intent, status = await _refund(agent, ann, world, "A-1002")
    assert (status, effects.count(systems.data, intent)) == (Status.UNKNOWN, 1)


async def test_a_lost_answer_before_a_certain_failure_is_unknown_too(
    world: World, agent: Client, ann: Client, systems: Systems
) -> None:
    """The last attempt alone does not know what the first one did."""
    ticket = await agent.submit("refund.create", {"order": "A-1003", "amount": 0.01}, confidence=0.95)
    await set_fault(systems, "payments", "lost", count=1)
    await world.until(lambda: ann.approve(ticket.intent), "the approval", SOON_S)

    async def lost() -> int:
        return effects.count(systems.data, ticket.intent)

    await world.until(lost, "the refund whose answer is lost", SOON_S)
    await set_fault(systems, "payments", "unavailable")
    outcome = await ticket.outcome(SOON_S)
    assert (outcome.status, effects.count(systems.data, ticket.intent)) in [(Status.UNKNOWN, 1), (Status.SUCCEEDED, 1)]


async def test_a_service_that_is_away_is_failed_and_nothing_was_done(
    world: World, agent: Client, ann: Client, systems: Systems
) -> None:
    await set_fault(systems, "payments", "unavailable")
    intent, status = await _refund(agent, ann, world, "A-1004")
    assert (status, effects.count(systems.data, intent)) == (Status.FAILED, 0)


async def test_a_mail_whose_receipt_is_lost_is_never_sent_again(world: World, agent: Client, systems: Systems) -> None:
    await set_fault(systems, "mail", "drop", count=1)
    message = {"to": "c1@customers.example", "subject": "Hello", "body": "Once."}
    ticket = await agent.submit("email.send", message, confidence=0.95)
    status = (await ticket.outcome(SOON_S)).status
    assert (status, effects.count(systems.data, ticket.intent)) == (Status.UNKNOWN, 1)

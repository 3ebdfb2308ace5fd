"""People read what a tool says of a call before they agree, and nothing has happened by then."""

import pytest
from groundstop.client import Client
from groundstop.errors import RequestFailed
from groundstop_example_support import effects
from groundstop_example_support.settings import read

from tests.chaos.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_briefing_says_what_the_tool_would_do(world: World, agent: Client, ann: Client) -> None:
    mail = {"to": "ann@example.com", "subject": "Your parcel", "body": "It is on its way."}
    ticket = await agent.submit("email.send", mail, confidence=0.2)
    told = await world.until(lambda: ann.briefing(ticket.intent), "the briefing")
    assert told["preview"]["text"].endswith("Subject: Your parcel\n\nIt is on its way.")
    assert effects.count(read(world.beside.folder).data, ticket.intent) == 0
    await agent.withdraw(ticket.intent, "it was a test")


async def test_only_briefings_may_ask_a_tool(world: World, ann: Client) -> None:
    with pytest.raises(RequestFailed, match="no service answers"):
        await ann.request("tool.preview", tool="email.send", arguments={}, who={})

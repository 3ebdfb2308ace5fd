"""The SDK: propose tool calls and learn what became of them; decide, halt and resume.

async with Client.open(agent="support") as client:
    ticket = await client.submit("orders.get", {"order": "A-1001"}, confidence=0.95)
    outcome = await ticket.outcome()
"""

from typing import TYPE_CHECKING, Any

from groundstop.lazy_imports import load

if TYPE_CHECKING:
    from groundstop.client.client import Client, DuplicateIntent, Ticket
    from groundstop.client.operator import HaltReport
    from groundstop.client.sync import SyncClient

__all__ = ["Client", "DuplicateIntent", "HaltReport", "SyncClient", "Ticket"]

_HOMES = {
    "Client": "client",
    "DuplicateIntent": "client",
    "HaltReport": "operator",
    "SyncClient": "sync",
    "Ticket": "client",
}


def __getattr__(name: str) -> Any:
    """What is pure here (odds, traces) is read by those who have no bus."""
    return load(__name__, _HOMES, name)

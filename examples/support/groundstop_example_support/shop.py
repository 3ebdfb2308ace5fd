"""How tools on the executor's loop reach the order database, and the tool that catalogue.yaml declares."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from groundstop.catalogue import ToolFailed

from groundstop_example_support import orders
from groundstop_example_support.database import opened
from groundstop_example_support.settings import systems

T = TypeVar("T")


async def in_shop(work: Callable[[sqlite3.Connection], T]) -> T:
    """Do a short piece of database work in a thread. Being cancelled waits for its end: nothing goes on unseen."""

    def run() -> T:
        try:
            with opened(systems().shop) as connection:
                return work(connection)
        except sqlite3.OperationalError as error:
            raise ToolFailed(f"the order database: {error}") from error

    running = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def search(customer: str = "", status: str = "", limit: int = 10) -> dict[str, Any]:
    """``orders.search``: see catalogue.yaml."""
    return await in_shop(lambda connection: orders.search(connection, customer, status, limit))

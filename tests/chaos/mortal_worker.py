"""``python mortal_worker.py URL SHOP SEED``: a worker on the bus that leaves notes in the shop, and often dies of it.

What becomes of a call is drawn from the seed, its intent and its attempt, so that a run can be repeated.
"""

import asyncio
import os
import random  # noqa: TID251 - the seed is the test's
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import nats
from groundstop.catalogue import ToolContext
from groundstop.client.worker import Worker
from groundstop.clock import Clock
from groundstop.ids import new_id
from groundstop_embedded.child import die_with_parent
from groundstop_example_support import effects
from groundstop_example_support.database import opened, writing

TOOLS = ("note.keyed", "note.once")
FATES = {"done": 60, "dies before": 10, "dies after": 10, "freezes": 5, "forgets": 15}
FROZEN_S = 9.0
"""Longer than an executor waits for a sign of life."""


def leave_note(shop: Path, tool: str, arguments: dict[str, Any], context: ToolContext) -> None:
    """One effect; a keyed note is left once."""
    key = context.idempotency_key if tool == "note.keyed" else new_id()
    with opened(shop) as connection, writing(connection):
        added = _add(connection, key, arguments, context)
        effects.record(
            connection, tool, context.intent, context.attempt, context.idempotency_key, "a note" if added else None
        )


def _add(connection: sqlite3.Connection, key: str, arguments: dict[str, Any], context: ToolContext) -> int:
    row = (key, arguments["order"], context.agent, arguments["text"])
    return connection.execute("INSERT OR IGNORE INTO notes VALUES (?, ?, ?, ?)", row).rowcount


async def main(url: str, shop: Path, seed: str) -> None:
    """Take calls of both tools."""
    nc = await nats.connect(url, max_reconnect_attempts=-1)
    clock = Clock()

    def doing(tool: str) -> Any:
        async def do(arguments: dict[str, Any], context: ToolContext) -> str:
            chance = random.Random(f"{seed}:{arguments['text']}:{context.attempt}")
            (fate,) = chance.choices(list(FATES), list(FATES.values()))
            if fate == "dies before":
                os.kill(os.getpid(), signal.SIGKILL)
            leave_note(shop, tool, arguments, context)
            if fate == "dies after":
                os.kill(os.getpid(), signal.SIGKILL)
            if fate == "freezes":
                threading.Timer(FROZEN_S, os.kill, (os.getpid(), signal.SIGKILL)).start()
                threading.Event().wait()
            if fate == "forgets":
                await clock.sleep(3600)
            return "noted"

        return do

    for tool in TOOLS[1:]:
        await Worker(nc, clock, tool, doing(tool)).start()
    await Worker(nc, clock, TOOLS[0], doing(TOOLS[0])).run()


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))

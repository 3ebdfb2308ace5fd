"""A worker in a process of its own: ``python remote_worker.py URL FOLDER``."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import nats
from groundstop.catalogue import ToolContext, ToolFailed
from groundstop.client.worker import Worker
from groundstop.clock import Clock


async def main(url: str, folder: Path) -> None:
    clock = Clock()

    async def do(arguments: dict[str, Any], context: ToolContext) -> str:
        if arguments["text"] == "refuse":
            raise ToolFailed("not today", retryable=False)
        with (folder / f"remote.{context.intent}").open("a") as file:
            file.write("done\n")
        try:
            await clock.sleep(arguments.get("linger_s", 0))
        except asyncio.CancelledError:
            (folder / f"cancelled-{context.intent}").touch()
            raise
        return str(arguments["text"]).upper()

    nc = await nats.connect(url)
    await Worker(nc, clock, "remote.shout", do).run()


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))

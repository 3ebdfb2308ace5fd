"""A plain function under Groundstop: ``python agent.py FOLDER``."""

import asyncio
import sys
from pathlib import Path

from groundstop.adapters import Governor, governed
from groundstop.client import Client

FOLDER = Path(sys.argv[1])


async def main() -> None:
    """Ask to delete a file; started again, go on with the same call."""
    async with Client.open(agent="governed") as client:
        governor = Governor(client, task="tidy-governed")

        @governed(governor)
        async def delete_file(path: str) -> str:
            with (FOLDER / "deleted").open("a") as log:
                log.write(f"{path}\n")
            (FOLDER / path).unlink(missing_ok=True)
            return f"deleted {path}"

        print(await delete_file("report.txt"))


asyncio.run(main())

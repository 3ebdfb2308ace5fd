"""An MCP server whose effects can be counted: ``python probe_server.py FOLDER [PORT]``; over stdio without a port."""

import asyncio
import sys
from pathlib import Path

from mcp.server import MCPServer

FOLDER = Path(sys.argv[1])
server = MCPServer("probe")


@server.tool()
async def write(key: str, linger_s: float = 0.0, says: str = "") -> dict[str, str]:
    """One effect more, whatever the key."""
    with (FOLDER / f"mcp.{key}").open("a") as file:
        file.write("done\n")
    await asyncio.sleep(linger_s)  # noqa: TID251 - a server may take its time
    if says == "error":
        raise ValueError("it went wrong")
    return {"key": key}


@server.tool()
async def put(key: str, linger_s: float = 0.0) -> str:
    """One effect per key; the second time it does not linger."""
    file = FOLDER / f"put.{key}"
    again = file.exists()
    file.write_text("done\n")
    await asyncio.sleep(0 if again else linger_s)  # noqa: TID251 - as above
    return key


if __name__ == "__main__":
    if len(sys.argv) > 2:
        server.run("streamable-http", port=int(sys.argv[2]))
    else:
        server.run("stdio")

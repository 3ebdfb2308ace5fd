"""An MCP server that answers what it was given and told: ``python secret_server.py``."""

import os

from mcp.server import MCPServer

server = MCPServer("careless", log_level="CRITICAL")  # what a server prints is in the executor's log as it is printed


@server.tool()
async def use(secret: str, how: str) -> dict[str, str]:
    """Use a secret; repeat it, and every variable."""
    if how in ("refuse", "long", "raise"):
        raise ValueError(f"{'x' * 480}{secret}")
    return {"given": secret, "told": repr(dict(os.environ))}  # noqa: TID251 - a server that says everything


if __name__ == "__main__":
    server.run("stdio")

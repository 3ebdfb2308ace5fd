"""A host that speaks agent-hooks under Groundstop: ``python agent.py FOLDER``."""

import asyncio
import sys
from pathlib import Path

from agent_hooks import AgentContextBuilder, InterceptionBlocked, InterceptionEmitter
from groundstop.adapters import Governor
from groundstop.adapters.agent_hooks import GroundstopInterceptor
from groundstop.client import Client

FOLDER = Path(sys.argv[1])


async def delete_file(path: str) -> str:
    """Delete a file of the project."""
    with (FOLDER / "deleted").open("a") as log:
        log.write(f"{path}\n")
    (FOLDER / path).unlink(missing_ok=True)
    return f"deleted {path}"


async def main() -> None:
    """A host's loop around one tool call: ask the hooks, do it, tell the hooks."""
    async with Client.open(agent="agent-hooks") as client:
        emitter = InterceptionEmitter(timeout=None)  # people take their time
        emitter.register(GroundstopInterceptor(Governor(client)), name="groundstop")
        contexts = AgentContextBuilder(agent_id="tidy", framework="example", session_id="tidy-hooks")
        call = {"call_id": "call-1", "name": "delete_file"}
        try:
            allowed = await emitter.emit(contexts.pre_tool_call(**call, args={"path": "report.txt"}))
        except InterceptionBlocked as blocked:
            print(blocked.result.verdict.reason)
            return
        result = await delete_file(**allowed.target)
        await emitter.emit(contexts.post_tool_call(**call, args=allowed.target, value=result))
        print(result)


asyncio.run(main())

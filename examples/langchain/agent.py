"""A LangChain agent under Groundstop: ``python agent.py FOLDER``."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundstop.adapters import Governor
from groundstop.adapters.langchain import GroundstopMiddleware
from groundstop.client import Client
from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

FOLDER = Path(sys.argv[1])


class Script(BaseChatModel):
    """A model that deletes one file and then says what came of it."""

    @property
    def _llm_type(self) -> str:
        return "script"

    def bind_tools(self, tools: Sequence[Any], **more: Any) -> "Script":
        """It knows its tool."""
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        last = messages[-1]
        call = {"name": "delete_file", "args": {"path": "report.txt"}, "id": "call-1", "type": "tool_call"}
        done = AIMessage(content=last.content) if isinstance(last, ToolMessage) else AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=done)])


@tool
async def delete_file(path: str) -> str:
    """Delete a file of the project."""
    with (FOLDER / "deleted").open("a") as log:
        log.write(f"{path}\n")
    (FOLDER / path).unlink(missing_ok=True)
    return f"deleted {path}"


async def main() -> None:
    """Run the agent; the thread's id and the call's id name the intent, so a second start goes on with it."""
    async with Client.open(agent="langchain") as client:
        middleware = GroundstopMiddleware(Governor(client))
        agent: Any = create_agent(Script(), [delete_file], middleware=[middleware])  # your model instead of Script()
        thread: Any = {"configurable": {"thread_id": "tidy-langchain"}}
        answer = await agent.ainvoke({"messages": [("user", "Tidy up.")]}, thread)
        print(answer["messages"][-1].content)


asyncio.run(main())

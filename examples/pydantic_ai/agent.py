"""A PydanticAI agent under Groundstop: ``python agent.py FOLDER``."""

import asyncio
import sys
from pathlib import Path

from groundstop.adapters import Governor
from groundstop.adapters.pydantic_ai import GovernedToolset
from groundstop.client import Client
from pydantic_ai import Agent, FunctionToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

FOLDER = Path(sys.argv[1])


def script(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """A model that deletes one file and then says what came of it."""
    last = messages[-1].parts[-1]
    if isinstance(last, ToolReturnPart):
        return ModelResponse(parts=[TextPart(str(last.content))])
    return ModelResponse(parts=[ToolCallPart("delete_file", {"path": "report.txt"})])


async def delete_file(path: str) -> str:
    """Delete a file of the project."""
    with (FOLDER / "deleted").open("a") as log:
        log.write(f"{path}\n")
    (FOLDER / path).unlink(missing_ok=True)
    return f"deleted {path}"


async def main() -> None:
    """Run the agent; the governor's task names the run, so a second start goes on with its calls."""
    async with Client.open(agent="pydantic-ai") as client:
        governor = Governor(client, task="tidy-pydantic")
        tools = GovernedToolset(FunctionToolset([delete_file]), governor=governor)
        agent = Agent(FunctionModel(script), toolsets=[tools])  # your model instead of FunctionModel(script)
        print((await agent.run("Tidy up.")).output)


asyncio.run(main())

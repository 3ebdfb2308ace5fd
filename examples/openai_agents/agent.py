"""An agent of the OpenAI Agents SDK under Groundstop: ``python agent.py FOLDER``."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from groundstop.adapters import Governor
from groundstop.adapters.openai_agents import govern
from groundstop.client import Client
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

FOLDER = Path(sys.argv[1])
ARGUMENTS = '{"path": "report.txt"}'


class Script(Model):
    """A model that deletes one file and then says what came of it."""

    async def get_response(self, system_instructions: Any, input: Any, *args: Any, **more: Any) -> ModelResponse:  # noqa: A002 - the SDK's name
        outputs = [item["output"] for item in input if isinstance(item, dict) and "output" in item]
        item: Any = ResponseFunctionToolCall(
            type="function_call", call_id="call-1", name="delete_file", arguments=ARGUMENTS
        )
        if outputs:
            text = ResponseOutputText(type="output_text", text=str(outputs[-1]), annotations=[])
            item = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[text])
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    async def stream_response(self, *args: Any, **more: Any) -> AsyncIterator[Any]:
        """It does not stream."""
        raise NotImplementedError
        yield


@function_tool
async def delete_file(path: str) -> str:
    """Delete a file of the project."""
    with (FOLDER / "deleted").open("a") as log:
        log.write(f"{path}\n")
    (FOLDER / path).unlink(missing_ok=True)
    return f"deleted {path}"


async def main() -> None:
    """Run the agent; the governor's task names the run, so a second start goes on with its calls."""
    set_tracing_disabled(True)
    async with Client.open(agent="openai-agents") as client:
        tools = govern(Governor(client, task="tidy-openai"), [delete_file])
        agent = Agent(name="tidy", tools=tools, model=Script())  # your model instead of Script()
        print((await Runner.run(agent, "Tidy up.")).final_output)


asyncio.run(main())

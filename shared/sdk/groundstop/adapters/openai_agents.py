"""OpenAI Agents SDK: function tools whose every call is an intent.

agent = Agent("tidy", tools=govern(governor, [delete_file]))
"""

import copy
from collections.abc import Sequence
from typing import Any

import orjson
from agents import FunctionTool, Tool
from agents.tool_context import ToolContext
from groundstop.adapters.governor import Governor, NotDone
from groundstop.adapters.saying import plain


def govern(governor: Governor, tools: Sequence[Tool]) -> list[Tool]:
    """The same tools under ``governor``. Tools that the model's own provider runs are left as they are: nobody here
    could stop them."""
    return [_governed(governor, tool) if isinstance(tool, FunctionTool) else tool for tool in tools]


def _governed(governor: Governor, tool: FunctionTool) -> FunctionTool:
    inner = tool.on_invoke_tool

    async def invoke(context: ToolContext[Any], text: str) -> Any:
        async def do(arguments: dict[str, Any]) -> Any:
            return await inner(context, orjson.dumps(arguments).decode())

        arguments = orjson.loads(text or "{}")
        try:
            return await governor.run(tool.name, arguments, do)
        except NotDone as error:
            return plain(str(error))

    outer = copy.copy(tool)
    outer.on_invoke_tool = invoke
    return outer

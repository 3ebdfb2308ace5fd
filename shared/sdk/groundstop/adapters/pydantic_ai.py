"""PydanticAI: a toolset whose every call is an intent.

agent = Agent(model, toolsets=[GovernedToolset(FunctionToolset([delete_file]), governor=governor)])
"""

from dataclasses import dataclass, field
from typing import Any

from groundstop.adapters.governor import Governor, NotDone
from pydantic_ai import RunContext
from pydantic_ai.tools import AgentDepsT
from pydantic_ai.toolsets import WrapperToolset
from pydantic_ai.toolsets.abstract import ToolsetTool


@dataclass
class GovernedToolset(WrapperToolset[AgentDepsT]):
    """Wraps any toolset, MCP servers included."""

    governor: Governor = field(kw_only=True)

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[AgentDepsT], tool: ToolsetTool[AgentDepsT]
    ) -> Any:
        """Propose the call; make it when it is cleared. What was not done is told to the model."""
        wrapped = self.wrapped

        async def do(arguments: dict[str, Any]) -> Any:
            return await wrapped.call_tool(name, arguments, ctx, tool)

        try:
            return await self.governor.run(name, tool_args, do)
        except NotDone as error:
            return str(error)

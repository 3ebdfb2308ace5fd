"""LangChain and LangGraph: a middleware that makes every tool call of an agent an intent.

agent = create_agent(model, tools, middleware=[GroundstopMiddleware(governor)], checkpointer=...)
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from groundstop.adapters.governor import Governor, NotDone
from groundstop.adapters.saying import plain
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

Answer = ToolMessage | Command[Any]
Handler = Callable[[ToolCallRequest], Awaitable[Answer]]


class GroundstopMiddleware(AgentMiddleware[Any, Any, Any]):
    """Put it into an agent's middleware, and invoke the agent asynchronously.

    The thread's id and the tool call's id name the intent: a graph that is resumed from its checkpoint finds the call
    that it waited for. ``only`` names the tools that are governed, all of them if not given.
    """

    def __init__(self, governor: Governor, *, only: Collection[str] = ()) -> None:
        super().__init__()
        self._governor = governor
        self._only = frozenset(only)

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Answer]) -> Answer:
        """Refuse: waiting for people would block the thread that the outcome arrives on."""
        raise NotImplementedError("an agent under Groundstop is invoked asynchronously: await agent.ainvoke(...)")

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> Answer:
        """Propose the call; hand the request on when it is cleared."""
        call = request.tool_call
        if self._only and call["name"] not in self._only:
            return await handler(request)
        answers: list[Answer] = []

        async def do(arguments: dict[str, Any]) -> Any:
            answers[:] = [await handler(request.override(tool_call={**call, "args": arguments}))]
            return _stored(answers[0])

        call_id = call["id"] or ""
        try:
            result = await self._governor.run(call["name"], call["args"], do, call_id=call_id, task=_thread(request))
        except NotDone as error:
            return ToolMessage(str(error), tool_call_id=call_id, name=call["name"], status="error")
        if answers:
            return answers[0]
        return ToolMessage(plain(result), tool_call_id=call_id, name=call["name"])


def _stored(answer: Answer) -> Any:
    """What of an answer goes into the log."""
    return answer.content if isinstance(answer, ToolMessage) else str(answer)


def _thread(request: ToolCallRequest) -> str:
    """The thread that a checkpointer would resume; empty without one."""
    config = getattr(request.runtime, "config", None) or {}
    return str(config.get("configurable", {}).get("thread_id", ""))

"""One call to one worker: the request, what it says, and what its last word means."""

import asyncio
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed

from groundstop_executor.errors import ToolRaised
from groundstop_executor.in_flight import NotBegun
from groundstop_executor.isolation.frames import frame
from groundstop_executor.isolation.runner import Gate
from groundstop_executor.isolation.worker_process import END_S_MAX, Worker


class Call:
    """One request to one worker, from sending it to the last frame."""

    def __init__(self, worker: Worker, gate: Gate) -> None:
        self.worker = worker
        self.started = False
        self.last: dict[str, Any] | None = None
        self._gate = gate

    async def listen(self) -> None:
        """Read until the last frame or the end of the worker. Raises ValueError for noise."""
        while self.last is None and (message := await self.worker.next()) is not None:
            if "started" in message:
                self.begin()
            else:
                self.last = message

    def begin(self) -> None:
        """The tool is being called."""
        if not self.started:
            self.started = True
            self._gate.begin()

    async def end(self) -> str:
        """After ``kill``: read what the worker still said, so that ``started`` is the truth. Answers how it ended."""
        try:
            async with asyncio.timeout(END_S_MAX):
                await self.listen()
        except (TimeoutError, ValueError):
            self.begin()  # Nothing proves that it did not.
        return await self.worker.gone()


def request_of(
    tool: Tool, arguments: Mapping[str, Any], context: ToolContext, gate: Gate, env: Mapping[str, str]
) -> bytes:
    """The frame that asks for one call with these variables. Raises ToolFailed when the arguments do not fit in one."""
    asked: dict[str, Any] = {"tool": tool.model_dump(), "arguments": dict(arguments), "context": context.model_dump()}
    if env:
        asked |= {"env": dict(env)}
    if gate.targets:
        asked |= {"targets": [astuple(target) for target in gate.targets], "contact": gate.contact}
    try:
        return frame(asked)
    except ValueError as error:
        raise ToolFailed(f"{tool.name}: its arguments cannot be sent: {error}", retryable=False) from error


def outcome_of(last: dict[str, Any]) -> Any:
    """The result in a last frame; raises what the tool raised."""
    if last["end"] == "result":
        return last["result"]
    if last["end"] == "unknown":
        raise EffectUnknown(last["message"])
    if last["end"] == "halted":
        raise NotBegun(last["message"])
    if last["end"] == "raised":
        raise ToolRaised(last["message"], tuple(last["names"]))
    raise ToolFailed(last["message"], retryable=last["retryable"])

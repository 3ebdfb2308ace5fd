"""A tool done by a worker on the bus, in any language; the contract is in docs/tools.md."""

import asyncio
from typing import Any

import orjson
from groundstop import subjects
from groundstop.adapters.asking import answered, proposer
from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.ids import new_id
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from groundstop_executor.runner import Gate

ACCEPT_S = 2.0
"""A worker says within so long that it has the call. Without that nobody has it, and nobody will: see ``valid_s``."""
ALIVE_S = 5.0
"""While it works, a worker says so at least this often; silence for longer is lost contact."""


class NobodyThere(ToolFailed):
    """Nobody listens where the call was sent: nothing happened."""


class BusTools:
    """Asks workers on behalf of one executor."""

    def __init__(self, nc: Client, clock: Clock) -> None:
        self._nc = nc
        self._clock = clock

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        """The worker's result. Raises ToolFailed and EffectUnknown as the worker says, or for its silence.

        Whoever proposed the call is asked first, for it may do its own calls; then the tool's workers are.
        """
        call = new_id()
        body = orjson.dumps(
            {
                "call": call,
                "tool": tool.name,
                "arguments": arguments,
                "context": context.model_dump(),
                "timeout_s": tool.timeout_s,
                "valid_s": ACCEPT_S,
                "sent_at": self._clock().isoformat(),
            }
        )
        who = (context.tenant, context.agent, context.intent)
        try:
            gate.check()
            gate.begin()
            try:
                return await self._asked(tool, proposer(*who, "run"), body, answered(*who, call))
            except NobodyThere:
                return await self._asked(tool, subjects.worker(tool.name, "run"), body, self._nc.new_inbox())
        except (asyncio.CancelledError, EffectUnknown, NatsError):
            await self._cancel((proposer(*who, "cancel"), subjects.worker(tool.name, "cancel")), call)
            raise

    async def _asked(self, tool: Tool, subject: str, body: bytes, reply: str) -> Any:
        answers: asyncio.Queue[Msg] = asyncio.Queue(100)
        subscription = await self._nc.subscribe(reply, cb=answers.put)
        try:
            await self._nc.publish(subject, body, reply=reply)
            return await self._result(tool, answers)
        finally:
            await subscription.unsubscribe()

    async def _result(self, tool: Tool, answers: "asyncio.Queue[Msg]") -> Any:
        """Read until the last answer. The first must come soon: it says that a worker has the call."""
        accepted = False
        while True:
            try:
                message = await asyncio.wait_for(answers.get(), ALIVE_S if accepted else ACCEPT_S)
            except TimeoutError:
                if accepted:
                    raise EffectUnknown(f"the worker of {tool.name} fell silent") from None
                raise EffectUnknown(f"no worker of {tool.name} said that it has the call") from None
            if (message.headers or {}).get("Status") == "503":
                raise NobodyThere(f"there is no worker of {tool.name}")
            answer = _read(tool, message.data)
            if "result" in answer:
                return answer["result"]
            if (problem := answer.get("error")) is not None:
                _raise(tool, problem)
            accepted = True

    async def _cancel(self, wanted: tuple[str, ...], call: str) -> None:
        """Tell whoever may have the call; nobody waits for an answer."""
        if self._nc.is_connected:
            for subject in wanted:
                await self._nc.publish(subject, orjson.dumps({"call": call}))


def _read(tool: Tool, data: bytes) -> dict[str, Any]:
    """What a worker says. What cannot be read says nothing about the effect, whatever reading it raised."""
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise EffectUnknown(f"the worker of {tool.name} answered what cannot be read")
    return answer


def _raise(tool: Tool, problem: Any) -> None:
    if not isinstance(problem, dict):
        raise EffectUnknown(f"{tool.name}: {str(problem)[:500]}")
    said = f"{tool.name}: {problem.get('message', 'it failed')}"
    if problem.get("effect", "unknown") == "none":
        raise ToolFailed(said, retryable=bool(problem.get("retryable", False)))
    raise EffectUnknown(said)

"""agent-hooks: an interceptor, so that any host that speaks the contract is governed.

emitter = InterceptionEmitter(timeout=None)   # people take longer than the contract's default of seconds
emitter.register(GroundstopInterceptor(governor))

Before a tool call the interceptor proposes it and waits; the host makes the call when an executor says so, and the
result that it reports afterwards is the outcome.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from agent_hooks import ALLOW, Decision, InterceptionPoint, Transform, Verdict
from groundstop.adapters.governor import Governor, NotDone
from groundstop.adapters.saying import plain
from groundstop.catalogue import EffectUnknown
from groundstop.errors import GroundstopError


class HostFailed(EffectUnknown):
    """The host reported that the call ended in an error: whether it took effect is the host's to know."""


@dataclass(slots=True)
class _Call:
    """A call between the two points: cleared with these arguments, then finished with this result."""

    cleared: "asyncio.Future[dict[str, Any]]"
    finished: "asyncio.Future[Any]"
    running: "asyncio.Task[Any] | None" = field(default=None)

    async def do(self, arguments: dict[str, Any]) -> Any:
        """What the executor's request leads to: the host goes on, and its result is the answer."""
        self.cleared.set_result(arguments)
        return await self.finished


class GroundstopInterceptor:
    """Governs tool calls; every other point passes. It answers for the calls of one host."""

    def __init__(self, governor: Governor) -> None:
        self._governor = governor
        self._calls: dict[str, _Call] = {}

    async def intercept(self, context: dict[str, Any]) -> Verdict:
        """The verdict on one interception point."""
        point = context["interception_point"]
        if point == InterceptionPoint.PRE_TOOL_CALL.value:
            return await self._before(context)
        if point == InterceptionPoint.POST_TOOL_CALL.value:
            await self._after(context)
        return ALLOW

    async def _before(self, context: dict[str, Any]) -> Verdict:
        tool, loop = context["tool_call"], asyncio.get_running_loop()
        call = _Call(loop.create_future(), loop.create_future())
        session = str(context.get("session", {}).get("id", ""))
        running = self._governor.run(tool["name"], tool["args"], call.do, call_id=tool["id"], task=session)
        call.running = asyncio.create_task(running)
        try:
            await asyncio.wait({call.running, call.cleared}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            call.running.cancel()  # the host waits no longer and will not make the call: nobody answers for it
            raise
        if not call.cleared.done():
            return _ended(call.running)
        self._calls[tool["id"]] = call
        if call.cleared.result() == tool["args"]:
            return ALLOW
        return Verdict(
            decision=Decision.TRANSFORM,
            reason="a person edited the call",
            transform=Transform(path="$target", value=call.cleared.result()),
        )

    async def _after(self, context: dict[str, Any]) -> None:
        call, result = self._calls.pop(context["tool_call"]["id"], None), context["tool_result"]
        if call is None or call.running is None:
            return
        if result["is_error"]:
            call.finished.set_exception(HostFailed(plain(result["value"])))
        else:
            call.finished.set_result(result["value"])
        await asyncio.wait({call.running})
        call.running.exception()


def _ended(running: "asyncio.Task[Any]") -> Verdict:
    """The intent ended without being done here: denied, or done before this host was started again."""
    error = running.exception()
    if error is None:
        return _deny(f"this call was made before, and answered: {plain(running.result())}")
    if isinstance(error, NotDone | GroundstopError):
        return _deny(str(error))
    raise error


def _deny(reason: str) -> Verdict:
    return Verdict(decision=Decision.DENY, reason=reason)

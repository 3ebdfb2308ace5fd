"""A client's call as an intent: submitted, waited for, and done by this gateway when an executor asks for it."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from groundstop import subjects
from groundstop.adapters.worker import IntentWorker
from groundstop.catalogue import ToolContext, ToolFailed
from groundstop.client import Client
from groundstop.client.client import decoded
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, PermissionDenied
from groundstop.events import CaseOpened, Outcome
from groundstop.ids import new_id
from groundstop.log.denials import subscribe
from groundstop.loops import TaskSet
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from groundstop_gateway.domain.results import Result

TOLD_EVERY_S = 5.0
WITHDRAW_TRIES_S = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
"""A call may be cancelled before its case is opened: it is withdrawn as soon as there is one."""

LEFT_MAX = 1000
RESUMED = ("approval", "confirmation", "clarification")
"""Kinds of cases that are open before anything was done."""

Do = Callable[[dict[str, Any]], Awaitable[Result]]
Tell = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Call:
    """One call of one client: what is asked for, how it is done, and how its client is told while it waits."""

    tool: str
    version: str
    arguments: dict[str, Any]
    task: str
    do: Do
    tell: Tell
    wait_s: float | None
    reasoning: str = ""
    confidence: float | None = None
    user: str = ""
    intent: str = ""
    case: str = ""
    told: float = 0.0
    """The progress that was last reported: it must grow (MCP, progress)."""
    cancelled: bool = False
    """Its client does not want it any more: it is not done even if somebody says yes."""
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Calls:
    """The calls of one agent."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._waited_for: set[str] = set()
        self._left: OrderedDict[str, Call] = OrderedDict()
        self._tasks = TaskSet()

    async def outcome(self, call: Call) -> Outcome | None:
        """Submit, and wait for the outcome; None when the client's patience ends first. The intent then goes on: the
        same call again finds it. A cancelled call is withdrawn."""
        call.intent = call.intent or self._given_up(call) or await self._orphan(call) or new_id()
        self._left.pop(call.intent, None)
        self._waited_for.add(call.intent)
        worker = IntentWorker(self._client, self._clock, call.tool, call.intent, _doing(call))
        await worker.start()
        outcome = None
        try:
            outcome = await self._wait(call)
            if outcome is None:
                self._leave(call)
            return outcome
        except asyncio.CancelledError:
            call.cancelled = True
            self._tasks.start(self._withdraw(call))
            raise
        finally:
            self._waited_for.discard(call.intent)
            self._tasks.start(worker.stop() if outcome is not None else self._answer_on(call, worker))

    def _leave(self, call: Call) -> None:
        self._left[call.intent] = call
        if len(self._left) > LEFT_MAX:
            self._left.popitem(last=False)

    def _given_up(self, call: Call) -> str:
        """The intent of exactly this call whose client was told to ask again."""
        return next((intent for intent, left in self._left.items() if _same(left, call)), "")

    async def _orphan(self, call: Call) -> str:
        """The intent of exactly this call that waits for people while the gateway that submitted it is gone."""
        try:
            cases = await self._client.cases(agent=self._client.agent)
        except GroundstopError:
            return ""
        for case in cases:
            asked = case.call
            fits = (asked.tool, asked.tool_version, asked.arguments) == (call.tool, call.version, call.arguments)
            if fits and case.case_kind in RESUMED and case.intent not in self._waited_for:
                return case.intent
        return ""

    async def _answer_on(self, call: Call, worker: IntentWorker) -> None:
        """Somebody may still approve what its client gave up waiting for: answer until the outcome is known."""
        with contextlib.suppress(Exception):
            while await self._client.outcome_of(call.intent) is None:
                await self._clock.sleep(TOLD_EVERY_S)
        await worker.stop()

    async def _wait(self, call: Call) -> Outcome | None:
        watching = await self._watch_case(call)
        telling = asyncio.create_task(self._tell(call))
        try:
            ticket = await self._client.submit(
                call.tool, call.arguments, intent=call.intent, task=call.task, tool_version=call.version,
                reasoning=call.reasoning, confidence=call.confidence, user=call.user,
            )  # fmt: skip
            return await ticket.outcome(call.wait_s)
        except TimeoutError:
            return None
        finally:
            telling.cancel()
            if watching is not None:
                await watching.unsubscribe()

    async def _watch_case(self, call: Call) -> Subscription | None:
        async def on_case_opened(message: Msg) -> None:
            opened = decoded(message.subject, message.data)
            if isinstance(opened, CaseOpened):
                call.case = opened.case
                call.opened.set()

        agent = self._client
        pattern = subjects.any_detail("case.opened", agent.tenant, agent.agent, call.intent)
        try:
            return await subscribe(agent.nc, pattern, cb=on_case_opened)
        except PermissionDenied:
            return None  # it is then waited for without saying for whom

    async def _tell(self, call: Call) -> None:
        """Say at once what is waited for, and every few seconds that it still is: clients give up what is silent."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.opened.wait(), TOLD_EVERY_S)
        while True:
            what = f"case {call.case} waits for a person" if call.case else "waiting for its outcome"
            with contextlib.suppress(Exception):  # a client that cannot be told is still waiting
                await call.tell(f"{what} (intent {call.intent})")
            await self._clock.sleep(TOLD_EVERY_S)

    async def _withdraw(self, call: Call) -> None:
        for pause_s in WITHDRAW_TRIES_S:
            await self._clock.sleep(pause_s)
            with contextlib.suppress(GroundstopError):
                await self._client.withdraw(call.intent, "cancelled by its client")
                return
            if await self._client.outcome_of(call.intent) is not None:
                return

    async def close(self, within_s: float = 1.0) -> None:
        """Give withdrawals that are on their way their time, then answer for nothing any more."""
        await self._tasks.wait(within_s)
        await self._tasks.stop()


def _doing(call: Call) -> Callable[[dict[str, Any], ToolContext], Awaitable[Any]]:
    async def do(arguments: dict[str, Any], context: ToolContext) -> Any:
        if call.cancelled:
            raise ToolFailed("its client has cancelled it", retryable=False)
        return await call.do(arguments)

    return do


def _same(one: Call, other: Call) -> bool:
    return (one.tool, one.version, one.arguments) == (other.tool, other.version, other.arguments)

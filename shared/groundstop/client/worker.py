"""A worker on the bus in a few lines of Python: does the calls of one tool, wherever it runs (docs/tools.md).

await Worker(nc, Clock(), "invoice.print", print_invoice).run()
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import AwareDatetime, ValidationError

from groundstop import subjects
from groundstop.catalogue import ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.intent import Frozen

ALIVE_EVERY_S = 1.0
Do = Callable[[dict[str, Any], ToolContext], Awaitable[Any]]


class Asked(Frozen):
    """A request to do a call, valid for ``valid_s`` from when it was sent."""

    call: str
    arguments: dict[str, Any]
    context: ToolContext
    timeout_s: float
    valid_s: float
    sent_at: AwareDatetime


class Worker:
    """Takes calls of ``tool`` from the bus, at most ``concurrency`` at a time; workers of one tool share them.

    ``do(arguments, context)`` answers the result. ToolFailed says that nothing happened; anything else that it raises
    says that it cannot be told. A cancelled call is a cancelled task.
    """

    def __init__(self, nc: Client, clock: Clock, tool: str, do: Do, *, concurrency: int = 16) -> None:
        self._nc = nc
        self._clock = clock
        self._tool = tool
        self._do = do
        self._concurrency = concurrency
        self._calls: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin to take calls."""
        await self._nc.subscribe(subjects.worker(self._tool, "run"), queue="workers", cb=self._on_run)
        await self._nc.subscribe(subjects.worker(self._tool, "cancel"), cb=self._on_cancel)
        await self._nc.flush()

    async def run(self) -> None:
        """Take calls until cancelled."""
        await self.start()
        await asyncio.Event().wait()

    async def _on_run(self, message: Msg) -> None:
        try:
            asked = Asked.model_validate_json(message.data)
        except ValidationError as error:
            await _decline(message, f"this cannot be read: {str(error)[:500]}", retryable=False)
            return
        if (self._clock() - asked.sent_at).total_seconds() > asked.valid_s:
            return  # whoever asked has given it up by now: it must not happen any more
        if len(self._calls) >= self._concurrency:
            await _decline(message, f"{len(self._calls)} calls run already", retryable=True)
            return
        task = asyncio.create_task(self._call(asked, message))
        self._calls[asked.call] = task
        task.add_done_callback(lambda _: self._calls.pop(asked.call, None))

    async def _on_cancel(self, message: Msg) -> None:
        with contextlib.suppress(ValueError, KeyError, TypeError):  # it names no call: there is nothing to end
            task = self._calls.get(orjson.loads(message.data)["call"])
            if task is not None:
                task.cancel()

    async def _call(self, asked: Asked, message: Msg) -> None:
        await message.respond(orjson.dumps({"accepted": True}))
        alive = asyncio.create_task(self._say_alive(message))
        try:
            answer = await self._answer(asked)
        finally:
            alive.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await alive
        await message.respond(_told(answer))

    async def _answer(self, asked: Asked) -> dict[str, Any]:
        try:
            async with asyncio.timeout(asked.timeout_s):
                return {"result": await self._do(asked.arguments, asked.context)}
        except ToolFailed as error:
            return {"error": {"effect": "none", "retryable": error.retryable, "message": str(error)}}
        except Exception as error:
            return {"error": {"effect": "unknown", "message": f"{type(error).__name__}: {error}"}}

    async def _say_alive(self, message: Msg) -> None:
        while True:
            await self._clock.sleep(ALIVE_EVERY_S)
            await message.respond(orjson.dumps({"working": True}))


def _told(answer: dict[str, Any]) -> bytes:
    """The last answer. A result that JSON cannot carry is no reason to fall silent: it was done."""
    try:
        return orjson.dumps(answer, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        return orjson.dumps({"error": {"effect": "unknown", "message": f"its result cannot be written: {error}"}})


async def _decline(message: Msg, why: str, *, retryable: bool) -> None:
    """Say that nothing happened, to whoever waits for an answer."""
    if message.reply:
        problem = {"effect": "none", "retryable": retryable, "message": why}
        await message.respond(orjson.dumps({"error": problem}))

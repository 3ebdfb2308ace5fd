"""A worker on the bus in Python: executes the calls of one tool, wherever it runs (docs/reference/workers.md).

await Worker(nc, Clock(), "invoice.print", print_invoice, settings=settings).run()
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from groundstop import subjects
from groundstop.catalogue import ToolContext, ToolFailed
from groundstop.catalogue.references import hidden, references, resolved
from groundstop.client.requests import Requests, requests_on
from groundstop.clock import Clock
from groundstop.identity.nkey import BadBox, unseal
from groundstop.identity.worker_messages import CANCEL, RUN, sign_answer
from groundstop.intent import Frozen
from groundstop.settings import Settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import AwareDatetime, Field, ValidationError

ALIVE_EVERY_S = 1.0
Do = Callable[[dict[str, Any], ToolContext], Awaitable[Any]]


class Asked(Frozen):
    """A request to do a call, valid for ``valid_s`` from when it was sent.

    ``sealed``: public nkey -> what its owner alone can open: the values of the secrets that ``arguments`` name.
    """

    call: str
    arguments: dict[str, Any]
    context: ToolContext
    timeout_s: float
    valid_s: float
    sent_at: AwareDatetime
    sealed: dict[str, str] = Field(default_factory=dict)


class Worker:
    """Takes calls of ``tool`` from the bus, at most ``concurrency`` at a time; workers of one tool share them.

    ``do(arguments, context)`` answers the result. ToolFailed says that nothing happened; anything else that it raises
    says that it cannot be told. A cancelled call is a cancelled task. ``settings`` say by which root executors sign
    (GROUNDSTOP_TRUST_ROOT, or the seed file in GROUNDSTOP_NATS_SEED_FILE); what no executor has signed is refused.
    """

    def __init__(
        self, nc: Client, clock: Clock, tool: str, do: Do, *, concurrency: int = 16, settings: Settings | None = None
    ) -> None:
        self._nc = nc
        self._clock = clock
        self._tool = tool
        self._do = do
        self._concurrency = concurrency
        self._settings = settings
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._requests: Requests

    @property
    def refused(self) -> Mapping[str, int]:
        """How many requests on this connection were not believed, by reason (groundstop.client.requests)."""
        return self._requests.refused

    async def start(self) -> None:
        """Begin to take calls. Raises GroundstopError where executors sign and nothing says by which root."""
        self._requests = await requests_on(self._nc, self._clock, self._settings)
        await self._nc.subscribe(subjects.worker(self._tool, "run"), queue="workers", cb=self._on_run)
        await self._nc.subscribe(subjects.worker(self._tool, "cancel"), cb=self._on_cancel)
        await self._nc.flush()

    async def run(self) -> None:
        """Take calls until cancelled."""
        await self.start()
        await asyncio.Event().wait()

    async def _on_run(self, message: Msg) -> None:
        body = await self._requests.believed(RUN, message.subject, message.data)
        if body is None:
            await self._decline_unsigned(message)
            return
        try:
            asked = Asked.model_validate(body)
        except ValidationError as error:
            await self._decline(message, str(body.get("call")), f"this cannot be read: {str(error)[:500]}", again=False)
            return
        if (self._clock() - asked.sent_at).total_seconds() > asked.valid_s:
            return  # whoever asked has given it up by now: it must not happen any more
        if len(self._calls) >= self._concurrency:
            await self._decline(message, asked.call, f"{len(self._calls)} calls run already", again=True)
            return
        task = asyncio.create_task(self._call(asked, message))
        self._calls[asked.call] = task
        task.add_done_callback(lambda _: self._calls.pop(asked.call, None))

    async def _on_cancel(self, message: Msg) -> None:
        body = await self._requests.believed(CANCEL, message.subject, message.data)
        task = self._calls.get(str((body or {}).get("call")))  # it may name no call: there is nothing to end
        if task is not None:
            task.cancel()

    async def _call(self, asked: Asked, message: Msg) -> None:
        secrets: list[str] = []
        try:
            arguments = self._opened(asked, secrets)
        except BadBox as error:
            await self._decline(message, asked.call, str(error), again=True)
            return
        await self._say(message, asked.call, {"accepted": True})
        alive = asyncio.create_task(self._say_alive(message, asked.call))
        try:
            answer = await self._answer(asked, arguments)
        finally:
            alive.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await alive
        await self._say(message, asked.call, _without(secrets, _plain(answer)))

    def _opened(self, asked: Asked, secrets: list[str]) -> dict[str, Any]:
        """The arguments as the tool wants them; the values of secrets are added to ``secrets``. Raises BadBox."""
        me = self._requests.identity
        if not self._requests.signed or me is None or not any(references(asked.arguments)):
            return asked.arguments
        if me.public not in asked.sealed:
            raise BadBox("the secrets of this call are not sealed for this worker: groundstop keys issue worker")
        values = _values(unseal(asked.sealed[me.public], me.seed), asked.call)
        if missing := set(references(asked.arguments)) - set(values):
            raise BadBox(f"nothing is sealed for the secrets {', '.join(sorted(missing))[:200]}")
        filled: dict[str, Any] = resolved(asked.arguments, values.__getitem__, secrets)
        return filled

    async def _answer(self, asked: Asked, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(asked.timeout_s):
                return {"result": await self._do(arguments, asked.context)}
        except ToolFailed as error:
            return {"error": {"effect": "none", "retryable": error.retryable, "message": str(error)}}
        except Exception as error:
            return {"error": {"effect": "unknown", "message": f"{type(error).__name__}: {error}"}}

    async def _say_alive(self, message: Msg, call: str) -> None:
        while True:
            await self._clock.sleep(ALIVE_EVERY_S)
            await self._say(message, call, {"working": True})

    async def _decline(self, message: Msg, call: str, why: str, *, again: bool) -> None:
        """Say that nothing happened."""
        await self._say(message, call, {"error": {"effect": "none", "retryable": again, "message": why}})

    async def _decline_unsigned(self, message: Msg) -> None:
        """Where nobody signs, whoever asked learns that nothing happened. Elsewhere it is nobody whom we answer."""
        if not self._requests.signed:
            await self._decline(message, "", "this cannot be read", again=False)

    async def _say(self, message: Msg, call: str, answer: dict[str, Any]) -> None:
        """One answer to whoever waits for it, signed where executors sign."""
        me = self._requests.identity
        if not message.reply:
            return
        if self._requests.signed and me is not None:
            answer = sign_answer(answer, call, self._tool, me)
        await message.respond(orjson.dumps(answer))


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """The last answer as JSON has it. A result that JSON cannot carry is no reason to fall silent: it was done."""
    try:
        plain: dict[str, Any] = orjson.loads(orjson.dumps(answer, default=str, option=orjson.OPT_NON_STR_KEYS))
    except TypeError as error:
        return {"error": {"effect": "unknown", "message": f"its result cannot be written: {error}"}}
    return plain


def _without(secrets: list[str], answer: dict[str, Any]) -> dict[str, Any]:
    """The last answer with its secrets hidden."""
    if "error" in answer:
        return {"error": answer["error"] | {"message": hidden(answer["error"]["message"], secrets)}}
    return {"result": hidden(answer["result"], secrets)}


def _values(opened: bytes, call: str) -> dict[str, str]:
    """The values of the secrets in a box, by name. Raises BadBox for another call's."""
    try:
        box = orjson.loads(opened)
        mine, values = box["call"] == call, {str(name): str(value) for name, value in box["secrets"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadBox("what is sealed cannot be read") from error
    if not mine:
        raise BadBox("the secrets are those of another call")
    return values

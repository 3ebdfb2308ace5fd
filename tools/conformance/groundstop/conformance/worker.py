"""What a worker on the bus must do: accept, report progress, answer, stop on request. See docs/reference/workers.md."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import orjson
from groundstop import subjects
from groundstop.conformance.steps import Failed, Step, expect, require
from groundstop.conformance.subject import Implementation
from groundstop.ids import new_id
from nats.aio.msg import Msg

ACCEPT_S = 2.0
ALIVE_S = 5.0
SLOW_S = 6.0
NONSENSE = (b"", b"\xff\xfe", b"[]", b"{}", b'{"call": 7, "arguments": null}')
NONSENSE_S = 0.2


class WorkerKit:
    """An executor as a worker sees it."""

    def __init__(self, worker: Implementation) -> None:
        self._worker = worker

    def steps(self) -> list[Step]:
        """Each is a call of its own."""
        return [
            Step("it says which tool it does", self._worker.hello),
            Step("it accepts a call within 2 s and answers the result", self._does),
            Step("what it answers for a failure says that nothing happened", self._fails),
            Step("what it answers for an accident says that nobody knows", self._unknown),
            Step("it says that it works at least every 5 s", self._says_alive),
            Step("a cancelled call ends", self._stops),
            Step("a request that is too old is dropped", self._drops),
            Step("what it cannot read ends nothing: the next call is done", self._survives),
            Step("of two equal requests each is answered by one worker", self._shares),
        ]

    async def _call(self, *, sent_before_s: float = 0.0, **arguments: Any) -> "asyncio.Queue[Msg]":
        """Ask for a call; its answers as they come."""
        answers: asyncio.Queue[Msg] = asyncio.Queue(1000)
        inbox = self._worker.nc.new_inbox()
        await self._worker.nc.subscribe(inbox, cb=answers.put)
        self._id = new_id()
        context = {"intent": self._id, "attempt": 1, "idempotency_key": self._id, "tenant": self._worker.tenant,
                   "agent": "kit", "task": "kit", "user": ""}  # fmt: skip
        sent_at = self._worker.clock() - timedelta(seconds=sent_before_s)
        body = {"call": self._id, "tool": self._worker.tool, "arguments": arguments, "context": context,
                "timeout_s": 30.0, "valid_s": ACCEPT_S, "sent_at": sent_at.isoformat()}  # fmt: skip
        await self._worker.nc.publish(subjects.worker(self._worker.tool, "run"), orjson.dumps(body), reply=inbox)
        return answers

    async def _end(self, answers: "asyncio.Queue[Msg]") -> dict[str, Any]:
        """The last answer. Raises Failed for a contract that is not kept on the way."""
        expect("the first answer", {"accepted": True}, await _next(answers, ACCEPT_S, "accepted"))
        while True:
            answer = await _next(answers, ALIVE_S, "working, result or error")
            if answer != {"working": True}:
                return answer

    async def _does(self) -> None:
        expect("the answer", {"result": "hello"}, await self._end(await self._call(say="hello")))

    async def _fails(self) -> None:
        error = (await self._end(await self._call(fail="none"))).get("error", {})
        expect("effect", "none", error.get("effect"))
        require(isinstance(error.get("message"), str), "the error has no message")

    async def _unknown(self) -> None:
        error = (await self._end(await self._call(fail="unknown"))).get("error", {})
        expect("effect", "unknown", error.get("effect"))

    async def _says_alive(self) -> None:
        expect("the answer", {"result": "late"}, await self._end(await self._call(say="late", sleep_s=SLOW_S)))

    async def _stops(self) -> None:
        answers = await self._call(say="never", sleep_s=60)
        expect("the first answer", {"accepted": True}, await _next(answers, ACCEPT_S, "accepted"))
        cancel = subjects.worker(self._worker.tool, "cancel")
        await self._worker.nc.publish(cancel, orjson.dumps({"call": self._id}))
        silent_until = self._worker.clock.monotonic() + 2 * ALIVE_S
        while self._worker.clock.monotonic() < silent_until:
            try:
                answer = await _next(answers, ALIVE_S / 2, "")
            except Failed:
                return
            require("result" not in answer, f"it answered {answer}")
        raise Failed("it still says that it works")

    async def _drops(self) -> None:
        answers = await self._call(sent_before_s=60, say="old")
        try:
            raise Failed(f"it answered {await _next(answers, 1.0, '')}")
        except _Silence:
            return

    async def _survives(self) -> None:
        """How it answers, or whether, is its own affair; it must not say that it has such a call."""
        for verb, nonsense in ((verb, nonsense) for verb in ("run", "cancel") for nonsense in NONSENSE):
            inbox = self._worker.nc.new_inbox()
            answers = await self._worker.nc.subscribe(inbox)
            await self._worker.nc.publish(subjects.worker(self._worker.tool, verb), nonsense, reply=inbox)
            with contextlib.suppress(TimeoutError):
                said = (await answers.next_msg(NONSENSE_S)).data
                require(b"accepted" not in said, f"it accepted {nonsense!r}")
            await answers.unsubscribe()
        expect("the answer", {"result": "still here"}, await self._end(await self._call(say="still here")))

    async def _shares(self) -> None:
        answers = await self._call(say="one")
        expect("the answer", {"result": "one"}, await self._end(answers))
        try:
            raise Failed(f"a second worker answered {await _next(answers, 1.0, '')}")
        except _Silence:
            return


class _Silence(Failed):
    """Nothing came."""


async def _next(answers: "asyncio.Queue[Msg]", within_s: float, wanted: str) -> dict[str, Any]:
    try:
        message = await asyncio.wait_for(answers.get(), within_s)
    except TimeoutError:
        raise _Silence(f"silence for {within_s:g} s instead of {wanted}") from None
    if not message.data:
        raise Failed("nobody has subscribed")
    answer: dict[str, Any] = orjson.loads(message.data)
    return answer

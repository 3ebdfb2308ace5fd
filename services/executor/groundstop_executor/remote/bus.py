"""A tool done by a worker on the bus, in any language; the contract is in docs/reference/workers.md."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from groundstop import subjects
from groundstop.catalogue import EffectUnknown, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.events import WorkerKey
from groundstop.identity.nkey import seal
from groundstop.identity.signatures import Keyring, Signer
from groundstop.identity.worker_messages import CANCEL, RUN, sign_request
from groundstop.ids import new_id
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from groundstop_executor.isolation.runner import Gate
from groundstop_executor.remote.answers import Believed, NobodyThere, read_answer, unbelieved
from groundstop_executor.remote.whom import Whom, whom_to_ask
from groundstop_executor.secrets import Resolve, hidden, references, resolved, within

ACCEPT_S = 2.0
"""A worker says within so long that it has the call. Without that nobody has it, and nobody will: see ``valid_s``."""
ALIVE_S = 5.0
"""While it works, a worker says so at least this often; silence for longer is lost contact."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and whom it believes. Without a ring nobody signs in this deployment."""

    name: str = ""
    signer: Signer | None = None
    ring: Keyring | None = None


class BusTools:
    """Asks workers on behalf of one executor."""

    def __init__(self, nc: Client, clock: Clock, resolve: Resolve, asker: Asker | None = None) -> None:
        self._nc = nc
        self._clock = clock
        self._resolve = resolve
        self._me = asker or Asker()

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        """The worker's result. Raises ToolFailed and EffectUnknown as the worker says, or for its silence.

        Whom it asks is decided before anything is sent (``whom_to_ask``). Secrets that arguments name go to the tool's
        workers alone; in the result and in errors they are hidden.
        """
        granted = within(tool.secrets, self._resolve)
        secrets = {name: granted(name) for name in references(arguments)}
        gate.check()
        body = self._body(tool, arguments, context, secrets)
        gate.begin()
        values = list(secrets.values())
        try:
            return hidden(await self._ask_in_turn(tool, context, body), values)
        except (ToolFailed, EffectUnknown) as error:
            error.args = (hidden(str(error), values),)
            raise

    async def _ask_in_turn(self, tool: Tool, context: ToolContext, body: dict[str, Any]) -> Any:
        """The answer of the first that is there."""
        nobody: NobodyThere | None = None
        for whom in whom_to_ask(tool, self._me.ring, body["arguments"]):
            run, cancel = (_subject(whom, tool, context, verb) for verb in ("run", "cancel"))
            try:
                return await self._asked(tool, run, body, self._believed(whom, tool, body["call"]))
            except NobodyThere as error:
                nobody = error
            except (asyncio.CancelledError, EffectUnknown, NatsError):
                await self._cancel(cancel, body["call"])
                raise
        assert nobody is not None, "somebody is always asked"
        if self._me.ring is not None and whom is Whom.PROPOSER:
            raise NobodyThere(f"whoever proposed this call does not answer, and {unlisted(tool)}")
        raise nobody

    def _body(
        self, tool: Tool, arguments: dict[str, Any], context: ToolContext, secrets: dict[str, str]
    ) -> dict[str, Any]:
        """The request, but for where it goes. Raises ToolFailed where nobody is listed who may have the secrets."""
        asked = {
            "call": new_id(),
            "tool": tool.name,
            "arguments": arguments,
            "context": context.model_dump(),
            "timeout_s": tool.timeout_s,
            "valid_s": ACCEPT_S,
        }
        if not secrets:
            return asked
        if self._me.ring is None:
            return asked | {"arguments": _in_clear(arguments, secrets)}
        workers = self._workers(tool)
        if not workers:
            raise NobodyThere(unlisted(tool))
        box = orjson.dumps({"call": asked["call"], "secrets": secrets})
        return asked | {"sealed": {worker.public: seal(box, worker.public) for worker in workers}}

    def _workers(self, tool: Tool) -> tuple[WorkerKey, ...]:
        return () if self._me.ring is None else self._me.ring.workers(tool.name, self._clock())

    def _believed(self, whom: Whom, tool: Tool, call: str) -> Believed | None:
        """How to tell whose answers count; None where all do: nobody but its proposer hears of a proposer's call."""
        if self._me.ring is None or whom is Whom.PROPOSER:
            return None
        if not self._workers(tool):
            raise NobodyThere(unlisted(tool))
        return Believed(tool.name, call, lambda: self._workers(tool))

    def _message(self, kind: str, subject: str, body: dict[str, Any]) -> bytes:
        said = body | {"to": subject, "executor": self._me.name, "sent_at": self._clock().isoformat()}
        return orjson.dumps(said if self._me.signer is None else sign_request(kind, said, self._me.signer))

    async def _asked(self, tool: Tool, subject: str, body: dict[str, Any], believed: Believed | None) -> Any:
        answers: asyncio.Queue[Msg] = asyncio.Queue(100)
        reply = self._nc.new_inbox()
        subscription = await self._nc.subscribe(reply, cb=answers.put)
        try:
            await self._nc.publish(subject, self._message(RUN, subject, body), reply=reply)
            return await self._result(tool, answers, believed)
        finally:
            await subscription.unsubscribe()

    async def _result(self, tool: Tool, answers: "asyncio.Queue[Msg]", believed: Believed | None) -> Any:
        """Read until the last answer. The first must come soon: it says that a worker has the call."""
        accepted = False
        until = self._clock.monotonic() + ACCEPT_S
        while True:
            try:
                message = await asyncio.wait_for(answers.get(), max(0.0, until - self._clock.monotonic()))
            except TimeoutError:
                raise unbelieved(tool, believed, accepted=accepted) from None
            if (message.headers or {}).get("Status") == "503":
                raise NobodyThere(f"there is no worker of {tool.name}")
            answer = read_answer(tool, message.data, believed)
            if answer is None:
                continue
            if "result" in answer:
                return answer["result"]
            if (problem := answer.get("error")) is not None:
                _raise(tool, problem)
            accepted = True
            until = self._clock.monotonic() + ALIVE_S

    async def _cancel(self, subject: str, call: str) -> None:
        """Tell whoever may have the call; nobody waits for an answer."""
        if self._nc.is_connected:
            await self._nc.publish(subject, self._message(CANCEL, subject, {"call": call, "valid_s": ACCEPT_S}))


def unlisted(tool: Tool) -> str:
    """What to do about a tool that nobody is listed for."""
    return f"no worker of {tool.name} is listed: groundstop keys issue worker --tool {tool.name}"


def _subject(whom: Whom, tool: Tool, context: ToolContext, verb: str) -> str:
    if whom is Whom.PROPOSER:
        return subjects.proposers_call(context.tenant, context.agent, context.intent, verb)
    return subjects.worker(tool.name, verb)


def _in_clear(arguments: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """The arguments with their secrets, where nobody has a key that they could be sealed to."""
    filled: dict[str, Any] = resolved(arguments, secrets.__getitem__, [])
    return filled


def _raise(tool: Tool, problem: Any) -> None:
    if not isinstance(problem, dict):
        raise EffectUnknown(f"{tool.name}: {str(problem)[:500]}")
    said = f"{tool.name}: {problem.get('message', 'it failed')}"
    if problem.get("effect", "unknown") == "none":
        raise ToolFailed(said, retryable=bool(problem.get("retryable", False)))
    raise EffectUnknown(said)

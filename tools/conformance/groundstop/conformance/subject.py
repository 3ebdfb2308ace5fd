"""The implementation under test, as the kit speaks to it: requests on ``gs.conformance.<role>``, one JSON object each.

``{"do": "hello"}`` is answered with ``{"tenant", "agent"}`` (an approver's ``agent`` is its name, a worker adds
``tool``); docs/reference/conformance.md lists the others. An implementation answers ``{"error": code}`` for what it
refuses to do.
"""

from typing import Any

import nats.errors
import orjson
from groundstop.clock import Clock
from groundstop.conformance.steps import Failed
from nats.aio.client import Client

HELLO_S = 60.0
ANSWER_S = 15.0
ASK_AGAIN_S = 0.2


class Implementation:
    """What is being checked."""

    def __init__(self, nc: Client, role: str, clock: Clock) -> None:
        self.nc = nc
        self.clock = clock
        self._subject = f"gs.conformance.{role}"
        self.tenant = ""
        self.agent = ""
        self.tool = ""

    async def ask(self, do: str, **body: Any) -> dict[str, Any]:
        """Its answer to one request. Raises Failed when there is none within ANSWER_S."""
        try:
            reply = await self.nc.request(self._subject, orjson.dumps({"do": do, **body}), timeout=ANSWER_S)
        except (TimeoutError, nats.errors.Error) as error:
            raise Failed(f"no answer to {do!r} on {self._subject}: {type(error).__name__}") from error
        answer: dict[str, Any] = orjson.loads(reply.data)
        return answer

    async def hello(self) -> None:
        """Wait until it is there and says who it is. Raises Failed after HELLO_S."""
        deadline = self.clock.monotonic() + HELLO_S
        while True:
            try:
                said = await self.ask("hello")
                break
            except Failed:
                if self.clock.monotonic() > deadline:
                    raise
                await self.clock.sleep(ASK_AGAIN_S)
        self.tenant, self.agent = said.get("tenant", "default"), said["agent"]
        self.tool = said.get("tool", "")

"""The heart of every adapter: propose a call, do it when an executor says so, give back what came of it.

async with Client.open(agent="tidy") as client:
    governor = Governor(client, task="tidy-2026-06-01")
    await governor.run("files.delete", {"path": "/a"}, delete)
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from groundstop.adapters.saying import said
from groundstop.adapters.worker import IntentWorker
from groundstop.catalogue import ToolContext
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.digest import digest
from groundstop.errors import GroundstopError
from groundstop.events import Outcome
from groundstop.ids import derived_id, new_id
from pydantic_core import to_jsonable_python

Do = Callable[[dict[str, Any]], Awaitable[Any]]


class NotDone(GroundstopError):
    """A call that was not done, or not certainly. Its text is for the model; ``outcome`` says what became of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(said(outcome))
        self.outcome = outcome


class Governor:
    """Calls of one agent's process.

    ``task`` names a run. The same run started again goes on with its intents instead of making new ones: a call is the
    same when its task, its place (``call_id``, else how many identical ones came before it) and its content are.
    Without a task every call is a new intent. ``names`` maps a framework's tool names to those of the catalogue.
    """

    def __init__(
        self, client: Client, *, task: str = "", names: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        self._client = client
        self._task = task
        self._names = names or {}
        self._clock = clock or Clock()
        self._run = new_id()
        self._seen: Counter[str] = Counter()

    async def run(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        do: Do,
        *,
        call_id: str = "",
        task: str = "",
        user: str = "",
        confidence: float | None = None,
        reasoning: str = "",
        timeout_s: float | None = None,
    ) -> Any:
        """What ``do(arguments)`` answers; what it answered before a restart, as JSON, when it was done then.

        ``do`` runs at most once per clearance, with the arguments that were cleared: a person may have edited them.
        It says by groundstop.catalogue.ToolFailed that nothing happened; after any other error nobody knows. Raises
        NotDone, and TimeoutError after ``timeout_s``: the intent then goes on.
        """
        tool = self._names.get(tool, tool)
        given = to_jsonable_python(dict(arguments))
        intent = self._intent(tool, given, call_id, task)
        made: list[Any] = []
        raised: list[Exception] = []

        async def once(cleared: dict[str, Any], context: ToolContext) -> Any:
            try:
                made[:] = [await do(cleared)]
            except Exception as error:
                raised.append(error)
                raise
            return to_jsonable_python(made[0], fallback=str)

        worker = IntentWorker(self._client, self._clock, tool, intent, once)
        await worker.start()
        try:
            ticket = await self._client.submit(
                tool, given, intent=intent, task=_token(task or self._task or self._run), user=user,
                confidence=confidence, reasoning=reasoning,
            )  # fmt: skip
            outcome = await ticket.outcome(timeout_s)
        finally:
            await worker.stop()
        if not outcome.status.good:
            raise NotDone(outcome) from (raised[-1] if raised else None)
        return made[0] if made else outcome.result

    def _intent(self, tool: str, arguments: Mapping[str, Any], call_id: str, task: str) -> str:
        """The same id for the same call of the same run, whatever process makes it."""
        run = task or self._task
        if not run:
            return new_id()
        who = self._client
        call = digest(who.tenant, who.agent, tool, "1", arguments)
        place = f"{run}:{call}"
        self._seen[place] += 1
        return derived_id(f"{place}:{call_id or self._seen[place]}", "call")


def _token(name: str) -> str:
    """A run's name as a subject may hold it; another name gives another token."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) else derived_id(name, "task")

"""The same client for code without an event loop: it runs one in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from groundstop.client.client import Client, Ticket
from groundstop.client.operator import HaltReport
from groundstop.commands.cases import Decision
from groundstop.events import Outcome
from groundstop.stack_discovery import settings_for

T = TypeVar("T")


class SyncTicket:
    """A submitted intent; see Ticket."""

    def __init__(self, client: "SyncClient", ticket: Ticket) -> None:
        self._client = client
        self._ticket = ticket
        self.intent = ticket.intent

    def outcome(self, timeout_s: float | None = None) -> Outcome:
        """Block until the outcome. Raises TimeoutError."""
        return self._client.call(self._ticket.outcome(timeout_s))


class SyncClient:
    """Blocking twin of Client for the common calls; ``call`` runs any coroutine of ``client``."""

    def __init__(self, *, tenant: str = "default", agent: str = "agent", data: Path | None = None) -> None:
        self.client = Client(settings_for(data), tenant=tenant, agent=agent)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="groundstop-client", daemon=True)

    def __enter__(self) -> "SyncClient":
        self._thread.start()
        self.call(self.client.connect())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self.client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the client's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def submit(self, tool: str, arguments: dict[str, Any] | None = None, **more: Any) -> SyncTicket:
        """See Client.submit."""
        return SyncTicket(self, self.call(self.client.submit(tool, arguments, **more)))

    def decide(self, case: str, verdict: str, note: str = "") -> Decision:
        """See Client.decide."""
        return self.call(self.client.decide(case, verdict, note))

    def halt(self, scope: str = "all", reason: str = "") -> HaltReport:
        """See Client.halt."""
        return self.call(self.client.halt(scope, reason))

"""A worker for one intent alone: whoever proposed a call is the one that does it.

The executor asks on a subject of the intent's own before it asks the tool's workers; the rest is as with any worker
(docs/reference/workers.md). Of several processes that wait for one intent exactly one is asked. When all of them have
gone nobody answers, nothing happens, and that is known at once.
"""

from groundstop.client import Client
from groundstop.client.requests import requests_on
from groundstop.client.worker import Do, Worker
from groundstop.clock import Clock
from groundstop.log.denials import subscribe
from groundstop.subjects import proposers_call
from nats.aio.subscription import Subscription


class IntentWorker(Worker):
    """Does the call of one intent, one attempt at a time: an executor may try again after a failure."""

    def __init__(self, client: Client, clock: Clock, tool: str, intent: str, do: Do) -> None:
        super().__init__(client.nc, clock, tool, do, concurrency=1, settings=client.settings)
        self._run = proposers_call(client.tenant, client.agent, intent, "run")
        self._cancel = proposers_call(client.tenant, client.agent, intent, "cancel")
        self._subscriptions: list[Subscription] = []

    async def start(self) -> None:
        """Begin to answer for the intent. Raises PermissionDenied where the bus does not let us."""
        self._requests = await requests_on(self._nc, self._clock, self._settings)
        self._subscriptions = [
            await subscribe(self._nc, self._run, queue="workers", cb=self._on_run),
            await subscribe(self._nc, self._cancel, cb=self._on_cancel),
        ]

    async def stop(self) -> None:
        """Answer no more; after the connection nobody asks."""
        if not self._nc.is_closed:
            for subscription in self._subscriptions:
                await subscription.unsubscribe()

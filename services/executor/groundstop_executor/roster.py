"""Who is alive: executors whose beat was heard within the last seconds."""

import orjson
from groundstop import subjects
from groundstop.clock import Clock
from nats.aio.client import Client
from nats.aio.msg import Msg

FRESH_S = 2.0


class Roster:
    """Executors by id, with the time of their last beat on this host's monotonic clock."""

    def __init__(self, nc: Client, clock: Clock) -> None:
        self._nc = nc
        self._clock = clock
        self._heard: dict[str, float] = {}
        self._since = clock.monotonic()

    async def start(self) -> None:
        """Begin to listen. Until ``FRESH_S`` have passed everybody counts as alive: nothing was heard yet."""
        self._since = self._clock.monotonic()
        await self._nc.subscribe(subjects.BEATS, cb=self._beat)

    async def stop(self) -> None:
        """Nothing to end: the connection takes the subscription with it."""

    async def _beat(self, message: Msg) -> None:
        executor = orjson.loads(message.data).get("executor", "")
        self._heard[executor] = self._clock.monotonic()

    def alive(self, executor: str) -> bool:
        """True while its beat is fresh, or could not have been heard yet."""
        now = self._clock.monotonic()
        return now - self._heard.get(executor, self._since) < FRESH_S

"""Who is alive: executors whose beat was heard within the last seconds."""

import math

import orjson
from groundstop import subjects
from groundstop.clock import Clock
from nats.aio.client import Client
from nats.aio.msg import Msg

FRESH_S = 2.0
_GAP_S = 1.0
"""Beats come four times a second, from this host's own guard at least: a longer silence is one of our ears."""


class LiveExecutors:
    """Executors by id, with the time of their last beat on this host's monotonic clock."""

    def __init__(self, nc: Client, clock: Clock) -> None:
        self._nc = nc
        self._clock = clock
        self._heard: dict[str, float] = {}
        self._since = clock.monotonic()
        self._news_at = -math.inf

    async def start(self) -> None:
        """Begin to listen. Until ``FRESH_S`` have passed everybody counts as alive: nothing was heard yet."""
        self._since = self._clock.monotonic()
        await self._nc.subscribe(subjects.BEATS, cb=self._beat)

    async def stop(self) -> None:
        """Nothing to end: the connection takes the subscription with it."""

    async def _beat(self, message: Msg) -> None:
        self.heard(str(orjson.loads(message.data).get("executor", "")))

    def heard(self, executor: str) -> None:
        """A beat of ``executor``. After a silence of all of them everybody gets time to be heard again."""
        now = self._clock.monotonic()
        if now - self._news_at > _GAP_S:
            self._since = now
        self._news_at = now
        self._heard[executor] = now

    def alive(self, executor: str) -> bool:
        """True while its beat is fresh, or could not have been heard: cut off ourselves, we declare nobody dead."""
        now = self._clock.monotonic()
        if now - self._news_at > _GAP_S:
            return True
        return now - max(self._heard.get(executor, self._since), self._since) < FRESH_S

    def names(self) -> list[str]:
        """Those whose beat is fresh, in order of their names."""
        now = self._clock.monotonic()
        return sorted(name for name, at in self._heard.items() if now - at < FRESH_S)

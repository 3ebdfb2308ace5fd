"""One time for all services: that of the log's server, whatever the clocks of their hosts say.

Clearances expire, buckets fill and timers are set by it, so a host whose clock is wrong, or jumps, does none of that
too early or too late. What is not told by the server is counted by monotonic time, which no clock change touches.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.log.lookup import api
from groundstop.loops import supervised_task
from groundstop.subjects import STREAM
from nats.aio.client import Client
from structlog.typing import FilteringBoundLogger

ASK_S = 1.0
FIRST_TRIES = 10
TOLD_S = 1.0
"""A host's clock that differs by more is worth a line."""


class LogClock(Clock):
    """A clock that asks the log's server, once a second. Until ``start`` has returned it is the host's.

    Between two answers, and while nobody answers, it goes on from the last one: it never jumps with the host's clock,
    and is off by what monotonic time drifts and by no more than a question takes.
    """

    def __init__(self, logger: FilteringBoundLogger, host: Clock | None = None) -> None:
        super().__init__()
        self._logger = logger
        self._host = host or Clock()
        self._nc: Client | None = None
        self._zero: float | None = None
        """What time it was, in seconds since 1970, when monotonic time was 0."""
        self._asking: asyncio.Task[None] | None = None
        self._differs = False

    def __call__(self) -> datetime:
        """Now by the log's server, aware, in UTC."""
        if self._zero is None:
            return self._host()
        return datetime.fromtimestamp(self._zero + self.monotonic(), UTC)

    def monotonic(self) -> float:
        """The host's: seconds that no clock change touches."""
        return self._host.monotonic()

    @property
    def host_ahead_s(self) -> float:
        """How many seconds the host's clock is ahead of the log's."""
        return (self._host() - self()).total_seconds()

    def gauges(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters."""
        yield "host_clock_ahead_seconds", {}, self.host_ahead_s

    def of(self, nc: Client) -> "LogClock":
        """The same clock, a part of a service that is connected by ``nc``."""
        self._nc = nc
        return self

    async def start(self) -> None:
        """Return when the server has said what time it is, or has not for a while; go on asking."""
        for _ in range(FIRST_TRIES):
            if await self._ask():
                break
            await self.sleep(ASK_S / 10)
        self._asking = supervised_task(self._ask_on(), "log-clock", self._logger)

    async def stop(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask_on(self) -> None:
        while True:
            await self.sleep(ASK_S)
            await self._ask()

    async def _ask(self) -> bool:
        assert self._nc is not None, "of() comes before start()"
        asked_at = self.monotonic()
        try:
            answer = await api(self._nc, f"STREAM.INFO.{STREAM}", timeout_s=ASK_S)
            told = datetime.fromisoformat(answer["ts"]).timestamp()
        except (GroundstopError, KeyError, ValueError) as error:
            self._logger.debug("log_time_not_told", error=str(error)[:300])
            return False
        self.take(told, asked_at, self.monotonic())
        return True

    def take(self, told: float, asked_at: float, answered_at: float) -> None:
        """The server's clock showed ``told`` somewhen between the two monotonic times: move no more than that says."""
        earliest, latest = told - answered_at, told - asked_at
        zero = self._host().timestamp() - answered_at if self._zero is None else self._zero
        self._zero = min(max(zero, earliest), latest)
        self._say_difference()

    def _say_difference(self) -> None:
        ahead_s = self.host_ahead_s
        differs = abs(ahead_s) > TOLD_S
        if differs and not self._differs:
            self._logger.warning("host_clock_differs", ahead_s=round(ahead_s, 3))
        elif self._differs and not differs:
            self._logger.warning("host_clock_agrees", ahead_s=round(ahead_s, 3))
        self._differs = differs

"""Whose turn it is to meter: one process at a time, with everything that was admitted before it folded in."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import nats.errors
from groundstop import subjects
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import IntentAdmitted, IntentClassified, IntentCleared
from groundstop.log import Log, Stored, stream
from groundstop.log.follow import Follower
from groundstop.loops import supervised_task
from structlog.typing import FilteringBoundLogger

from groundstop_rate_limiter.domain import Meters

FORGET_EVERY_S = 60.0
AGAIN_S = 0.2
FOLLOW_ON_S = 30.0
"""How long the one whose turn it was may still send again what it had sent: the publisher's own bound."""
FRESH_S = 30.0
RECENT_MAX = 100_000
"""Intents metered lately: more than are metered in FRESH_S."""
FOLDED = (subjects.pattern("intent.admitted"), subjects.pattern("intent.cleared"))


class MeteringLeader:
    """Keeps the meters level with the log while others meter, and tells what was certainly never metered.

    Folding an admission twice changes nothing, so a stand-by follows all of them and its own do no harm. Real world:
    after kill -9 the server counts the deliveries of the last moments from one again; metered a second time, an intent
    that found its bucket empty then would be cleared and throttled at once. Hence the order of the log decides.
    """

    def __init__(self, log: Log, meters: Meters, clock: Clock, logger: FilteringBoundLogger, window_s: float) -> None:
        self._log = log
        self._meters = meters
        self._clock = clock
        self._logger = logger
        self._window_s = window_s
        self._folded = 0  # the newest admission that is in the meters
        self._metered = 0  # the newest intent that may have been metered
        self._recent: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._ours = asyncio.Event()
        self._taking: asyncio.Task[None] | None = None
        self._follower: Follower | None = None

    async def start(self) -> None:
        """Read the admissions of the longest window of any limit, and stand by."""
        await self._follow(since=self._clock().timestamp() - self._window_s)
        self._forgetting = supervised_task(self._forget(), "forget full buckets", self._logger)

    async def stop(self) -> None:
        """Keep the meters as they are."""
        tasks = [task for task in (self._forgetting, self._taking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._unfollow()

    def changed(self, ours: bool) -> None:
        """It became our turn, or is no longer certain to be."""
        self._ours.clear()
        if self._taking is not None:
            self._taking.cancel()
        move = self._take if ours else self._stand_by
        self._taking = supervised_task(self._until_done(move), "turn", self._logger)

    @property
    def ready(self) -> bool:
        """True when it is our turn and the meters hold everything that was admitted before it."""
        return self._ours.is_set()

    async def come(self) -> None:
        """Wait until ``ready``."""
        await self._ours.wait()

    def is_new(self, delivery: Delivery, classified: IntentClassified) -> bool:
        """True when the log need not be asked. Ask once per delivery: the answer is noted.

        A judgement that was stored again, by whoever may, is not new: an old one by its signed time, a fresh one by
        what was metered in the last moments.
        """
        fresh = abs(delivery.time_ns / 1e9 - classified.at.timestamp()) < FRESH_S
        who = (classified.tenant, classified.agent, classified.intent)
        new = delivery.tries == 1 and delivery.seq > self._metered and fresh and who not in self._recent
        self._metered = max(self._metered, delivery.seq)
        self._recent[who] = None
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        return new

    async def _until_done(self, move: Callable[[], Awaitable[None]]) -> None:
        """While the bus is away nobody is handed anything, and it is still our turn when it is back."""
        while True:
            try:
                return await move()
            except (GroundstopError, nats.errors.Error, OSError) as error:
                self._logger.warning("cannot_read_admissions", error=repr(error))
                await self._clock.sleep(AGAIN_S)

    async def _take(self) -> None:
        await self._level()
        self._metered = int((await stream.state(self._log.nc))["last_seq"])
        self._ours.set()
        self._logger.info("meters", behind=self._metered)
        await self._clock.sleep(FOLLOW_ON_S)
        await self._unfollow()

    async def _stand_by(self) -> None:
        self._logger.warning("stands_by")
        if self._follower is None:
            await self._level()

    async def _level(self) -> None:
        """Fold in what others admitted: it is behind the newest intent that was handed to us. Then follow."""
        await self._follow(from_seq=max(self._folded, self._metered) + 1)

    async def _follow(self, from_seq: int = 1, since: float | None = None) -> None:
        await self._unfollow()
        self._follower = Follower(self._log, FOLDED, self._fold, self._logger, from_seq=from_seq, since=since)
        await self._follower.start()

    async def _unfollow(self) -> None:
        if self._follower is not None:
            follower, self._follower = self._follower, None
            await follower.stop()

    def _fold(self, stored: Stored) -> None:
        self._folded = stored.seq
        cleared = stored.subject.startswith("gs.intent.cleared.")
        model: type[IntentCleared | IntentAdmitted] = IntentCleared if cleared else IntentAdmitted
        self._meters.remember(self._log.believed(model, stored).charges)

    async def _forget(self) -> None:
        while True:
            self._meters.forget_before(self._clock().timestamp())
            await self._clock.sleep(FORGET_EVERY_S)

"""The door's limits at work: what is beyond a share ends as ``throttled`` or is dropped, and is told once a window."""

from collections.abc import Callable, Sequence

from groundstop.bus.delivery import DOOR
from groundstop.bus.message import Delivery
from groundstop.callers import Caller
from groundstop.clock import Clock
from groundstop.errors import BadInput, GroundstopError
from groundstop.events import Fact, IntentClassified, MessageDead
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.loops import kept
from groundstop.settings import Settings
from groundstop.words import Reason
from structlog.typing import FilteringBoundLogger

from groundstop_classifier.shares import Allowance, Excess, Shares, Verdict

End = Callable[[Delivery, BadInput], IntentClassified]


def shares_of(settings: Settings) -> Shares:
    """The limits that the settings ask for."""
    return Shares(
        Allowance(settings.door_rate_per_s, settings.door_burst),
        Allowance(settings.door_tenant_rate_per_s, settings.door_tenant_burst),
        settings.door_ended_max,
    )


class Throttle:
    """Looks at every message of the intake before it is decoded. ``end`` makes the judgement of one that is refused."""

    def __init__(
        self, log: Log, shares: Shares, end: End, clock: Clock, logger: FilteringBoundLogger, window_s: float
    ) -> None:
        self._log = log
        self._shares = shares
        self._end = end
        self._clock = clock
        self._logger = logger
        self._window_s = window_s

    async def start(self) -> None:
        """Begin to tell of what was dropped, once a window."""
        self._telling = kept(self._tell_for_ever(), "throttle", self._logger)

    async def stop(self) -> None:
        """Tell of the rest."""
        self._telling.cancel()
        await self._tell()

    def instead(self, delivery: Delivery) -> Sequence[Fact] | None:
        """The facts that are written instead of looking at a message, none for one that is dropped; None: look."""
        caller = delivery.said_by
        if caller is None:
            return None
        ends = delivery.subject.startswith("gs.intent.submitted.")
        verdict = self._shares.take(caller, len(delivery.payload), self._clock.monotonic(), ends=ends)
        if verdict is Verdict.ADMIT:
            return None
        if verdict is Verdict.END:
            problem = BadInput(Reason.RATE_LIMITED, f"{caller} says more than it may: not judged")
            try:
                return (self._end(delivery, problem),)
            except BadInput:
                pass  # on the subject of no intent
        self._shares.drop(caller, delivery.seq, delivery.subject)
        return ()

    async def _tell_for_ever(self) -> None:
        while True:
            await self._clock.sleep(self._window_s)
            await self._tell()

    async def _tell(self) -> None:
        for caller, excess in list(self._shares.window_ended(self._clock.monotonic())):
            self._logger.warning("messages_dropped", caller=str(caller), count=excess.dropped)
            try:
                await self._log.publish_once(self._dropped(caller, excess))
            except GroundstopError as error:
                self._logger.error("dropped_not_told", caller=str(caller), count=excess.dropped, error=repr(error))

    def _dropped(self, caller: Caller, excess: Excess) -> MessageDead:
        return MessageDead(
            id=derived_id(f"{DOOR.name}:{excess.first_seq}", "dropped"),
            at=self._clock(),
            actor="classifier",
            service=DOOR.name,
            seq=excess.first_seq,
            original_subject=excess.first_subject[:1000],
            reason_code=Reason.RATE_LIMITED,
            reason=f"{caller} of tenant {caller.tenant} said more than it may: {excess.dropped} messages dropped, "
            f"{excess.ended} intents throttled within {self._window_s:g} s",
            tries=1,
            count=excess.dropped,
        )

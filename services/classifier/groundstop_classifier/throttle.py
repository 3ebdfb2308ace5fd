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
from groundstop.log.wire import place_of
from groundstop.loops import supervised_task
from groundstop.settings import Settings
from groundstop.vocabulary import Reason
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
        self._ending: set[str] = set()
        """Reply subjects of messages that end as throttled, between their coming and their handling."""

    async def start(self) -> None:
        """Begin to tell of what was dropped, once a window."""
        self._telling = supervised_task(self._tell_for_ever(), "throttle", self._logger)

    async def stop(self) -> None:
        """Tell of the rest."""
        self._telling.cancel()
        await self._tell()

    def drops(self, subject: str, reply: str, payload_bytes: int) -> bool:
        """Whether the message is beyond its speaker's share, and beyond what of that may end visibly.

        Nothing is parsed that need not be: a flood is paid for here, message by message.
        """
        parts = subject.split(".", 6)
        if len(parts) < 7:
            return False
        caller = Caller(parts[2], parts[3], parts[4])
        ends = parts[5] == "intent"
        verdict = self._shares.take(caller, payload_bytes, self._clock.monotonic(), ends=ends)
        if verdict is Verdict.DROP:
            self._shares.drop(caller, reply, subject)
        elif verdict is Verdict.END:
            self._ending.add(reply)
        return verdict is Verdict.DROP

    def instead(self, delivery: Delivery) -> Sequence[Fact] | None:
        """The judgement of an intent that is throttled. Raises BadInput on the subject of no intent."""
        if delivery.reply not in self._ending:
            return None
        self._ending.discard(delivery.reply)
        return (self._end(delivery, BadInput(Reason.RATE_LIMITED, f"{delivery.said_by} says more than it may")),)

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
        seq = place_of(excess.first_reply).stream_seq
        return MessageDead(
            id=derived_id(f"{DOOR.name}:{seq}", "dropped"),
            at=self._clock(),
            actor="classifier",
            service=DOOR.name,
            seq=seq,
            original_subject=excess.first_subject[:1000],
            reason_code=Reason.RATE_LIMITED,
            reason=f"{caller} of tenant {caller.tenant} said more than it may: {excess.dropped} messages dropped, "
            f"{excess.ended} intents throttled within {self._window_s:g} s",
            tries=1,
            count=excess.dropped,
        )

"""Messages that may kill the process that handles them: their tries are counted where no process can forget them."""

from collections import OrderedDict

from groundstop import subjects
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.errors import Refused
from groundstop.events import MessageSuspected
from groundstop.ids import derived_id
from groundstop.log import Log

SUSPECT_FROM = 3
"""Deliveries. Two crashes of others take an innocent message along; a third is worth two facts to look closer."""
GIVEN_BACK_MAX = 10_000


class ProcessKilled(Exception):
    """The reason why a message is buried that nobody could say anything about any more."""

    def __init__(self, crashes: int) -> None:
        super().__init__(f"{crashes} processes ended while they handled it")


class PoisonWatch:
    """What one process knows of messages that come again, and what it writes into the log before it touches one.

    The server counts deliveries, but not why: a message that was told to wait comes often, too. Those that this process
    gave back itself are therefore no suspects.
    """

    def __init__(self, log: Log, service: str, clock: Clock) -> None:
        self._log = log
        self._service = service
        self._clock = clock
        self._given_back: OrderedDict[int, None] = OrderedDict()

    def given_back(self, delivery: Delivery) -> None:
        """This process returned it and lives."""
        self._given_back[delivery.seq] = None
        if len(self._given_back) > GIVEN_BACK_MAX:
            self._given_back.popitem(last=False)

    def is_one(self, delivery: Delivery) -> bool:
        """True for what came often and was never seen to leave."""
        return delivery.tries >= SUSPECT_FROM and delivery.seq not in self._given_back

    async def mark(self, delivery: Delivery) -> int:
        """Note that it is about to be handled; how many processes may have died of it before."""
        subject = subjects.suspected(self._service, delivery.seq)
        newest = await self._log.last(subject)
        known = None if newest is None else self._log.fact(MessageSuspected, newest)
        crashes = 0 if known is None else known.crashes
        await self._note(delivery, crashes + 1, 0 if newest is None else newest.seq)
        return crashes

    async def clear(self, delivery: Delivery) -> None:
        """Its handling ended, and the process did not."""
        self.given_back(delivery)
        newest = await self._log.last(subjects.suspected(self._service, delivery.seq))
        await self._note(delivery, 0, 0 if newest is None else newest.seq)

    async def _note(self, delivery: Delivery, crashes: int, after: int) -> None:
        fact = MessageSuspected(
            id=derived_id(f"{delivery.seq}:{after}", f"suspected:{self._service}"),
            at=self._clock(),
            actor=self._service,
            service=self._service,
            seq=delivery.seq,
            original_subject=delivery.subject[:1000],
            crashes=crashes,
        )
        if not (await self._log.follow(fact, after, fact.subject())).stored:
            raise Refused(0, f"another process has message {delivery.seq}")

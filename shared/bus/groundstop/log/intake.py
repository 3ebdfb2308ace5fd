"""Publishing from outside: a fact goes into the intake, and the classifier admits it to the log."""

from groundstop.callers import Caller, intake
from groundstop.clock import Clock
from groundstop.errors import NoAcknowledgement
from groundstop.events import Fact
from groundstop.log.lookup import direct_last
from groundstop.log.publisher import Done, Publisher
from groundstop.log.wire import EXPECTED_SEQ, PubAck, encoded, headers_of
from groundstop.log.writing import settle
from nats.aio.client import Client

TAKEN_WITHIN_S = 15.0
"""How long the classifier may take: after a restart it reads the log first."""
LOOK_S, LOOK_S_MAX = 0.003, 0.1


class Intake:
    """The intake for one identity, on one connection."""

    def __init__(self, nc: Client, publisher: Publisher, clock: Clock, caller: Caller) -> None:
        self._nc = nc
        self._publisher = publisher
        self._clock = clock
        self._caller = caller

    async def put(self, fact: Fact) -> PubAck:
        """Publish a fact. ``stored`` is False while another fact under the same subject still waits to be admitted.

        Raises Refused, NoAcknowledgement, PermissionDenied.
        """
        return await self._put(fact, encoded(fact))

    def send(self, fact: Fact, done: Done) -> None:
        """Publish a fact without waiting; ``done`` is called with the answer. For many facts at once."""
        self._publisher.send(*self._message(fact, encoded(fact)), done)

    async def say(self, fact: Fact) -> bool:
        """Publish a fact and wait until it is in the log. False: the log has another fact on its subject, which stands.

        Raises NoAcknowledgement when it is not in the log after TAKEN_WITHIN_S; it may still be admitted.
        """
        payload = encoded(fact)
        await self._put(fact, payload)
        return await self.taken(fact.subject()) == payload

    async def _put(self, fact: Fact, payload: bytes) -> PubAck:
        return await settle(self._publisher, *self._message(fact, payload), fact.kind)

    def _message(self, fact: Fact, payload: bytes) -> tuple[str, bytes, dict[str, str]]:
        """Subject, payload and headers: one message at a time may wait under a subject."""
        return intake(self._caller, fact.subject()), payload, headers_of(fact) | {EXPECTED_SEQ: "0"}

    async def taken(self, fact_subject: str) -> bytes:
        """The payload that the log holds on a subject, as soon as it holds one."""
        deadline, pause_s = self._clock.monotonic() + TAKEN_WITHIN_S, LOOK_S
        while True:
            stored = await direct_last(self._nc, fact_subject)
            if stored is not None:
                return stored.payload
            if self._clock.monotonic() > deadline:
                text = f"{fact_subject}: in the intake, but not in the log after {TAKEN_WITHIN_S:g} s"
                raise NoAcknowledgement(text)
            await self._clock.sleep(pause_s)
            pause_s = min(LOOK_S_MAX, pause_s * 1.5)

"""Saying something: a fact goes into the intake, and into the log once the door has looked at it."""

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
"""So long the door may take: after a restart it has the log to read first."""
LOOK_S, LOOK_S_MAX = 0.003, 0.1


class Intake:
    """What one identity says, on one connection."""

    def __init__(self, nc: Client, publisher: Publisher, clock: Clock, caller: Caller) -> None:
        self._nc = nc
        self._publisher = publisher
        self._clock = clock
        self._caller = caller

    async def put(self, fact: Fact) -> PubAck:
        """Say it. ``stored`` is False while something else that was said under the same subject is still waiting.

        Raises Refused, NoAcknowledgement, PermissionDenied.
        """
        return await self._put(fact, encoded(fact))

    def send(self, fact: Fact, done: Done) -> None:
        """Say it soon; ``done`` is called with the answer: for who says much at once."""
        self._publisher.send(*self._message(fact, encoded(fact)), done)

    async def say(self, fact: Fact) -> bool:
        """Say it and wait until the log has it. False: something else had been said there before, and stands.

        Raises NoAcknowledgement when the door has not taken it within TAKEN_WITHIN_S; it may still do so.
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
        """What the log holds on a subject that something was said for, as soon as it holds it."""
        deadline, pause_s = self._clock.monotonic() + TAKEN_WITHIN_S, LOOK_S
        while True:
            stored = await direct_last(self._nc, fact_subject)
            if stored is not None:
                return stored.payload
            if self._clock.monotonic() > deadline:
                raise NoAcknowledgement(f"{fact_subject}: said, but not in the log after {TAKEN_WITHIN_S:g} s")
            await self._clock.sleep(pause_s)
            pause_s = min(LOOK_S_MAX, pause_s * 1.5)

"""The log: the one place where facts are written and read. The server decides every race.

Log.publish_once   a fact, unless one like it exists
Log.claim          a fenced right to start an attempt
Log.schedule       a message for later
Log.follow         a fact, if nothing has happened since the one that its writer saw
Log.decide         the same for a decision, which removes its timer
Log.read           facts in order from a sequence
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from groundstop import subjects
from groundstop.callers import Caller
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import CaseDecided, ExecutionStarted, Fact
from groundstop.identity.signatures import Signer
from groundstop.log import lookup
from groundstop.log.direct import DirectReader
from groundstop.log.intake import Intake
from groundstop.log.publisher import WINDOW, Publisher
from groundstop.log.reader import Reader
from groundstop.log.set_aside import FactVerifier, SetAside, check_place
from groundstop.log.signing import Signing
from groundstop.log.wire import (
    EXPECTED_SEQ,
    EXPECTED_SUBJECT,
    MSG_ID,
    SCHEDULE,
    SCHEDULE_NEXT,
    SCHEDULE_TARGET,
    SCHEDULER,
    PubAck,
    encoded,
    headers_of,
    once_check,
)
from groundstop.log.writing import settle
from groundstop.stored import Stored
from nats.aio.client import Client

__all__ = ["Claim", "Log", "PubAck", "Stored"]

UNANSWERED_S = 5.0
"""Longer than a leader election or a server restart takes."""
F = TypeVar("F", bound=Fact)
Settled = Callable[[PubAck | Exception], None]


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: ``held`` says whether the attempt is ours; ``fenced`` that the controls have moved."""

    held: bool
    fenced: bool
    seq: int


def claim_id(started: ExecutionStarted) -> str:
    """Under which the server takes one claim of an attempt and no other.

    The stream has one window of ids for all of its writers, so this one says what it is of, and of whose intent: what
    another message, or another tenant's intent of that id, is called cannot take its place.
    """
    return f"claim:{started.subject()}"


def following(seq: int, pattern: str) -> dict[str, str]:
    """The check that ``seq`` is the newest sequence on ``pattern``."""
    return {EXPECTED_SEQ: str(seq), EXPECTED_SUBJECT: pattern}


class Log:
    """Facts in, facts out, on one connection. A ``face`` reads without making consumers, and says what it has to say in
    the intake."""

    def __init__(
        self, nc: Client, clock: Clock, window: int = WINDOW, signer: Signer | None = None, *, face: bool = False
    ) -> None:
        self.nc = nc
        self.aside = SetAside()
        self.belief: FactVerifier | None = None
        """Whose word counts among the facts that are read here; None: everybody's."""
        self._is_face = face
        self._clock = clock
        self._signing = Signing(signer, self._send_once)
        self._publisher = Publisher(nc, clock, window)

    def meter(self, told: Callable[[str], None]) -> None:
        """Have ``told`` called with the subject of every fact that is stored from here."""
        self._publisher.meter = told

    def gauges(self) -> Iterable[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters: publishes that wait for the log's answer, and what was set aside."""
        yield "publishing", {}, float(self._publisher.waiting)
        yield from self.aside.gauges()

    @property
    def problem(self) -> str:
        """What keeps facts from being stored, for ``groundstop status``; empty while the log takes them."""
        waits_s = self._publisher.unanswered_s
        if waits_s < UNANSWERED_S:
            return ""
        return (
            f"the log has not acknowledged a fact for {waits_s:.0f} s: is its disk full, or most of its servers away?"
        )

    def intake(self, caller: Caller) -> Intake:
        """The intake, for what ``caller`` says on this connection."""
        return Intake(self.nc, self._publisher, self._clock, caller)

    async def start(self) -> None:
        """Begin to listen for the stream's answers."""
        await self._publisher.start()

    async def stop(self) -> None:
        """Wait a little for outstanding answers, then stop."""
        self._signing.flush()
        await self._publisher.stop()

    def signed(self, fact: F) -> F:
        """The fact as it is stored: what must be signed is, where there is a key to do it with."""
        return self._signing.signed(fact)

    def send_once(self, fact: Fact, settled: Settled) -> None:
        """Publish unless such a fact exists; returns at once, ``settled`` is called with the answer."""
        self._signing.send(fact, settled)

    def _send_once(self, fact: Fact, settled: Settled) -> None:
        self._publisher.send(fact.subject(), encoded(fact), headers_of(fact) | once_check(fact), settled)

    async def publish_checked(self, fact: Fact, checks: dict[str, str]) -> PubAck:
        """Publish under ``checks`` (headers that the server enforces) and wait for the answer.

        Raises Refused for anything but a failed check, NoAcknowledgement when no answer came in time.
        """
        fact = self.signed(fact)
        return await settle(self._publisher, fact.subject(), encoded(fact), headers_of(fact) | checks, fact.kind)

    async def publish_once(self, fact: Fact) -> PubAck:
        """Publish unless such a fact exists. ``stored`` False: it is already so, at ``seq``."""
        return await self.publish_checked(fact, once_check(fact))

    async def claim(self, started: ExecutionStarted) -> Claim:
        """Claim one attempt: accepted only while no newer control than ``started.epoch`` is on its lane."""
        ack = await self.publish_checked(
            started,
            {
                EXPECTED_SEQ: str(started.epoch),
                EXPECTED_SUBJECT: subjects.control(started.lane),
                MSG_ID: claim_id(started),
            },
        )
        if ack.stored and not ack.duplicate:
            return Claim(held=True, fenced=False, seq=ack.seq)
        # Sent twice, a claim may have met its own first copy: what the log holds tells whose it is.
        standing = await self.last(started.subject())
        if standing is None:
            return Claim(held=False, fenced=True, seq=0)
        ours = standing.payload == encoded(started)
        return Claim(held=ours, fenced=False, seq=standing.seq)

    async def schedule(self, timer: Fact, target: str, at: datetime) -> PubAck:
        """Store ``timer`` now, once, and have the server store it on ``target`` at ``at`` (to 0.25 s)."""
        when = at.isoformat().replace("+00:00", "Z")
        return await self.publish_checked(timer, {SCHEDULE: f"@at {when}", SCHEDULE_TARGET: target, EXPECTED_SEQ: "0"})

    async def follow(self, fact: Fact, seq: int, pattern: str) -> PubAck:
        """Store ``fact`` if ``seq`` is still the newest sequence that matches ``pattern``; 0: if none does."""
        return await self.publish_checked(fact, following(seq, pattern))

    async def decide(self, decided: CaseDecided, seq: int, pattern: str) -> PubAck:
        """Follow with a decision and remove the case's timer, if it is still there, in the same step."""
        timer = subjects.subject("timer.case", decided.tenant, decided.agent, decided.intent, decided.case_kind.value)
        removing = {SCHEDULE_NEXT: "purge", SCHEDULER: timer}
        return await self.publish_checked(decided, following(seq, pattern) | removing)

    async def last(self, subject: str) -> Stored | None:
        """The newest message on a subject or pattern, from the leader. None when there is none."""
        return await lookup.last(self.nc, subject)

    async def first(self, subject: str) -> Stored | None:
        """The oldest message on a subject, from the leader. None when there is none."""
        return await lookup.first(self.nc, subject)

    async def last_fact(self, model: type[F], subject: str) -> F | None:
        """The newest fact on a subject or pattern. What counts for nothing there is set aside and hides no other."""
        stored = await self.last(subject)
        fact = None if stored is None else self.fact(model, stored)
        return fact if fact is not None or stored is None else await self._behind(model, subject)

    async def _behind(self, model: type[F], subject: str) -> F | None:
        """The newest of other subjects, or the oldest on this one: of facts that exist once, the first is the one."""
        if "*" in subject:
            found: list[Stored | None] = list(reversed(await self.newest([subject])))
        else:
            found = [await self.first(subject)]
        return next((fact for one in found if one is not None and (fact := self.fact(model, one))), None)

    def believed(self, model: type[F], stored: Stored) -> F:
        """The fact in a message. Raises ValueError or BadInput when nobody can read it, or nobody who may said it."""
        fact = model.model_validate_json(stored.payload)
        check_place(fact, stored.subject)
        if self.belief is not None:
            self.belief.believe(fact, stored.time_ns)
        return fact

    def fact(self, model: type[F], stored: Stored) -> F | None:
        """The same, but what counts for nothing is set aside: None."""
        try:
            return self.believed(model, stored)
        except (ValueError, BadInput) as error:
            self.aside.note(stored, error)
            return None

    def facts(self, model: type[F], found: Iterable[Stored]) -> list[F]:
        """Those of several messages that count."""
        return [fact for stored in found if (fact := self.fact(model, stored)) is not None]

    async def newest(self, patterns: Sequence[str]) -> list[Stored]:
        """The newest message of every subject that matches, in order of sequence."""
        return [stored async for stored in lookup.newest_of(self.nc, patterns)]

    def read(
        self, from_seq: int = 1, patterns: Sequence[str] = (), *, since: float | None = None
    ) -> Reader | DirectReader:
        """Facts in order from ``from_seq``, or from the time ``since`` (seconds since 1970); see Reader."""
        return (DirectReader if self._is_face else Reader)(self.nc, self._clock, from_seq, patterns, since=since)

    async def until_now(
        self, from_seq: int = 1, patterns: Sequence[str] = (), *, since: float | None = None
    ) -> AsyncIterator[Stored]:
        """What the log holds now, in order, then stop: how a service folds its state at start."""
        async with self.read(from_seq, patterns, since=since) as reader:
            async for stored in reader.until_now():
                yield stored

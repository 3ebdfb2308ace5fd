"""Taking messages from a durable: decode, decide, publish, and acknowledge the input when the output is stored.

A handler gets a decoded fact and returns the facts it brings about. They are published once each, pipelined; the input
is acknowledged when the log has acknowledged all of them. Everything a handler does must therefore be harmless the
second time.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from groundstop.bus.dead_letter import dead, handling_failed
from groundstop.bus.delivery import RETRY_DELAYS_S, retry_delay_s
from groundstop.bus.keys import Keys
from groundstop.bus.message import Delivery, Wait, decode, delivery_of
from groundstop.bus.poison import PoisonWatch, ProcessKilled
from groundstop.bus.publish_batch import PublishResult, publish_batch
from groundstop.clock import Clock
from groundstop.errors import BadInput, NoAcknowledgement
from groundstop.events import Fact
from groundstop.log import Log
from groundstop.log.exclusive import ExclusiveConsumer
from groundstop.log.frames import Frames
from groundstop.log.pull import Pull
from groundstop.log.stream import Durable
from groundstop.log.wire import place_of
from groundstop.loops import TaskSet
from groundstop.vocabulary import Reason
from structlog.typing import FilteringBoundLogger

STALE_PART = 0.6
"""Of the redelivery time: an input held longer without a sign of life to the server is dropped, not answered."""

Facts = Fact | Sequence[Fact] | None
Handler = Callable[[Any, Delivery], Facts | Coroutine[Any, Any, Facts]]


@dataclass(frozen=True, slots=True)
class Route:
    """How one kind of fact is handled.

    ``on_bad_input`` turns what cannot be decoded into facts; without it the message is recorded as dead.
    ``on_conflict`` is awaited, before the input is acknowledged, for a fact that was not stored because one exists.
    ``on_refused`` is awaited for what else is stored when a message is put away as bad input: the end of its intent.
    """

    model: type[Fact]
    handler: Handler
    on_bad_input: Callable[[Delivery, BadInput], Facts] | None = None
    on_conflict: Callable[[Fact, Delivery], Awaitable[None]] | None = None
    on_refused: Callable[[Delivery, BadInput], Awaitable[Facts]] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a consumer: messages in hand, tries before a message is dead, bytes of a message.

    Without ``suspects`` messages that come again are not looked at one by one: for handlers that run for long, and
    whose own attempts are bounded in the log anyway.
    """

    window: int = 512
    tries_max: int = 5
    payload_bytes_max: int = 512 * 1024
    suspects: bool = True


@dataclass(slots=True)
class Counts:
    """What a consumer has done since it started, in messages."""

    handled: int = 0
    already_so: int = 0
    waited: int = 0
    failed: int = 0
    dead: int = 0


class Gate(Protocol):
    """Keeps what is too much away from the handlers."""

    def drops(self, subject: str, reply: str, payload_bytes: int) -> bool:
        """Whether a message is dropped as it comes, at the least cost that there is."""

    def instead(self, delivery: Delivery) -> Sequence[Fact] | None:
        """Facts that are published in place of what a handler would say; None lets the message pass."""


class Consumer:
    """Runs handlers over one durable. Plain handlers run in order; each coroutine runs as a task of its own.

    A durable that only one process at a time may have is taken with a ``pin``. With ``keys`` no handler is
    handed a fact that must be signed and is not. A ``gate`` is asked before a message is looked at.
    """

    def __init__(
        self,
        log: Log,
        durable: Durable,
        routes: Mapping[str, Route],
        *,
        clock: Clock,
        logger: FilteringBoundLogger,
        limits: Limits = Limits(),
        pin: ExclusiveConsumer | None = None,
        keys: Keys | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._keys = keys
        self.counts = Counts()
        self.meter: Callable[[str, float], None] | None = None
        """Told the subject of every message dealt with, and the seconds since the log stored it."""
        self._newest_reply = ""
        self._log = log
        self._frames = Frames(log.nc)
        self._durable = durable
        self._routes = routes
        self._clock = clock
        self._logger = logger.bind(consumer=durable.name)
        self._limits = limits
        self._pull = Pull(
            log.nc, durable.name, self._receive, clock, window=limits.window, stream=durable.stream, pin=pin
        )
        self._working: dict[int, Delivery] = {}
        self._errors: dict[int, int] = {}
        self._suspects = PoisonWatch(log, durable.name, clock)
        self._one_by_one = asyncio.Lock()
        self._tasks = TaskSet()

    async def start(self) -> None:
        """Begin to take messages."""
        await self._pull.start()
        self._tasks.keep(self._keep_alive(), "keep alive", self._logger)

    async def stop(self, drain_s: float = 5.0) -> None:
        """Take no more, and give what is in hand ``drain_s`` to settle; the rest comes again to whoever is next."""
        await self._pull.stop()
        deadline = self._clock.monotonic() + drain_s
        while self._working and self._clock.monotonic() < deadline:
            await self._clock.sleep(0.01)
        self._tasks.cancel()

    async def _keep_alive(self) -> None:
        """Slow work keeps its message: a sign of life well before the redelivery clock runs out."""
        period = self._durable.ack_wait_s / 4
        while True:
            await self._clock.sleep(period)
            for delivery in list(self._working.values()):
                self._renew(delivery, period)

    def _renew(self, delivery: Delivery, period: float) -> None:
        now = self._clock.monotonic()
        if now - delivery.renewed > period and not self._stale(delivery):
            delivery.alive()
            delivery.renewed = now

    def _receive(self, subject: str, reply: str, payload: bytes) -> None:
        if self._gate is not None and self._gate.drops(subject, reply, len(payload)):
            self._frames.publish(reply, b"+ACK")
            self._pull.used()
            return
        delivery = delivery_of(subject, reply, payload, self._frames, self._clock.monotonic())
        if delivery.seq in self._working:
            self._pull.used()  # it came again while we still hold it
            return
        self._working[delivery.seq] = delivery
        self._newest_reply = reply
        if self._limits.suspects and self._suspects.is_one(delivery):
            self._tasks.start(self._look_closer(delivery))
        else:
            self._take(delivery)

    def _take(self, delivery: Delivery) -> None:
        try:
            facts = self._handle(delivery)
            if not inspect.iscoroutine(facts):
                self._publish(delivery, facts)  # type: ignore[arg-type]  # iscoroutine does not narrow
                return
        except Exception as error:
            self._tasks.start(self._went_wrong(delivery, error))
            return
        self._tasks.start(self._finish(delivery, facts))

    async def _finish(self, delivery: Delivery, facts: Awaitable[Facts]) -> None:
        try:
            self._publish(delivery, await facts)
        except Exception as error:
            await self._went_wrong(delivery, error)

    async def _look_closer(self, delivery: Delivery) -> None:
        """One at a time, so that it is known which one it was when the process is gone."""
        try:
            async with self._one_by_one:
                crashes = await self._suspects.mark(delivery)
                if crashes >= self._limits.tries_max:
                    await self._record_as_dead(delivery, ProcessKilled(crashes), crashes)
                    return
                facts = self._handle(delivery)
                self._publish(delivery, await facts if inspect.isawaitable(facts) else facts)
                await self._suspects.clear(delivery)
        except Exception as error:
            await self._went_wrong(delivery, error)

    def _stale(self, delivery: Delivery) -> bool:
        return self._clock.monotonic() - delivery.renewed > self._durable.ack_wait_s * STALE_PART

    def _route(self, subject: str) -> Route:
        parts = subject.split(".", 3)
        route = self._routes.get(".".join(parts[1:3])) or self._routes.get(parts[1])
        if route is None:
            raise BadInput(Reason.INVALID_SUBJECT, f"no handler for {subject[:200]!r}")
        return route

    def _handle(self, delivery: Delivery) -> Facts | Coroutine[Any, Any, Facts]:
        if self._gate is not None and (facts := self._gate.instead(delivery)) is not None:
            return facts
        route = self._route(delivery.subject)
        try:
            fact = decode(route.model, delivery, self._limits.payload_bytes_max)
            if self._keys is not None:
                self._keys.check(fact, delivery.time_ns, delivery.tries)
            return route.handler(fact, delivery)
        except BadInput as error:
            if route.on_bad_input is None:
                raise
            return route.on_bad_input(delivery, error)

    def _publish(self, delivery: Delivery, facts: Facts) -> None:
        if self._stale(delivery):
            self._release(delivery)  # this process was stopped for so long that somebody else may be at it by now
            return
        out = _several(facts)
        if not out:
            self._done(delivery)
            return
        publish_batch(self._log.send_once, out, partial(self._settled, delivery))

    def _settled(self, delivery: Delivery, outcome: PublishResult) -> None:
        if outcome.all_stored:
            self._done(delivery)
        else:
            self._tasks.start(self._settle(delivery, outcome))

    async def _settle(self, delivery: Delivery, outcome: PublishResult) -> None:
        try:
            if outcome.failed is not None:
                raise outcome.failed
            if outcome.conflict is not None:
                self.counts.already_so += 1
                hook = self._route(delivery.subject).on_conflict
                if hook is not None:
                    await hook(outcome.conflict, delivery)
        except Exception as error:
            await self._went_wrong(delivery, error)
        else:
            self._done(delivery)

    def gauges(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters: what is in hand, what waits in the log, what was done so far."""
        label = {"consumer": self._durable.name}
        yield "in_hand", label, float(len(self._working))
        yield "queue_depth", label, float(place_of(self._newest_reply).pending if self._newest_reply else 0)
        for name in ("handled", "already_so", "waited", "failed", "dead"):
            yield f"messages_{name}_total", label, float(getattr(self.counts, name))

    def _done(self, delivery: Delivery) -> None:
        self.counts.handled += 1
        if self.meter is not None:
            self.meter(delivery.subject, self._clock().timestamp() - delivery.time_ns / 1e9)
        self._errors.pop(delivery.seq, None)
        delivery.ack()
        self._release(delivery)

    def _release(self, delivery: Delivery) -> None:
        if self._working.pop(delivery.seq, None) is not None:
            self._pull.used()

    async def _went_wrong(self, delivery: Delivery, error: Exception) -> None:
        self._suspects.given_back(delivery)
        if isinstance(error, Wait):
            self.counts.waited += 1
            delivery.retry(error.seconds)
            self._release(delivery)
            return
        if isinstance(error, NoAcknowledgement):
            self._not_heard(delivery, error)
            return
        self.counts.failed += 1
        tries = self._errors[delivery.seq] = self._errors.get(delivery.seq, 0) + 1
        poison = isinstance(error, BadInput)
        self._logger.warning("message_failed", seq=delivery.seq, tries=tries, error=repr(error), exc_info=not poison)
        if poison or tries >= self._limits.tries_max:
            await self._record_as_dead(delivery, error, tries)
        else:
            delivery.retry(retry_delay_s(tries))
            self._release(delivery)

    def _not_heard(self, delivery: Delivery, error: NoAcknowledgement) -> None:
        """The bus did not answer: no fault of the message, and no try. Nothing is given up for want of a server."""
        self.counts.waited += 1
        self._logger.warning("log_does_not_answer", seq=delivery.seq, error=str(error))
        delivery.retry(retry_delay_s(len(RETRY_DELAYS_S)))
        self._release(delivery)

    async def _final_facts(self, delivery: Delivery, error: Exception) -> Sequence[Fact]:
        """What ends a message's intent when it was refused, or its handling failed for good, if the route knows how."""
        try:
            route = self._route(delivery.subject)
        except BadInput:
            return ()
        if isinstance(error, BadInput):
            return () if route.on_refused is None else _several(await route.on_refused(delivery, error))
        return () if route.on_bad_input is None else _several(route.on_bad_input(delivery, handling_failed(error)))

    async def _record_as_dead(self, delivery: Delivery, error: Exception, tries: int) -> None:
        """Record the message as dead; only when that is stored is it acknowledged."""
        try:
            for last_word in await self._final_facts(delivery, error):
                await self._log.publish_once(last_word)
            await self._log.publish_once(dead(delivery, self._durable.name, error, tries, self._clock()))
        except Exception as problem:
            self._logger.error("dead_letter_failed", seq=delivery.seq, error=repr(problem))
            delivery.retry(retry_delay_s(tries))
            self._release(delivery)
            return
        self.counts.dead += 1
        self._done(delivery)


def _several(facts: Facts) -> tuple[Fact, ...]:
    return () if facts is None else (facts,) if isinstance(facts, Fact) else tuple(facts)

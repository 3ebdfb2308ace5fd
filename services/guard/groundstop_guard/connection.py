"""A guard's line to the bus: the kill subscription, and the questions whose answers are its lease."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import nats
import structlog
from groundstop import natspy, subjects
from groundstop.bus.control_server import ControlServer
from groundstop.clock import Clock
from groundstop.events import Control, Halt
from groundstop.log.control_store import ControlStore
from groundstop.log.leases import lease
from groundstop.loops import TaskSet
from nats.aio.client import Client
from nats.aio.msg import Msg

from groundstop_guard.state import newest_in
from groundstop_guard.verify import ControlVerifier

SILENT_S_MAX = 3.0
_ASKED_MAX = 64
_HANG_UP_S_MAX = 1.0
_log = structlog.get_logger("executor.guard")
_GET = f"$JS.API.STREAM.MSG.GET.{subjects.STREAM}"
_PROOF = "w"
_KEYS = "keys"
_PAUSES = "p"

OnAnswer = Callable[[int, tuple[Halt, ...], float], None]
"""Epoch, halts, and since when nobody can have changed them: when the question was sent."""
OnHeard = Callable[[tuple[Halt, ...]], None]
Say = Callable[[str, str], None]


class GuardConnection:
    """Listens on one lane, and asks for its newest control and for the newest pause of a task.

    ``quorum``: an answer counts with an acknowledged write.
    """

    def __init__(
        self,
        clock: Clock,
        executor: str,
        lane: int,
        *,
        quorum: bool,
        belief: ControlVerifier,
        answered: OnAnswer,
        heard: OnHeard,
        say: Say,
    ) -> None:
        self._clock, self._executor, self._lane = clock, executor, lane
        self._belief = belief
        self._answered, self._heard, self._say = answered, heard, say
        self._connection = Client()
        self._inbox = ""
        self._news_at = -math.inf
        self._tasks = TaskSet()
        self._questions = count()
        self._asked: dict[str, float] = {}
        self._quorum = quorum
        self._read: tuple[int, tuple[Halt, ...], float] | None = None
        self._proved_at = -math.inf if quorum else math.inf
        self._paused_at = -math.inf
        self._reading: set[str] = set()
        self._server: ControlServer | None = None

    @property
    def up(self) -> bool:
        """Whether a question can be sent."""
        return bool(self._inbox) and self._connection.is_connected

    def redial(self, options: dict[str, Any]) -> None:
        """After a silence begin with a fresh connection: a reconnecting nats-py 2.16 got stuck on a thawed bus."""
        now = self._clock.monotonic()
        if now - self._news_at <= SILENT_S_MAX:
            return
        self._news_at = now
        self._inbox = ""
        old, self._connection = self._connection, Client()
        self._begin(self._connect(self._connection, options))
        self._begin(_hang_up(old))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(work).add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._say("guard_connection", f"{type(error).__name__}: {error}")

    async def _connect(self, connection: Client, options: dict[str, Any]) -> None:
        """Until it is there, and whenever it is cut off, the lease ends on its own."""
        opening = natspy.Opening(options.get("nkeys_seed_str"), self._on_error)
        await connection.connect(
            **options,
            name=f"guard of {self._executor}",
            connect_timeout=1,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,  # type: ignore[arg-type]  # seconds; fractions work
            # A frozen server or a black hole is noticed by these pings alone, after 0.7 s.
            ping_interval=0.25,  # type: ignore[arg-type]
            max_outstanding_pings=2,
            error_cb=opening.tell,
            reconnected_cb=self.ask,
        )
        natspy.attach(connection, opening)
        if connection is not self._connection:
            return
        inbox = connection.new_inbox()
        await connection.subscribe(f"{inbox}.*", cb=self._on_answer)
        await connection.subscribe(subjects.control(self._lane), cb=self._on_control)
        await connection.subscribe(subjects.PAUSES, cb=self._on_pause)
        await connection.subscribe(subjects.KEYS, cb=self._on_keys)
        self._inbox = inbox
        await self.ask()
        await self._serve(connection)

    async def _serve(self, connection: Client) -> None:
        """Answer those who ask for a change of the controls."""
        if self._server is not None:
            await self._server.stop()
        control_store = ControlStore(connection, self._clock, self._belief.ring)
        self._server = ControlServer(connection, control_store, _log)
        await self._server.start()
        await control_store.in_force()  # what is behind the newest table is read before anybody waits for it

    async def ask(self) -> None:
        """Ask the leader for the newest control. Does not wait: a late answer counts from when it was asked for."""
        while len(self._asked) >= _ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        if self._belief.wants_keys:
            await self._ask_newest(subjects.KEYS, _KEYS)
        question = str(next(self._questions))
        self._asked[question] = self._clock.monotonic()
        if self._quorum:
            # A leader that was cut off from the others answers questions for some ten seconds more (measured); it
            # cannot acknowledge a write. What is read counts from when a write was sent that has been acknowledged.
            await self.publish(lease(self._executor), b"", reply=f"{self._inbox}.{_PROOF}{question}")
        await self._ask_newest(subjects.PAUSES, f"{_PAUSES}{question}")
        await self._ask_newest(subjects.control(self._lane), question)

    async def _ask_newest(self, subject: str, question: str) -> None:
        body = json.dumps({"last_by_subj": subject}).encode()
        await self.publish(_GET, body, reply=f"{self._inbox}.{question}")

    async def publish(self, subject: str, body: bytes, reply: str = "") -> None:
        """Send, or not: whoever needs an answer asks again."""
        with suppress(nats.errors.Error, OSError):
            await self._connection.publish(subject, body, reply=reply)

    async def _on_answer(self, message: Msg) -> None:
        question = message.subject.rpartition(".")[2]
        if question == _KEYS:
            with suppress(ValueError, KeyError, TypeError):  # none yet: asked for again with the next question
                self._belief.take(message.data)
            return
        if question.startswith(_PROOF):
            self._on_proof(question.removeprefix(_PROOF), message.data)
            return
        about_pauses = question.startswith(_PAUSES)
        asked_at = self._asked.get(question.removeprefix(_PAUSES))
        if asked_at is None:
            return
        self._news_at = self._clock.monotonic()
        try:
            (self._on_newest_pause if about_pauses else self._on_newest)(message.data, asked_at)
        except (ValueError, KeyError, TypeError) as error:
            self._say("lease_refused", str(error))

    def _on_newest(self, data: bytes, asked_at: float) -> None:
        newest = newest_in(data)
        epoch, halts = 0 if newest is None else newest.seq, self._belief.halts(newest)
        if halts is None:
            self._read_on("controls", self._belief.look)
            return
        if self._read is None or (epoch, asked_at) >= (self._read[0], self._read[2]):
            self._read = (epoch, halts, asked_at)
        self._tell()

    def _on_newest_pause(self, data: bytes, asked_at: float) -> None:
        newest = newest_in(data)
        if newest is not None and newest.seq > self._belief.pauses.seen:
            self._read_on("pauses", self._belief.look_for_pauses)
            return
        self._paused_at = max(self._paused_at, asked_at)
        self._tell()

    def _read_on(self, what: str, look: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        """Read what is missing, once at a time, and ask again: until then the lease is not renewed."""
        if what not in self._reading:
            self._reading.add(what)
            self._begin(self._read_then_ask(what, look(self._connection)))

    async def _read_then_ask(self, what: str, looking: Coroutine[Any, Any, None]) -> None:
        try:
            await looking
        finally:
            self._reading.discard(what)
        await self.ask()

    def _tell(self) -> None:
        """What is halted, and since when nobody can have changed that: the oldest of the questions that tell it."""
        if self._read is not None and self._paused_at > -math.inf:
            epoch, halts, read_at = self._read
            since = min(read_at, self._paused_at, self._proved_at)
            self._answered(epoch, (*halts, *self._belief.pauses.halts), since)

    def _on_proof(self, question: str, data: bytes) -> None:
        """A write was acknowledged: by most of the replicas, then, and so no older than when it was sent."""
        sent_at = self._asked.get(question)
        if sent_at is None or not data or b'"error"' in data:
            return
        self._proved_at = max(self._proved_at, sent_at)
        self._tell()

    async def _on_pause(self, message: Msg) -> None:
        """A task was just paused, or goes on: the answer to the next question tells."""
        await self.ask()

    async def _on_control(self, message: Msg) -> None:
        with suppress(ValueError):  # What cannot be read is asked for again, and then it is the answer that counts.
            control = Control.model_validate_json(message.data)
            self._heard(control.halts if control.drill is None else (*control.halts, control.drill))
        await self.ask()

    async def _on_keys(self, message: Msg) -> None:
        """Just published, and perhaps to end a key."""
        with suppress(ValueError):
            self._belief.take_list(message.data)

    async def _on_error(self, error: Exception) -> None:
        self._say("guard_connection", f"{type(error).__name__}: {error}")


async def _hang_up(connection: Client) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_HANG_UP_S_MAX):
            await connection.close()

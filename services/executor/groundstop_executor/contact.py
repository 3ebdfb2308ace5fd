"""A guard's line to the bus: the kill subscription, and the questions whose answers are its lease."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import nats
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import Control, Halt
from groundstop.log.leases import lease
from nats.aio.client import Client
from nats.aio.msg import Msg

from groundstop_executor.believing import Belief
from groundstop_executor.known import read_answer

SILENT_S_MAX = 3.0
_ASKED_MAX = 64
_HANG_UP_S_MAX = 1.0
_GET = f"$JS.API.STREAM.MSG.GET.{subjects.STREAM}"
_PROOF = "w"
_KEYS = "keys"

OnAnswer = Callable[[int, tuple[Halt, ...], float], None]
"""Epoch, halts, and since when nobody can have changed them: when the question was sent."""
OnHeard = Callable[[tuple[Halt, ...]], None]
Say = Callable[[str, str], None]


class Contact:
    """Listens on one lane and asks for its newest control. ``quorum``: an answer counts with an acknowledged write."""

    def __init__(
        self,
        clock: Clock,
        executor: str,
        lane: int,
        *,
        quorum: bool,
        belief: Belief,
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
        self._tasks: set[asyncio.Task[None]] = set()
        self._questions = count()
        self._asked: dict[str, float] = {}
        self._quorum = quorum
        self._read: tuple[int, tuple[Halt, ...], float] | None = None
        self._proved_at = -math.inf if quorum else math.inf

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
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._say("guard_connection", f"{type(error).__name__}: {error}")

    async def _connect(self, connection: Client, options: dict[str, Any]) -> None:
        """Until it is there, and whenever it is cut off, the lease ends on its own."""
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
            error_cb=self._on_error,
            reconnected_cb=self.ask,
        )
        if connection is not self._connection:
            return
        inbox = connection.new_inbox()
        await connection.subscribe(f"{inbox}.*", cb=self._on_answer)
        await connection.subscribe(subjects.control(self._lane), cb=self._on_control)
        await connection.subscribe(subjects.KEYS, cb=self._on_keys)
        self._inbox = inbox
        await self.ask()

    async def ask(self) -> None:
        """Ask the leader for the newest control. Does not wait: a late answer counts from when it was asked for."""
        while len(self._asked) >= _ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        if self._belief.wants_keys:
            newest = json.dumps({"last_by_subj": subjects.KEYS}).encode()
            await self.publish(_GET, newest, reply=f"{self._inbox}.{_KEYS}")
        question = str(next(self._questions))
        self._asked[question] = self._clock.monotonic()
        if self._quorum:
            # A leader that was cut off from the others answers questions for some ten seconds more (measured); it
            # cannot acknowledge a write. What is read counts from when a write was sent that has been acknowledged.
            await self.publish(lease(self._executor), b"", reply=f"{self._inbox}.{_PROOF}{question}")
        body = json.dumps({"last_by_subj": subjects.control(self._lane)}).encode()
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
        asked_at = self._asked.get(question)
        if asked_at is None:
            return
        if not self._quorum:
            del self._asked[question]
        self._news_at = self._clock.monotonic()
        try:
            epoch, halts = read_answer(message.data, self._belief.halts)
        except (ValueError, KeyError, TypeError) as error:
            self._say("lease_refused", str(error))
            return
        if self._read is None or (epoch, asked_at) >= (self._read[0], self._read[2]):
            self._read = (epoch, halts, asked_at)
        self._answered(epoch, halts, min(asked_at, self._proved_at))

    def _on_proof(self, question: str, data: bytes) -> None:
        """A write was acknowledged: by most of the replicas, then, and so no older than when it was sent."""
        sent_at = self._asked.get(question)
        if sent_at is None or not data or b'"error"' in data:
            return
        self._proved_at = max(self._proved_at, sent_at)
        if self._read is not None:
            epoch, halts, read_at = self._read
            self._answered(epoch, halts, min(read_at, self._proved_at))

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

"""Pipelined publishing with an acknowledgement for every message.

Each publish carries its own reply subject under one inbox; a table says what waits for which answer. A sweep sends
again what got no answer, which is harmless because every publish here is checked by the server (once, fence, id).
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import nats.errors
import structlog
from groundstop.clock import Clock
from groundstop.errors import NoAcknowledgement, PermissionDenied, Refused
from groundstop.log.denials import denials_of
from groundstop.log.frames import Frames
from groundstop.log.inbound import subscribe_direct
from groundstop.log.lookup import message_at
from groundstop.log.wire import CHECK_IN_PROCESS, ID_IN_PROCESS, WRONG_LAST_SEQUENCE, PubAck, parse_ack
from groundstop.loops import TaskSet
from nats.aio.client import Client

_logger = structlog.get_logger("groundstop.log")
Done = Callable[[PubAck | Exception], None]

RESEND_AFTER_S = 2.0
GIVE_UP_AFTER_S = 30.0
SWEEP_S = 0.25
_IN_PROCESS_S = {CHECK_IN_PROCESS: 0.004, ID_IN_PROCESS: 0.5}
"""Up to how long to wait before what the servers are still working on is sent again."""
_INTAKE = "gs.intake."
"""Of what is said there nothing can be read back: whoever says it looks in the log what became of it."""
_AWAY_S = 1.0
"""The same for what they cannot take at the moment."""
WINDOW = 4096
HEADERS_MAX = 2048
"""Bytes of headers that a publish may have besides its payload; ours have a few hundred."""


@dataclass(slots=True)
class _Pending:
    subject: str
    payload: bytes
    headers: Mapping[str, str]
    done: Done
    first_sent: float
    sent: float
    sends: int = 1
    refusal: str = ""
    """What the servers said last, of those answers that mean that it is to be asked again."""


class Publisher:
    """Publishes on one connection; at most ``window`` publishes may wait for their answer."""

    def __init__(self, nc: Client, clock: Clock, window: int = WINDOW) -> None:
        self._nc = nc
        self._clock = clock
        self._window = window
        self._inbox = nc.new_inbox()
        self._prefix = len(self._inbox) + 1
        self._pending: dict[str, _Pending] = {}
        self._next = 0
        self._frames = Frames(nc)
        self._room = asyncio.Event()
        self._room.set()
        self._sweeper: asyncio.Task[None] | None = None
        self.meter: Callable[[str], None] | None = None
        """Told the subject of every message that was stored."""
        self._resends = TaskSet()

    async def start(self) -> None:
        """Subscribe to the answers and begin to sweep."""
        denials_of(self._nc).listen(self._on_denied)
        await subscribe_direct(self._nc, self._inbox + ".*", self._on_answer)
        self._sweeper = asyncio.create_task(self._sweep(), name="publisher-sweep")

    def _on_denied(self, subject: str, error: PermissionDenied) -> None:
        """Nobody will answer what the server did not let pass."""
        for token, waiting in list(self._pending.items()):
            if waiting.subject.lower() == subject:
                self._settle(token, error)

    async def stop(self, drain_s: float = 5.0) -> None:
        """Wait up to ``drain_s`` for outstanding answers, then stop."""
        deadline = self._clock.monotonic() + drain_s
        while self._pending and self._clock.monotonic() < deadline and not self._nc.is_closed:
            await self._clock.sleep(0.01)
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper

    @property
    def waiting(self) -> int:
        """How many publishes wait for their answer."""
        return len(self._pending)

    @property
    def unanswered_s(self) -> float:
        """How long the oldest of them has waited."""
        oldest = min((waiting.first_sent for waiting in self._pending.values()), default=None)
        return 0.0 if oldest is None else self._clock.monotonic() - oldest

    async def room(self) -> None:
        """Wait until the window has room."""
        await self._room.wait()

    def send(self, subject: str, payload: bytes, headers: Mapping[str, str], done: Done) -> None:
        """Publish soon; ``done`` is called with the answer, with NoAcknowledgement, or at once with Refused."""
        if len(payload) + HEADERS_MAX > self._nc.max_payload:
            # The server would end the connection for it, and with it everything else that is on its way.
            done(Refused(0, f"{subject}: {len(payload)} bytes are more than the server takes"))
            return
        self._next += 1
        token = str(self._next)
        now = self._clock.monotonic()
        self._pending[token] = waiting = _Pending(subject, payload, headers, done, now, now)
        if len(self._pending) >= self._window:
            self._room.clear()
        self._write(token, waiting)

    def _write(self, token: str, waiting: _Pending) -> None:
        self._frames.publish(waiting.subject, waiting.payload, f"{self._inbox}.{token}", waiting.headers)

    def _on_answer(self, subject: str, _reply: str, payload: bytes, _headers: bytes) -> None:
        token = subject[self._prefix :]
        waiting = self._pending.get(token)
        if waiting is None or not payload:
            return  # an answer to a copy already settled, or "no responders" while the stream has no leader: swept
        ack = parse_ack(payload)
        if (jitter_s := _AWAY_S if ack.away else _IN_PROCESS_S.get(ack.code)) is not None:
            waiting.refusal = f": {ack.error} ({ack.code})"
            self._retry_soon(token, waiting, jitter_s)
            return
        if (
            waiting.sends > 1
            and ack.code == WRONG_LAST_SEQUENCE
            and ack.seq
            and not waiting.subject.startswith(_INTAKE)
        ):
            self._resends.start(self._settle_resent(token, waiting, ack))
            return
        self._settle(token, ack)

    def _settle(self, token: str, answer: PubAck | Exception) -> None:
        waiting = self._pending.pop(token, None)
        if len(self._pending) < self._window:
            self._room.set()
        if waiting is not None:
            if self.meter is not None and isinstance(answer, PubAck) and answer.stored and not answer.duplicate:
                self.meter(waiting.subject)
            self._tell(waiting, answer)

    def _tell(self, waiting: _Pending, answer: PubAck | Exception) -> None:
        """An error in what is told must not end the sweep that tells all the others."""
        try:
            waiting.done(answer)
        except Exception:
            _logger.exception("answer_not_taken", subject=waiting.subject[:200])

    def _retry_soon(self, token: str, waiting: _Pending, jitter_s: float) -> None:
        async def later() -> None:
            await self._clock.sleep(self._clock.jitter(jitter_s))
            if token in self._pending:
                self._write(token, waiting)

        self._resends.start(later())

    async def _settle_resent(self, token: str, waiting: _Pending, ack: PubAck) -> None:
        """A refused resend may have lost against its own first copy: then it is stored, and ours."""
        try:
            stored = await message_at(self._nc, ack.seq)
        except (nats.errors.Error, NoAcknowledgement, Refused):
            return  # the sweep sends again and the question is asked again
        ours = stored is not None and stored.subject == waiting.subject and stored.payload == waiting.payload
        self._settle(token, PubAck(seq=ack.seq, duplicate=True) if ours else ack)

    async def _sweep(self) -> None:
        while True:
            await self._clock.sleep(SWEEP_S)
            now = self._clock.monotonic()
            for token, waiting in list(self._pending.items()):
                if now - waiting.first_sent > GIVE_UP_AFTER_S:
                    said = f"no answer for {waiting.subject} in {GIVE_UP_AFTER_S:g} s{waiting.refusal}"
                    self._settle(token, NoAcknowledgement(said))
                elif now - waiting.sent > RESEND_AFTER_S and self._nc.is_connected:
                    waiting.sent, waiting.sends = now, waiting.sends + 1
                    self._write(token, waiting)

"""A lean pull consumer: keeps a window of messages on order and hands each one to a callback as it arrives.

Why not FastStream's or nats-py's: they fetch, wait and fetch again. Here the next order goes out when half of the
window has been used, so the server never waits for us; docs/decisions/0003 has the measurements.
"""

import contextlib
from collections.abc import Callable

import nats.errors
from groundstop.clock import Clock
from groundstop.log import exclusive
from groundstop.log.exclusive import ExclusiveConsumer
from groundstop.log.frames import Frames
from groundstop.log.inbound import header, status_of, subscribe_direct, unsubscribe_direct
from groundstop.log.wire import as_json
from groundstop.loops import TaskSet
from groundstop.subjects import STREAM
from nats.aio.client import Client

HEARTBEAT_S = 1.0
EXPIRES_S = 30.0
AWAY_S = 0.1
BYTES_MAX = 32 * 1024 * 1024
"""Of one order: a window of the largest messages must not fill the memory of a service that is slow."""
_TOO_LARGE = b"MaxBytes"

OnMessage = Callable[[str, str, bytes], None]
"""Subject, reply subject, payload."""


class Pull:
    """Orders messages of one consumer. ``used()`` must be called once for each message that was dealt with.

    With a ``pin`` it takes part in a durable that only one process at a time may have.
    """

    def __init__(
        self,
        nc: Client,
        consumer: str,
        on_message: OnMessage,
        clock: Clock,
        *,
        window: int,
        stream: str = STREAM,
        pin: ExclusiveConsumer | None = None,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        self._nc = nc
        self._frames = Frames(nc)
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._on_message = on_message
        self._clock = clock
        self._window = window
        self._pin = pin
        self._expires_s = EXPIRES_S if pin is None else exclusive.EXPIRES_S
        self._heartbeat_s = HEARTBEAT_S if pin is None else exclusive.HEARTBEAT_S
        self._bytes_max = bytes_max
        self._came = False  # anything since the last order
        self._alone = False  # the next message is larger than an order may be
        self._inbox = nc.new_inbox()
        self._ordered = 0  # still to come from the server
        self._held = 0  # here, not yet dealt with
        self._heard = 0.0
        self._tasks = TaskSet()
        self.lost: Callable[[], None] | None = None

    async def start(self) -> None:
        """Subscribe, place the first order and watch that the server keeps answering."""
        self._subscription = await subscribe_direct(self._nc, self._inbox, self._receive)
        self._heard = self._clock.monotonic()
        self._order()
        self._tasks.start(self._watchdog())

    async def stop(self) -> None:
        """Order no more. What is on order and still comes is not handed over."""
        await self._tasks.stop()
        with contextlib.suppress(nats.errors.Error):
            await unsubscribe_direct(self._nc, self._subscription)

    def used(self) -> None:
        """One message less here: room for one more."""
        self._held -= 1
        if self._ordered + self._held <= self._window // 2:
            self._order()

    def _order(self) -> None:
        batch = self._window - self._ordered - self._held
        if batch <= 0:
            return
        # When nothing fits into an order the next message alone is larger than it: that one has to come all the same.
        bound, batch = ({}, 1) if self._alone else ({"max_bytes": self._bytes_max}, batch)
        self._came = self._alone = False
        self._ordered += batch
        order: dict[str, int | str] = {
            "batch": batch,
            "expires": int(self._expires_s * 1e9),
            "idle_heartbeat": int(self._heartbeat_s * 1e9),
            **bound,
        }
        if self._pin is not None:
            order |= self._pin.order()
        self._frames.publish(self._next, as_json(order), reply=self._inbox)

    def _hear(self) -> None:
        """Something came, or is no longer waited for. After too long a silence a pin may be somebody else's by now."""
        silent_s, self._heard = self._clock.monotonic() - self._heard, self._clock.monotonic()
        if self._pin is not None and silent_s > exclusive.SILENCE_S:
            self._pin.lost()

    def _receive(self, subject: str, reply: str, payload: bytes, headers: bytes) -> None:
        self._hear()
        if status := status_of(headers):
            self._status(status, headers)
            return
        self._ordered = max(0, self._ordered - 1)
        self._came = True
        if self._pin is not None and not self._pin.takes(headers):
            self._frames.publish(reply, b"-NAK " + as_json({"delay": int(exclusive.PIN_S * 1e9)}))
            if not self._ordered:
                self._order()
            return
        self._held += 1
        self._on_message(subject, reply, payload)

    def _status(self, status: str, headers: bytes) -> None:
        """100 is a heartbeat. Anything else ends an order: forget what is on order and place a new one."""
        if status == "100":
            return
        unfilled = header(headers, "Nats-Pending-Messages")
        self._ordered = max(0, self._ordered - int(unfilled)) if unfilled.isdigit() else 0
        if status in ("404", "408"):
            self._order()
            return
        if status == "409" and _TOO_LARGE in headers.split(b"\r\n", 1)[0]:
            self._alone = not self._came
            self._order()
            return
        if self._pin is not None and status == exclusive.WRONG_PIN:
            self._pin.lost()
        if self.lost is not None:
            self.lost()
        self._tasks.start(self._order_later())

    async def _order_later(self) -> None:
        """The consumer or its leader is away: do not spin."""
        await self._clock.sleep(AWAY_S)
        self._order()

    async def _watchdog(self) -> None:
        """Orders die with the server and with the connection: order anew when nothing was heard for two heartbeats."""
        while True:
            await self._clock.sleep(self._heartbeat_s / 2)
            if self._clock.monotonic() - self._heard > 2.5 * self._heartbeat_s and self._nc.is_connected:
                self._hear()  # a process that was stopped may come here before it reads what waits in its socket
                self._ordered = 0
                if self.lost is not None:
                    self.lost()
                self._order()

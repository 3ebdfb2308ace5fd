"""A lean pull consumer: keeps a window of messages on order and hands each one to a callback as it arrives.

Why not FastStream's or nats-py's: they fetch, wait and fetch again. Here the next order goes out when half of the window
has been used, so the server never waits for us; docs/decisions/0003 has the measurements.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from groundstop.clock import Clock
from groundstop.log.wire import as_json
from groundstop.subjects import STREAM

HEARTBEAT_S = 1.0
EXPIRES_S = 30.0

OnMessage = Callable[[Msg], Awaitable[None]]


class Pull:
    """Orders messages of one consumer. ``used()`` must be called once for each message that was dealt with."""

    def __init__(
        self, nc: Client, consumer: str, on_message: OnMessage, clock: Clock, *, window: int, stream: str = STREAM
    ) -> None:
        self._nc = nc
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._on_message = on_message
        self._clock = clock
        self._window = window
        self._inbox = nc.new_inbox()
        self._ordered = 0  # still to come from the server
        self._held = 0  # here, not yet dealt with
        self._heard = 0.0
        self._watch: asyncio.Task[None] | None = None
        self.lost: Callable[[], None] | None = None

    async def start(self) -> None:
        """Subscribe, place the first order and watch that the server keeps answering."""
        self._subscription = await self._nc.subscribe(self._inbox, cb=self._receive)
        self._heard = self._clock.monotonic()
        await self._order()
        self._watch = asyncio.create_task(self._watchdog(), name=f"pull-watch {self._next}")

    async def stop(self) -> None:
        """Order no more. Messages already here are still handed over by the connection's drain."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        with contextlib.suppress(nats.errors.Error):
            await self._subscription.unsubscribe()

    def used(self) -> None:
        """One message less here: room for one more."""
        self._held -= 1
        if self._ordered + self._held <= self._window // 2:
            self._order_task = asyncio.ensure_future(self._order())

    async def _order(self) -> None:
        batch = self._window - self._ordered - self._held
        if batch <= 0:
            return
        self._ordered += batch
        order = {"batch": batch, "expires": int(EXPIRES_S * 1e9), "idle_heartbeat": int(HEARTBEAT_S * 1e9)}
        with contextlib.suppress(nats.errors.Error, ConnectionError):
            await self._nc.publish(self._next, as_json(order), reply=self._inbox)

    async def _receive(self, message: Msg) -> None:
        self._heard = self._clock.monotonic()
        headers = message.headers
        if headers and not message.reply and "Status" in headers:
            await self._status(headers)
            return
        self._ordered = max(0, self._ordered - 1)
        self._held += 1
        await self._on_message(message)

    async def _status(self, headers: dict[str, str]) -> None:
        """100 is a heartbeat. Anything else ends an order: forget what is on order and place a new one."""
        if headers["Status"] == "100":
            return
        unfilled = headers.get("Nats-Pending-Messages")
        self._ordered = max(0, self._ordered - int(unfilled)) if unfilled else 0
        if headers["Status"] not in ("404", "408"):
            if self.lost is not None:
                self.lost()
            await self._clock.sleep(0.1)  # the consumer or its leader is away: do not spin
        await self._order()

    async def _watchdog(self) -> None:
        """Orders die with the server and with the connection: order anew when nothing was heard for two heartbeats."""
        while True:
            await self._clock.sleep(HEARTBEAT_S / 2)
            if self._clock.monotonic() - self._heard > 2.5 * HEARTBEAT_S and self._nc.is_connected:
                self._heard = self._clock.monotonic()
                self._ordered = 0
                if self.lost is not None:
                    self.lost()
                await self._order()

"""What the server does not permit becomes an error where it was tried.

The server answers a forbidden publish or subscription with a line of its own, tied to no call; nobody who waits for an
acknowledgement would ever learn why none comes. Here the line is read and whoever waits for that subject is told.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import nats.errors
import structlog
from groundstop.errors import PermissionDenied
from groundstop.natspy import bus_of
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

_logger = structlog.get_logger("groundstop.log")
_KEPT_AS = "denials"
_LINE = re.compile(r'permissions violation for (publish|subscription) to "([^"]*)"', re.IGNORECASE)
KEPT = 256
T = TypeVar("T")

OnDenied = Callable[[str, PermissionDenied], None]
"""The subject of a forbidden publish, in lower case as nats-py has it, and the error to raise."""


API, MAPPED = "$JS.API.", "gs.log."
"""Where JetStream is asked, and what the server calls the same question in the account of those who have no log."""


class Denials:
    """What was refused on one connection. ``count`` is since it began; ``newest`` are the last subjects."""

    def __init__(self, name: str) -> None:
        self.count = 0
        self.newest: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self._name = name
        self._listeners: list[OnDenied] = []

    def listen(self, listener: OnDenied) -> None:
        """Call ``listener`` for every forbidden publish."""
        self._listeners.append(listener)

    def unlisten(self, listener: OnDenied) -> None:
        """Call it no more."""
        self._listeners.remove(listener)

    def refused(self, verb: str, subject: str) -> None:
        """Note one line of the server."""
        self.count += 1
        self.newest.append((verb, subject))
        _logger.warning("permission_denied", verb=verb, subject=subject[:200], name=self._name)
        if verb == "publish":
            for listener in list(self._listeners):
                listener(subject, PermissionDenied(verb, subject, self._name))

    def on_error(self, error: Exception) -> bool:
        """Note an error of the connection when it is a refusal."""
        line = _LINE.search(str(error))
        if line is not None:
            self.refused(line[1].lower(), line[2].lower().replace(MAPPED, API.lower(), 1))
        return line is not None

    def check_subscription(self, subject: str) -> None:
        """Raise PermissionDenied when a subscription to ``subject`` was refused."""
        if ("subscription", subject.lower()) in self.newest:
            raise PermissionDenied("subscription", subject, self._name)


def denials_of(nc: Client) -> Denials:
    """What was refused on this connection; begins to listen at the first call."""
    bus = bus_of(nc)
    found: Denials | None = bus.kept.get(_KEPT_AS)
    if found is None:
        found = bus.kept[_KEPT_AS] = Denials(str(nc.options.get("name") or "this connection"))
        bus.listen(found.on_error)
    return found


class Asking:
    """What waits for the answer to a publish on ``subject``, and hears when the publish is forbidden."""

    def __init__(self, nc: Client, subject: str) -> None:
        self._denials = denials_of(nc)
        self._subject = subject.lower()
        self._denied: asyncio.Future[PermissionDenied] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> "Asking":
        self._denials.listen(self._on_denied)
        return self

    def __exit__(self, *_: object) -> None:
        self._denials.unlisten(self._on_denied)
        self._denied.cancel()

    def _on_denied(self, subject: str, error: PermissionDenied) -> None:
        if subject == self._subject and not self._denied.done():
            self._denied.set_result(error)

    async def answer(self, work: Awaitable[T]) -> T:
        """What ``work`` answers. Raises PermissionDenied at once instead of what ``work`` would raise late."""
        asking = asyncio.ensure_future(work)
        try:
            await asyncio.wait((asking, self._denied), return_when=asyncio.FIRST_COMPLETED)
            if self._denied.done() and not asking.done():
                raise self._denied.result()
            return await asking
        finally:
            asking.cancel()


async def request(
    nc: Client, subject: str, payload: bytes, *, timeout_s: float, headers: dict[str, str] | None = None
) -> Msg:
    """nc.request that raises PermissionDenied where the server refuses."""
    with Asking(nc, subject) as asking:
        return await asking.answer(nc.request(subject, payload, timeout=timeout_s, headers=headers))


async def settled(nc: Client, timeout_s: int = 10) -> None:
    """Wait until the server has dealt with, and answered, everything that was sent before.

    Twice: nats-py 2.16 sends the first ping past what it still holds back.
    """
    await nc.flush(timeout_s)
    await nc.flush(timeout_s)


async def subscribe(nc: Client, subject: str, **options: Any) -> Subscription:
    """nc.subscribe that raises PermissionDenied where the server refuses. Costs two round trips."""
    denials = denials_of(nc)
    subscription = await nc.subscribe(subject, **options)
    try:
        await settled(nc)
        denials.check_subscription(subject)
    except (PermissionDenied, nats.errors.Error):
        await subscription.unsubscribe()
        raise
    return subscription

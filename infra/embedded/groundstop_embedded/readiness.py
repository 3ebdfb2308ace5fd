"""Is it up? Asked of the thing itself: the bus, the engine, every service and every executor's beat."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

import nats
import nats.errors
import orjson
from groundstop import subjects
from groundstop.callers import command, service_caller
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NoAcknowledgement, Refused
from groundstop.identity.connecting import tried
from groundstop.log.lookup import api
from groundstop.settings import Settings
from nats.aio.client import Client

POLL_S = 0.05


class NotReady(GroundstopError):
    """Something did not come up in time; names it."""


async def until(what: str, probe: Callable[[], Awaitable[bool]], clock: Clock, timeout_s: float) -> None:
    """Poll ``probe`` until it is true. Raises NotReady."""
    deadline = clock.monotonic() + timeout_s
    while not await probe():
        if clock.monotonic() > deadline:
            raise NotReady(f"{what} was not ready in {timeout_s:g} s; see its log with: groundstop logs")
        await clock.sleep(POLL_S)


async def bus_answers(settings: Settings) -> bool:
    """True when a client can connect and JetStream answers."""
    nc = await tried(settings)
    if nc is None:
        return False
    try:
        await api(nc, "INFO", timeout_s=1.0)
    except (NoAcknowledgement, Refused, nats.errors.Error):
        return False
    finally:
        with contextlib.suppress(nats.errors.Error):
            await nc.close()
    return True


async def web_answers(url: str) -> bool:
    """True when a GET of ``url`` is answered with 200: the store asks its engine first, the console the bus."""
    return await asyncio.to_thread(_get, url)


def _get(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


async def service_answers(nc: Client, service: str) -> bool:
    """True when at least one process of the service says that it is ready."""
    return (await health_of(nc, service)) is not None


async def health_of(nc: Client, service: str) -> dict[str, Any] | None:
    """What one process of the service says about itself."""
    try:
        reply = await nc.request(command(service_caller("bootstrap"), f"health.{service}"), b"{}", timeout=0.5)
    except (nats.errors.Error, TimeoutError):
        return None
    answer: dict[str, Any] = orjson.loads(reply.data)
    return answer


class Beats:
    """Executors heard since the last ``forget``."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    async def listen(self, nc: Client) -> None:
        """Begin to listen."""

        async def beat(message: Any) -> None:
            self.heard.add(str(orjson.loads(message.data).get("executor")))

        await nc.subscribe(subjects.BEATS, cb=beat)

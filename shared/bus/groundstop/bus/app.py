"""What every service's ``app.py`` is built from: a FastStream app with lean consumers on its connection."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import orjson
import uvloop
from faststream import FastStream
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from faststream.security import BaseSecurity
from groundstop import natspy
from groundstop.bus.consumer import Limits
from groundstop.bus.meters import Meters
from groundstop.callers import commands_of
from groundstop.commands.health import Health
from groundstop.identity.connecting import connection_options
from groundstop.log import Log
from groundstop.settings import Settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

CONNECT_TIMEOUT_S = 5
RECONNECT_WAIT_S = 0.2
PING_INTERVAL_S = 1
PINGS_OUTSTANDING_MAX = 2
PENDING_BYTES_MAX = 32 * 1024 * 1024


def limits_of(settings: Settings) -> Limits:
    """The bounds of a service's consumer, from its settings."""
    return Limits(settings.window, settings.tries_max, settings.payload_bytes_max)


class Broker(NatsBroker):
    """FastStream's broker, and what is known of its connection because we open it."""

    opening: natspy.Opening


class Part(Protocol):
    """Anything that is started after the connection and stopped before it, in order."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def make_broker(settings: Settings, name: str, logger: FilteringBoundLogger) -> Broker:
    """A broker that reconnects for ever, notices a dead peer within seconds, and ends the process when it is closed.

    A closed connection never comes back (nats-py gives up for good), so the supervisor must start a fresh process.
    """

    async def on_closed() -> None:
        if broker.running:
            logger.error("bus_connection_closed")
            os.kill(os.getpid(), signal.SIGTERM)

    async def on_error(error: Exception) -> None:
        logger.warning("bus_error", error=repr(error))

    opening = natspy.Opening(connection_options(settings).get("nkeys_seed_str"), on_error)
    broker = Broker(
        **_identified(settings),
        name=name,
        connect_timeout=CONNECT_TIMEOUT_S,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_S,  # type: ignore[arg-type]  # seconds; fractions work
        ping_interval=PING_INTERVAL_S,
        max_outstanding_pings=PINGS_OUTSTANDING_MAX,
        pending_size=PENDING_BYTES_MAX,
        closed_cb=on_closed,
        error_cb=opening.tell,
        logger=logger,
        log_level=10,
        apply_types=False,
    )
    broker.opening = opening
    return broker


def _identified(settings: Settings) -> dict[str, Any]:
    """Who the service is, as FastStream wants to be told."""
    options = connection_options(settings)
    seed, tls = options.pop("nkeys_seed_str", None), options.pop("tls", None)
    if seed is not None:
        options["security"] = NatsNKey.from_seed(seed, ssl_context=tls)
    elif tls is not None:
        options["security"] = BaseSecurity(ssl_context=tls)
    return options


Build = Callable[[Client], Awaitable[Sequence[Part]]]


async def _answer_health(nc: Client, service: str, parts: Sequence[Part]) -> None:
    """Say that this process is ready to whoever asks: all its parts have started by then. A part that cannot do its
    work says why in its attribute ``problem``."""

    ready = Health(service=service, host=socket.gethostname(), pid=os.getpid(), ready=True)

    async def health(message: Msg) -> None:
        problems = tuple(problem for part in parts if (problem := getattr(part, "problem", "")))
        aside = tuple(log.aside.said for log in parts if isinstance(log, Log) and log.aside.count)
        said = ready.model_copy(update={"problems": problems, "set_aside": aside})
        await message.respond(orjson.dumps(said.wire()))

    await nc.subscribe(commands_of(f"health.{service}"), cb=health)


def make_app(broker: Broker, service: str, build: Build, logger: FilteringBoundLogger) -> FastStream:
    """A FastStream app: once the broker is connected ``build`` makes the parts, which then start in order."""
    parts: list[Part] = []

    async def start() -> None:
        natspy.attach(broker.connection, broker.opening)
        for part in await build(broker.connection):
            await part.start()
            parts.append(part)
        if port := Settings().metrics_port:
            meters = Meters(service, parts, port, logger)
            await meters.start()
            parts.append(meters)
        await _answer_health(broker.connection, service, parts)
        gc.collect()
        gc.freeze()  # what exists now lives as long as the process: keep the collector from walking it again
        gc.set_threshold(50_000, 20, 20)
        logger.info("ready", bus=natspy.bus_of(broker.connection).name)

    async def stop() -> None:
        logger.info("stopping")
        while parts:
            await parts.pop().stop()
        await broker.connection.flush()

    return FastStream(broker, logger=None, after_startup=[start], on_shutdown=[stop])


def run(make: Callable[[], FastStream]) -> None:
    """Run a service until SIGTERM or SIGINT, on uvloop."""

    async def main() -> None:
        await make().run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())

"""A service of which one kind of message kills the process: ``python mortal_service.py URL``."""

import asyncio
import os
import signal
import sys

import nats
import structlog
from groundstop.bus.consumer import Consumer, Limits, Route
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.events import IntentSubmitted
from groundstop.log import Log
from groundstop.log.stream import Durable
from groundstop.subjects import pattern

TRIES = 2
DURABLE = Durable("mortal", (pattern("intent.submitted"),), ack_wait_s=1.0)


def on_intent_submitted(submitted: IntentSubmitted, _: Delivery) -> None:
    """No exception, no last word: what a segmentation fault or the kernel's memory killer looks like."""
    if submitted.tool == "killer":
        os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str) -> None:
    """Serve until killed."""
    nc = await nats.connect(url)
    log = Log(nc, Clock())
    await log.start()
    routes = {"intent.submitted": Route(IntentSubmitted, on_intent_submitted)}
    limits = Limits(tries_max=TRIES)
    await Consumer(log, DURABLE, routes, clock=Clock(), logger=structlog.get_logger(), limits=limits).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""Exit status 0 when this container's service is ready: ``SERVICE=audit python healthcheck.py``.

Where HEALTHCHECK_URL is set a GET of it must be answered with 200; otherwise the service is asked on the bus. Every
replica answers there; where answers name their host only our own counts, otherwise any does.
"""

import asyncio
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nats.errors
from groundstop import natspy
from groundstop.callers import command, service_caller
from groundstop.clock import Clock
from groundstop.identity.connecting import ONCE, connection_options
from groundstop.settings import Settings
from nats.aio.client import Client

ANSWER_S = 1.5


async def answers(nc: Client, service: str, clock: Clock) -> bool:
    """Whether this host's process of ``service`` says that it is ready."""
    inbox = await nc.subscribe(nc.new_inbox())
    await nc.publish(command(service_caller("health"), f"health.{service}"), b"{}", reply=inbox.subject)
    deadline = clock.monotonic() + ANSWER_S
    while (left := deadline - clock.monotonic()) > 0:
        answer = json.loads((await inbox.next_msg(left)).data)
        if answer.get("ready") and answer.get("host", socket.gethostname()) == socket.gethostname():
            return True
    return False


def asking() -> Settings:
    """Settings of whoever may ask; a service itself may only answer."""
    seed = os.environ.get("HEALTHCHECK_SEED_FILE")  # noqa: TID251 - set by the compose file
    settings = Settings()
    return settings if seed is None else settings.model_copy(update={"nats_seed_file": Path(seed)})


async def main(service: str) -> int:
    """The exit status."""
    try:
        nc = await natspy.connect(**connection_options(asking()), connect_timeout=2, **ONCE)
        return 0 if await answers(nc, service, Clock()) else 1
    except (TimeoutError, OSError, nats.errors.Error):
        return 1


def page_answers(url: str) -> int:
    """The exit status for a service with a page of its own."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError):
        return 1


if __name__ == "__main__":
    url = os.environ.get("HEALTHCHECK_URL", "")  # noqa: TID251 - set by the compose file
    service = os.environ["SERVICE"]  # noqa: TID251 - set by the image
    sys.exit(page_answers(url) if url else asyncio.run(main(service)))

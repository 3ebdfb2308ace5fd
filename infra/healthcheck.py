"""Exit status 0 when this container's service answers on the bus: ``SERVICE=audit python healthcheck.py``.

Every replica answers a health request. Where answers name their host only our own counts; otherwise any does.
"""

import asyncio
import json
import os
import socket
import sys

import nats
from groundstop.clock import Clock
from groundstop.settings import Settings
from groundstop.subjects import command
from nats.aio.client import Client

ANSWER_S = 1.5


async def answers(nc: Client, service: str, clock: Clock) -> bool:
    """Whether this host's process of ``service`` says that it is ready."""
    inbox = await nc.subscribe(nc.new_inbox())
    await nc.publish(command("healthcheck", f"health.{service}"), b"{}", reply=inbox.subject)
    deadline = clock.monotonic() + ANSWER_S
    while (left := deadline - clock.monotonic()) > 0:
        answer = json.loads((await inbox.next_msg(left)).data)
        if answer.get("ready") and answer.get("host", socket.gethostname()) == socket.gethostname():
            return True
    return False


async def main(service: str) -> int:
    """The exit status."""
    try:
        nc = await nats.connect(Settings().servers, connect_timeout=2, allow_reconnect=False)
        return 0 if await answers(nc, service, Clock()) else 1
    except (TimeoutError, OSError, nats.errors.Error):
        return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(os.environ["SERVICE"])))  # noqa: TID251 - set by the image

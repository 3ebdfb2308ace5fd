"""Receiving without a queue: what was read goes straight to a function.

nats-py's way (a message object with parsed headers, a queue, a task per subscription) stays for everything else. Our
hot subscriptions need none of it: they look at headers only when a message is a status of the server.
Measured: half of the CPU time of a received message (docs/decisions/0003). With GROUNDSTOP_BUS=plain it is nats-py's
way here, too.
"""

from groundstop.natspy import OnMessage, bus_of
from nats.aio.client import Client
from nats.aio.subscription import Subscription

_STATUS = b"NATS/1.0 "


async def subscribe_direct(nc: Client, subject: str, on_message: OnMessage) -> Subscription:
    """Subscribe ``on_message``, a plain function. Survives reconnects like any subscription."""
    return await bus_of(nc).subscribe(subject, on_message)


async def unsubscribe_direct(nc: Client, subscription: Subscription) -> None:
    """End a direct subscription."""
    await bus_of(nc).unsubscribe(subscription)


def status_of(headers: bytes) -> str:
    """The status code of a message from the server itself ("404", "100" …), empty for an ordinary message."""
    return headers[len(_STATUS) : len(_STATUS) + 3].decode("ascii", "replace") if headers.startswith(_STATUS) else ""


def header(headers: bytes, name: str) -> str:
    """One header's value from raw headers; empty when it is not there."""
    for line in headers.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.decode("ascii", "replace").strip() == name:
            return value.decode("utf-8", "replace").strip()
    return ""

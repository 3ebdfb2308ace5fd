"""Receiving at the level of the protocol: what the parser has read goes straight to a function.

nats-py's way (a message object with parsed headers, a queue, a task per subscription) stays for everything else. Our
hot subscriptions need none of it: they look at headers only when a message is a status of the server.
Measured: half of the CPU time of a received message (docs/decisions/0003).
"""

from collections.abc import Callable
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription

OnMessage = Callable[[str, str, bytes, bytes], None]
"""Subject, reply subject, payload, raw headers (empty without)."""

_logger = structlog.get_logger("groundstop.log")
_TABLE = "_groundstop_direct"
_STATUS = b"NATS/1.0 "


async def subscribe_direct(nc: Client, subject: str, on_message: OnMessage) -> Subscription:
    """Subscribe ``on_message``, a plain function. Survives reconnects like any subscription."""
    table = _installed(nc)
    subscription = await nc.subscribe(subject)
    table[subscription._id] = on_message
    return subscription


async def unsubscribe_direct(nc: Client, subscription: Subscription) -> None:
    """End a direct subscription."""
    await subscription.unsubscribe()
    _installed(nc).pop(subscription._id, None)


def _installed(nc: Client) -> dict[int, OnMessage]:
    """The connection's table of direct subscriptions; put in front of its own dispatch the first time."""
    connection: Any = nc
    table: dict[int, OnMessage] | None = getattr(connection, _TABLE, None)
    if table is not None:
        return table
    direct: dict[int, OnMessage] = {}
    dispatch = connection._process_msg

    async def process(sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
        on_message = direct.get(sid)
        if on_message is None:
            await dispatch(sid, subject, reply, data, headers)
            return
        try:
            on_message(subject.decode(), reply.decode(), data, headers or b"")
        except Exception:
            # An error here would end the connection's reader: everything else on it would stop, silently.
            _logger.exception("direct_message_failed", subject=subject.decode("utf-8", "replace"))

    setattr(connection, _TABLE, direct)
    connection._process_msg = process
    return direct


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

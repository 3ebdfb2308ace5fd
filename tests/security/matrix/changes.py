"""What an attack changed: the differences between two looks at the bus, and what was heard in between."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from nats.aio.client import Client

_CANARY = re.compile(rb"CANARY-([a-z]+)")
_MOVING = ("delivered", "ack_floor", "num_ack_pending", "num_redelivered", "paused", "priority_groups")


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that a stream holds and did not hold before."""

    stream: str
    subject: str
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gone:
    """Messages that a stream does not hold any more, or never showed."""

    stream: str
    count: int


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """A stream that is new, gone or set otherwise."""

    stream: str


@dataclass(frozen=True, slots=True)
class ConsumerChanged:
    """A reader that is new, gone, or set otherwise (``moved`` False), or one from which messages were taken."""

    consumer: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that somebody in the account could have heard. ``said``: whose planted text was in it."""

    account: str
    subject: str
    said: frozenset[str] = frozenset()


Change = Stored | Gone | StreamChanged | ConsumerChanged | Heard


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Streams and readers by name, as the server describes them."""

    streams: Mapping[str, Any]
    consumers: Mapping[str, Any]

    @property
    def configs(self) -> dict[str, Any]:
        """How every stream and reader is set."""
        return {name: found["config"] for name, found in (*self.streams.items(), *self.consumers.items())}


def said_in(data: bytes) -> frozenset[str]:
    """Whose planted text is in a message, plain or as the server wraps it."""
    found = set(_CANARY.findall(data))
    if data.startswith(b"{") and b'"data"' in data:
        try:
            wrapped = orjson.loads(data).get("message", {}).get("data", "")
            found |= set(_CANARY.findall(base64.b64decode(wrapped)))
        except (ValueError, AttributeError):
            pass
    return frozenset(whose.decode() for whose in found)


async def differences(nc: Client, before: Snapshot, after: Snapshot) -> list[Change]:
    """Everything that is different."""
    found: list[Change] = [
        StreamChanged(name)
        for name in sorted(before.streams.keys() | after.streams.keys())
        if _config(before.streams, name) != _config(after.streams, name)
    ]
    for name in before.streams.keys() & after.streams.keys():
        found += await _messages(nc, name, before.streams[name]["state"], after.streams[name]["state"])
    for name in sorted(before.consumers.keys() | after.consumers.keys()):
        if _config(before.consumers, name) != _config(after.consumers, name):
            found.append(ConsumerChanged(name))
        elif _place(before.consumers[name]) != _place(after.consumers[name]):
            found.append(ConsumerChanged(name, moved=True))
    return found


def _config(known: Mapping[str, Any], name: str) -> Any:
    return known[name]["config"] if name in known else None


def _place(consumer: Mapping[str, Any]) -> list[Any]:
    return [_timeless(consumer.get(name)) for name in _MOVING]


def _timeless(value: Any) -> Any:
    return {key: inner for key, inner in value.items() if key != "last_active"} if isinstance(value, dict) else value


async def _messages(nc: Client, stream: str, before: Mapping[str, int], after: Mapping[str, int]) -> list[Change]:
    if after["last_seq"] < before["last_seq"]:
        return [Gone(stream, before["messages"])]
    found: list[Change] = []
    for seq in range(before["last_seq"] + 1, after["last_seq"] + 1):
        answer = await nc.request(f"$JS.API.STREAM.MSG.GET.{stream}", orjson.dumps({"seq": seq}), timeout=5)
        message = orjson.loads(answer.data).get("message")
        if message is not None:
            found.append(Stored(stream, message["subject"], said_in(base64.b64decode(message.get("data", "")))))
    missing = before["messages"] + (after["last_seq"] - before["last_seq"]) - after["messages"]
    return [*found, Gone(stream, missing)] if missing > 0 else found

"""The stream and its durable consumers: declared here, created by the bootstrap, only bound to by services."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from groundstop.errors import Refused
from groundstop.log import pinning
from groundstop.log.lookup import api
from groundstop.subjects import STORED, STREAM

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a deployment may choose. ``retention_days`` 0 keeps facts for ever; sizes in bytes."""

    replicas: int = 1
    retention_days: int = 90
    duplicate_window_s: int = 120
    payload_bytes_max: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Durable:
    """One service's place in the log. ``ack_wait_s``: after this long without a sign of life a message comes again.

    With ``one_at_a_time`` the server hands messages to one process alone; others on the same durable stand by.
    """

    name: str
    subjects: tuple[str, ...]
    ack_wait_s: float = 30.0
    pending_max: int = 100_000
    one_at_a_time: bool = False


def stream_config(settings: StreamSettings) -> dict[str, Any]:
    """The JetStream configuration of the log. Facts cannot be deleted by a client; only timers and age remove."""
    return {
        "name": STREAM,
        "subjects": list(STORED),
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "num_replicas": settings.replicas,
        "max_age": settings.retention_days * 86_400 * _NS,
        "max_msg_size": settings.payload_bytes_max,
        "duplicate_window": settings.duplicate_window_s * _NS,
        "allow_direct": True,
        "allow_atomic": True,
        "allow_msg_schedules": True,
        "allow_msg_ttl": True,
        "deny_delete": True,
    }


def consumer_config(durable: Durable) -> dict[str, Any]:
    """The configuration of a pull durable: explicit acks, tries without limit (services count their own)."""
    return {
        **(pinning.CONSUMER if durable.one_at_a_time else {}),
        "durable_name": durable.name,
        "filter_subjects": list(durable.subjects),
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(durable.ack_wait_s * _NS),
        "max_deliver": -1,
        "max_ack_pending": durable.pending_max,
        "max_waiting": 512,
    }


async def declare(nc: Client, settings: StreamSettings, durables: Iterable[Durable]) -> None:
    """Create or update the log and its durables. Running it again changes nothing."""
    config = stream_config(settings)
    try:
        await api(nc, f"STREAM.INFO.{STREAM}")
        await api(nc, f"STREAM.UPDATE.{STREAM}", config)
    except Refused as error:
        if error.code != STREAM_NOT_FOUND:
            raise
        await api(nc, f"STREAM.CREATE.{STREAM}", config)
    for durable in durables:
        request = {"stream_name": STREAM, "config": consumer_config(durable)}
        await api(nc, f"CONSUMER.DURABLE.CREATE.{STREAM}.{durable.name}", request)


async def state(nc: Client) -> dict[str, Any]:
    """``messages``, ``first_seq``, ``last_seq``, ``num_deleted`` and the like, from the stream's leader."""
    answer = await api(nc, f"STREAM.INFO.{STREAM}")
    found: dict[str, Any] = answer["state"]
    return found

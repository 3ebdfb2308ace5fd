"""The stream and its durable consumers: declared here, created by the bootstrap, only bound to by services."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from groundstop.errors import Refused
from groundstop.log import exclusive
from groundstop.log.lookup import api
from groundstop.subjects import INTAKE, STORED, STREAM
from nats.aio.client import Client

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
_NS = 1_000_000_000
_INTAKE_WINDOW_NS = 100_000_000
"""The shortest that the server takes: message ids are for whoever says something to choose, and mean nothing here."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a deployment may choose. ``retention_days`` 0 keeps facts for ever; sizes in bytes."""

    replicas: int = 1
    retention_days: int = 90
    duplicate_window_s: int = 120
    payload_bytes_max: int = 4 * 1024 * 1024
    intake_bytes_max: int = 128 * 1024 * 1024
    """What the intake holds while nobody takes from it; then it refuses, and who speaks is told."""


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
    stream: str = STREAM
    subjects_before: tuple[str, ...] = ()
    """What an earlier version took, too: kept for as long as something of it is still waiting."""


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


def intake_config(settings: StreamSettings) -> dict[str, Any]:
    """The JetStream configuration of the intake: a queue in which a message can do nothing but wait.

    No header of a message has an effect here: no schedule, no life time, no roll-up, no batch. One message waits for
    each subject, so what is said twice is looked at one after the other, and one speaker takes nobody else's place.
    """
    return {
        "name": INTAKE,
        "subjects": ["gs.intake.>"],
        "storage": "file",
        "retention": "workqueue",
        "discard": "new",
        "discard_new_per_subject": True,
        "max_msgs_per_subject": 1,
        "max_bytes": settings.intake_bytes_max,
        "num_replicas": settings.replicas,
        "max_msg_size": settings.payload_bytes_max,
        "duplicate_window": _INTAKE_WINDOW_NS,
        "deny_delete": True,
        "deny_purge": True,
    }


def consumer_config(durable: Durable) -> dict[str, Any]:
    """The configuration of a pull durable: explicit acks, tries without limit (services count their own)."""
    return {
        **(exclusive.CONSUMER if durable.one_at_a_time else {}),
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
    """Create or update the log, the intake and the durables. Running it again changes nothing."""
    for config in (stream_config(settings), intake_config(settings)):
        await _declare_stream(nc, config)
    for durable in durables:
        await _declare_durable(nc, durable)


async def _declare_durable(nc: Client, durable: Durable) -> None:
    config = consumer_config(durable)
    if durable.subjects_before and await _is_behind(nc, durable):
        config["filter_subjects"] = [*durable.subjects, *durable.subjects_before]
    request = {"stream_name": durable.stream, "config": config}
    await api(nc, f"CONSUMER.DURABLE.CREATE.{durable.stream}.{durable.name}", request)


async def _is_behind(nc: Client, durable: Durable) -> bool:
    """Whether a durable of an earlier version has something left to do on the subjects of that version."""
    try:
        info = await api(nc, f"CONSUMER.INFO.{durable.stream}.{durable.name}")
    except Refused as error:
        if error.code != CONSUMER_NOT_FOUND:
            raise
        return False
    old = set(info["config"].get("filter_subjects") or ()) & set(durable.subjects_before)
    return bool(old) and bool(info["num_pending"] or info["num_ack_pending"])


async def _declare_stream(nc: Client, config: dict[str, Any]) -> None:
    name = config["name"]
    try:
        await api(nc, f"STREAM.INFO.{name}")
        await api(nc, f"STREAM.UPDATE.{name}", config)
    except Refused as error:
        if error.code != STREAM_NOT_FOUND:
            raise
        await api(nc, f"STREAM.CREATE.{name}", config)


async def state(nc: Client) -> dict[str, Any]:
    """``messages``, ``first_seq``, ``last_seq``, ``num_deleted`` and the like, from the stream's leader."""
    answer = await api(nc, f"STREAM.INFO.{STREAM}")
    found: dict[str, Any] = answer["state"]
    return found

"""Splitting one log into several: streams source it by tenant and keep their once-checks (docs/decisions/0009)."""

from typing import Any

from groundstop.log import Log
from groundstop.log.lookup import api
from groundstop.log.stream import StreamSettings, stream_config
from groundstop.log.wire import EXPECTED_SEQ, once_check
from groundstop.subjects import STORED, STREAM
from groundstop.testing import a_submission, eventually
from groundstop_embedded.testing import Bus
from nats.aio.client import Client

SHARES = {"PART-0": ("acme", "globex"), "PART-1": ("initech",)}
"""Which tenants go where. With many, a share is everything whose hash has the same rest."""
FACTS = 60


def source_of(tenants: tuple[str, ...]) -> dict[str, Any]:
    """The old log, of these tenants alone: the fourth token, of an outcome the third."""
    filters = [f"gs.*.*.{tenant}.>" for tenant in tenants] + [f"gs.outcome.{tenant}.>" for tenant in tenants]
    return {"name": STREAM, "subject_transforms": [{"src": text, "dest": ""} for text in filters]}


def partition(name: str, tenants: tuple[str, ...]) -> dict[str, Any]:
    """A stream like the log, that takes its share of it and listens to nothing else."""
    config = stream_config(StreamSettings())
    del config["subjects"], config["allow_msg_schedules"]
    return config | {"name": name, "sources": [source_of(tenants)]}


async def messages(nc: Client, name: str) -> list[tuple[str, bytes]]:
    """Subjects and payloads of a stream, in its order."""
    js = nc.jetstream()
    last = int((await api(nc, f"STREAM.INFO.{name}"))["state"]["last_seq"])
    found = [await js.get_msg(name, seq) for seq in range(1, last + 1)]
    return [(str(message.subject), message.data or b"") for message in found]


async def test_every_fact_goes_to_one_partition_in_its_order_and_stays_alone_there(
    bus: Bus, nc: Client, log: Log
) -> None:
    tenants = [tenant for share in SHARES.values() for tenant in share]
    facts = [a_submission(tenant=tenants[number % len(tenants)]) for number in range(FACTS)]
    for fact in facts:
        assert (await log.publish_once(fact)).stored
    for name, share in SHARES.items():
        await api(nc, f"STREAM.CREATE.{name}", partition(name, share))

    async def copied() -> bool:
        states = [(await api(nc, f"STREAM.INFO.{name}"))["state"]["messages"] for name in SHARES]
        return sum(states) == FACTS

    await eventually(copied, "every fact in a partition")
    for name, share in SHARES.items():
        expected = [(f.subject(), f.model_dump_json().encode()) for f in facts if f.tenant in share]
        assert await messages(nc, name) == expected

    # The old log is emptied of its subjects and the sources are ended: now the partitions listen for themselves.
    await api(nc, f"STREAM.UPDATE.{STREAM}", stream_config(StreamSettings()) | {"subjects": ["gs.old.>"]})
    name, share = "PART-1", SHARES["PART-1"]
    listening = partition(name, share) | {"sources": None, "subjects": [s for s in STORED if s.endswith(">")]}
    await api(nc, f"STREAM.UPDATE.{name}", listening)
    again = next(fact for fact in facts if fact.tenant in share)
    assert once_check(again)[EXPECTED_SEQ] == "0"
    assert not (await log.publish_once(again)).stored
    assert (await log.publish_once(a_submission(tenant=share[0]))).stored

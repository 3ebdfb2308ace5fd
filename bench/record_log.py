"""A log full of plausible facts on a real bus, and the audit service that reads it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nats
from groundstop.clock import Clock
from groundstop.log import Stored
from groundstop.log.publisher import Publisher
from groundstop.log.wire import PubAck
from groundstop_embedded.child import die_with_parent

IN_FLIGHT = 2000


async def publish(url: str, facts: Iterable[Stored], per_s: float = 0.0, prefix: str = "") -> int:
    """Store ``facts`` as the log's next messages, in order; as fast as it goes, or ``per_s`` a second. How many.

    Message ids are numbers behind ``prefix``: publishing the same facts twice needs another one.
    """
    clock = Clock()
    nc = await nats.connect(url, pending_size=64 * 1024 * 1024, max_reconnect_attempts=-1)
    publisher = Publisher(nc, clock, IN_FLIGHT)
    await publisher.start()
    refused: list[PubAck | Exception] = []
    count = 0
    began = clock.monotonic()
    for count, fact in enumerate(facts, 1):
        headers = {"ce-specversion": "1.0", "ce-id": str(count), "Nats-Msg-Id": f"{prefix}{count}"}
        await publisher.room()
        publisher.send(fact.subject, fact.payload, headers, lambda a: None if _stored(a) else refused.append(a))
        if per_s and count % 50 == 0:
            await clock.sleep(max(0.0, began + count / per_s - clock.monotonic()))
        elif count % 200 == 0:
            await clock.sleep(0)
    await publisher.stop(60)
    await nc.close()
    assert not refused and not publisher.waiting, refused[:3] or publisher.waiting
    return count


def _stored(answer: PubAck | Exception) -> bool:
    return isinstance(answer, PubAck) and (answer.stored or answer.duplicate)


def audit_process(nats_url: str, dsn: str, data: Path, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start an audit service over a bus and a store."""
    migrations = Path(__file__).parents[1] / "infra" / "clickhouse" / "single"
    env = env | {
        "TZ": "UTC", "GROUNDSTOP_NATS_URL": nats_url, "GROUNDSTOP_CLICKHOUSE_DSN": dsn, "GROUNDSTOP_DATA": str(data),
        "GROUNDSTOP_MIGRATIONS": str(migrations),
    }  # fmt: skip
    argv = [sys.executable, "-m", "groundstop_audit"]
    with (data / "audit.log").open("ab") as log:
        return subprocess.Popen(argv, env=env, stdout=log, stderr=log, preexec_fn=die_with_parent)


@contextlib.contextmanager
def audit(nats_url: str, dsn: str, data: Path, env: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The same, ended with the block."""
    process = audit_process(nats_url, dsn, data, env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)

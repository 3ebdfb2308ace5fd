"""Audit and the ClickHouse process are killed again and again while facts arrive: the record ends up exactly the log.

The seed is printed; ``-m slow`` runs sixty kills, the ordinary run six.
"""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from random import Random  # noqa: TID251 - which process is killed when is drawn from a printed seed

import clickhouse_connect
import pytest
from groundstop.cli.asking import asker
from groundstop.log import Stored
from groundstop.record.heads import from_record
from groundstop.record.verify import verify
from groundstop.subjects import STREAM
from groundstop.testing import NOON
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import running_bus
from groundstop_store.server import command

from bench.record_log import audit_process, publish
from tests.services.audit.synthetic import history

PER_S = 2000
CAUGHT_UP_S = 120.0
COUNT = "SELECT count() FROM audit.event_log WHERE kind NOT LIKE 'chain.%'"


class Victims:
    """The two processes; each is started again as soon as it was killed, as a supervisor would."""

    def __init__(self, folder: Path, bus: str, rng: Random) -> None:
        self._folder, self._bus, self._rng = folder, bus, rng
        self.port = free_port()
        self.dsn = f"http://default@127.0.0.1:{self.port}/default"
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        if name == "audit":
            env = dict(os.environ)  # noqa: TID251 - a child inherits it
            self.running[name] = audit_process(self._bus, self.dsn, self._folder, env)
        else:
            with (self._folder / "store.log").open("ab") as log:
                argv = command(self._folder / "store", self.port, None)
                self.running[name] = subprocess.Popen(argv, stdout=log, stderr=log)

    def kill(self) -> None:
        name = self._rng.choice(("audit", "store"))
        self.running[name].kill()
        self.running[name].wait()
        self.start(name)

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)


async def recorded(dsn: str, count: int) -> int:
    """Wait until the record holds ``count`` facts that are not its own."""
    deadline = time.monotonic() + CAUGHT_UP_S
    found = 0
    while found < count and time.monotonic() < deadline:
        await asyncio.sleep(0.2)  # noqa: TID251 - a poll with a deadline
        try:
            found = int(await asyncio.to_thread(lambda: asker(dsn)(COUNT)[0][0]))
        except Exception:  # the store may just be starting
            continue
    return found


async def run(folder: Path, kills: int, seed: int) -> None:
    rng = Random(seed)
    print(f"seed {seed}")
    pause_s = 1.2
    facts = list(history(Random(seed), int(kills * pause_s * PER_S / 6), NOON))
    async with running_bus(folder / "bus") as bus:
        victims = Victims(folder, bus.url, rng)
        try:
            for name in ("store", "audit"):
                victims.start(name)
            publishing = asyncio.create_task(publish(bus.url, facts, PER_S))
            for _ in range(kills):
                await asyncio.sleep(rng.uniform(0.3, 2 * pause_s - 0.3))  # noqa: TID251 - the time between two kills
                await asyncio.to_thread(victims.kill)
            count = await publishing
            assert await recorded(victims.dsn, count) >= count
            check(victims.dsn, facts)
        finally:
            victims.end()


def check(dsn: str, facts: list[Stored]) -> None:
    """Rows are the log, fact by fact; no gap, no duplicate; the chain and its heads hold."""
    client = clickhouse_connect.get_client(dsn=dsn, query_limit=0)
    found = client.query(
        "SELECT seq, subject, payload FROM audit.event_log WHERE kind NOT LIKE 'chain.%' ORDER BY seq",
        query_formats={"String": "bytes"},
    ).result_rows
    assert [(subject.decode(), payload) for _, subject, payload in found] == [(f.subject, f.payload) for f in facts]
    total, distinct, newest = client.query("SELECT count(), uniqExact(seq), max(seq) FROM audit.event_log").result_rows[
        0
    ]
    assert total == distinct == newest
    columns = "stream, seq, lower(hex(hash)), hash_version, toUnixTimestamp64Micro(signed_at), lower(hex(public_key))"
    names = ("stream", "seq", "hash", "hash_version", "signed_us", "public_key", "signature")
    rows = client.query(f"SELECT {columns}, lower(hex(signature)) FROM audit.chain_head").result_rows
    verdict = verify(asker(dsn), STREAM, [from_record(dict(zip(names, row, strict=True))) for row in rows])
    assert verdict.intact, verdict.breaks


async def test_the_record_is_the_log_after_kills_of_audit_and_store(tmp_path: Path) -> None:
    await run(tmp_path, kills=6, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_record_is_the_log_after_sixty_kills(tmp_path: Path) -> None:
    await run(tmp_path, kills=60, seed=2)

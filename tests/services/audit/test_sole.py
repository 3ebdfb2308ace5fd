"""Two audit processes: one writes, the other stands by, and takes over when the first is gone. Never a row twice."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - the history is drawn from a fixed seed

import pytest
from groundstop.cli.asking import asker
from groundstop.events import ChainWriter
from groundstop.log import Log, Stored
from groundstop.subjects import CHAIN_WRITER
from groundstop.testing import NOON
from groundstop_embedded.testing import Bus
from groundstop_store.testing import running_store

from bench.record_log import audit_process, publish
from tests.services.audit.synthetic import history

PROOF = "SELECT count(), uniqExact(seq), max(seq) FROM audit.event_log"
WAIT_S = 120.0


class Pair:
    """A bus, a store and any number of audit processes over both."""

    def __init__(self, folder: Path, bus: str, dsn: str) -> None:
        self._folder, self._bus, self.dsn = folder, bus, dsn
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        env = dict(os.environ)  # noqa: TID251 - a child inherits it
        self.processes.append(audit_process(self._bus, self.dsn, self._folder, env))
        return self.processes[-1]

    def proof(self) -> list[int]:
        try:
            return [int(value) for value in asker(self.dsn)(PROOF)[0]]
        except Exception:  # the table may not be there yet
            return [0, 0, 0]

    async def rows(self, at_least: int) -> None:
        await until(lambda: self.proof()[0] >= at_least, f"{at_least} rows, {self.proof()}")


async def until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not await asyncio.to_thread(so):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)  # noqa: TID251 - a poll with a deadline


@contextlib.contextmanager
def _store(folder: Path) -> Iterator[str]:
    with running_store(folder / "store") as store:
        yield f"http://default@127.0.0.1:{store.port}/default"


@pytest.fixture
async def pair(bus: Bus, tmp_path: Path) -> AsyncIterator[Pair]:
    with _store(tmp_path) as dsn:
        made = Pair(tmp_path, bus.url, dsn)
        try:
            yield made
        finally:
            for process in made.processes:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


def facts() -> list[Stored]:
    return list(history(Random(4), 200, NOON))


async def writers(log: Log) -> list[str]:
    return [
        ChainWriter.model_validate_json(stored.payload).writer
        async for stored in log.until_now(patterns=[CHAIN_WRITER])
    ]


async def test_a_second_writer_stands_by_and_takes_over_when_the_first_is_gone(pair: Pair, bus: Bus, log: Log) -> None:
    first = pair.start()
    await pair.rows(1)
    second = pair.start()
    count = await publish(bus.url, facts())
    await pair.rows(count + 1)
    assert len(await writers(log)) == 1
    first.kill()
    first.wait()
    await pair.rows(count + 2)  # the second one's own fact, written by itself
    named = await writers(log)
    assert len(named) == 2 and named[0] != named[1]
    assert len(set(pair.proof())) == 1, pair.proof()
    began = time.monotonic()
    second.terminate()
    assert second.wait(60) == 0
    assert time.monotonic() - began < 5


async def test_a_writer_that_was_frozen_is_replaced_and_writes_nothing_when_it_comes_back(
    pair: Pair, bus: Bus, log: Log
) -> None:
    first = pair.start()
    await pair.rows(1)
    pair.start()
    first.send_signal(signal.SIGSTOP)
    count = await publish(bus.url, facts())
    await pair.rows(count + 1)
    first.send_signal(signal.SIGCONT)
    more = await publish(bus.url, list(history(Random(5), 100, NOON)), prefix="more")
    await pair.rows(count + more + 1)
    text = (pair._folder / "audit.log").read_text()
    await until(lambda: "standing_by" in (pair._folder / "audit.log").read_text(), text)
    assert len(await writers(log)) == 2
    assert len(set(pair.proof())) == 1, pair.proof()

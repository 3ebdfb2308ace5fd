"""Redaction, legal hold and removal: each is asked of audit, written down as a fact, and leaves the chain whole."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random  # noqa: TID251 - the history is drawn from a fixed seed
from typing import Any

import pytest
from groundstop.cli.asking import asker, records
from groundstop.clickhouse import save
from groundstop.client import Client
from groundstop.errors import RequestFailed
from groundstop.record.archive import archive
from groundstop.record.heads import from_record
from groundstop.record.keyring import Keyring
from groundstop.record.offline import payloads, verify_archive
from groundstop.record.possession import proof, sampled
from groundstop.record.sealing import opened
from groundstop.record.verify import HEADS_SQL, Verdict, verify
from groundstop.subjects import STREAM
from groundstop.testing import NOON
from groundstop_embedded.testing import Bus
from groundstop_store.testing import running_store

from bench.record_log import audit, publish
from tests.services.audit.synthetic import history

WAIT_S = 120.0


class Kept:
    """A sealed record, its bus, and a client of the bus."""

    def __init__(self, dsn: str, folder: Path, client: Client, rows: int) -> None:
        self.dsn, self.folder, self.client, self.rows = dsn, folder / "record", client, rows
        self.ask = asker(dsn)

    def payloads(self, where: str) -> list[tuple[int, str]]:
        sql = f"SELECT seq, payload FROM audit.event_log WHERE kind = 'intent.submitted' AND {where} ORDER BY seq"
        return [(int(seq), payload) for seq, payload in self.ask(sql)]

    def verified(self) -> Verdict:
        return verify(self.ask, STREAM, [from_record(head) for head in records(self.dsn, HEADS_SQL)])

    async def until(self, sql: str, is_: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while (found := str((await asyncio.to_thread(self.ask, sql))[0][0])) != is_:
            assert time.monotonic() < deadline, (sql, found)
            await asyncio.sleep(0.05)  # noqa: TID251 - a poll with a deadline

    async def refused(self, verb: str, **body: Any) -> str:
        with pytest.raises(RequestFailed) as caught:
            await self.client.request(verb, **body)
        return caught.value.code


@pytest.fixture
async def kept(bus: Bus, tmp_path: Path) -> AsyncIterator[Kept]:
    """Forty intents of people, in a record that seals them; audit has ended once, so there is a signed head."""
    env = dict(os.environ) | {"GROUNDSTOP_SEAL": "personal"}  # noqa: TID251 - a child inherits it
    with running_store(tmp_path / "store") as store, contextlib.ExitStack() as stack:
        dsn = f"http://default@127.0.0.1:{store.port}/default"
        count = await publish(bus.url, list(history(Random(3), 40, NOON)))
        total = "SELECT count() FROM audit.event_log"
        with audit(bus.url, dsn, tmp_path, env):
            _wait(dsn, total, count)
        stack.enter_context(audit(bus.url, dsn, tmp_path, env))
        _wait(dsn, total, count + 3)  # two writers' names and a head
        async with Client.open(agent="ann", settings=bus.settings) as client:
            yield Kept(dsn, tmp_path, client, count)


def _wait(dsn: str, sql: str, at_least: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while True:
        with contextlib.suppress(Exception):  # the table may not be there yet
            if int(asker(dsn)(sql)[0][0]) >= at_least:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_what_people_may_have_done_to_the_record(kept: Kept, tmp_path: Path) -> None:
    """One record through all of it: starting a bus, a store and two audits for each would take most of the time."""
    await holding(kept)
    await redacting(kept)
    await removing(kept, tmp_path)


async def redacting(kept: Kept) -> None:
    """A person's words become unreadable, and the chain stays whole."""
    ring = Keyring(kept.folder, read_only=True)
    (seq, first), (other_seq, other), *_ = kept.payloads("1")
    assert '"arguments":{"$sealed"' in first and "customer-" not in first
    plain = opened(first.encode(), seq, ring.find)
    assert b'"user":"customer-' in plain and b'"order":"A-' in plain
    intent = kept.ask(f"SELECT intent FROM audit.event_log WHERE seq = {seq}")[0][0]
    hash_before = kept.verified().hash

    answer = await kept.client.request("record.redact", scope=f"intent={intent}", reason="asked to be forgotten")
    assert answer["intents"] == 1
    assert b"customer-" not in opened(first.encode(), seq, ring.find)
    assert b"customer-" in opened(other.encode(), other_seq, ring.find)
    await kept.until("SELECT count() FROM audit.event_log WHERE kind = 'record.redacted'", "1")
    verdict = kept.verified()
    assert verdict.intact and verdict.rows > kept.rows and hash_before != verdict.hash
    assert await kept.refused("record.redact", scope=f"intent={intent}", reason="again") == "not_found"


async def holding(kept: Kept) -> None:
    """What is held is neither redacted nor removed until the hold is lifted."""
    tenant, intent = kept.ask("SELECT tenant, intent FROM audit.event_log WHERE kind = 'intent.submitted' LIMIT 1")[0]
    hold = await kept.client.request("record.hold", scope=f"tenant={tenant}", reason="litigation")
    assert await kept.refused("record.redact", scope=f"intent={intent}", reason="asked") == "held"
    head = max(int(record["seq"]) for record in records(kept.dsn, HEADS_SQL))
    assert await kept.refused("record.remove", upto=head) == "held"
    await kept.client.request("record.lift", hold=hold["hold"], reason="settled")
    assert await kept.refused("record.hold", scope="colour=red", reason="x") == "failed"


async def removing(kept: Kept, tmp_path: Path) -> None:
    """Rows leave for an archive, and both halves stay verifiable."""
    heads = [from_record(record) for record in records(kept.dsn, HEADS_SQL)]
    upto = max(head.seq for head in heads)
    assert await kept.refused("record.remove", upto=upto - 1) == "not_signed"
    folder = tmp_path / "archive"
    archive(kept.ask, lambda sql, path: save(kept.dsn, sql, path), STREAM, heads, folder, 1, upto)
    archived = verify_archive(folder, heads[0].public_key)
    assert archived.intact and archived.signed_seq == upto

    asked = await kept.client.request("record.challenge", upto=upto)
    body = {"upto": upto, "challenge": asked["challenge"], "reason": "archived"}
    assert await kept.refused("record.remove", **body, proof="0" * 64) == "not_archived"
    assert await kept.refused("record.remove", **body, proof="0" * 64) == "not_archived", "a challenge counts once"
    asked = await kept.client.request("record.challenge", upto=upto)
    proved = proof(asked["nonce"], payloads(folder, sampled(asked["nonce"], upto)))
    answer = await kept.client.request("record.remove", **body | {"challenge": asked["challenge"]}, proof=proved)
    assert answer["rows"] == upto
    await kept.until(f"SELECT count() FROM audit.event_log WHERE seq <= {upto}", "0")
    await kept.until("SELECT count() FROM audit.event_log WHERE kind = 'record.removed'", "1")
    verdict = kept.verified()
    assert verdict.intact, verdict.breaks
    assert (verdict.removed_upto, verdict.first_seq) == (upto, upto + 1)

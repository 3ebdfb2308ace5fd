"""Every kind of tampering with a million rows at once: is each found, and where; how long and in how much memory.

python -m bench.record_tamper ROWS
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import orjson
import psutil
from clickhouse_connect.driver.client import Client
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.cli.asking import asker
from groundstop.clock import Clock
from groundstop.log import Stored
from groundstop.record.chain import VERSION, ChainTip
from groundstop.record.heads import Head, sign
from groundstop.record.layout import STORED, TABLE
from groundstop.record.rowbinary import micros
from groundstop.record.verify import Verdict, verify
from groundstop.subjects import STREAM
from groundstop_audit.ledger import Ledger
from groundstop_audit.writer import batches
from groundstop_store.testing import RunningStore, running_store

from bench.record_data import BEGIN, MIGRATIONS, base, dsn_of

BATCH = 50_000
COLUMNS = ", ".join(f"`{name}`" for name in STORED)
TAMPERING = (
    ("edit of a payload", "ALTER TABLE {t} UPDATE payload = concat(payload, ' ') WHERE seq = {a}", "altered", 0.1),
    ("edit of a time", "ALTER TABLE {t} UPDATE ts = ts + 1 WHERE seq = {a}", "altered", 0.2),
    ("edit of a hash", "ALTER TABLE {t} UPDATE hash = toFixedString('x', 32) WHERE seq = {a}", "altered", 0.3),
    ("deleted row", "ALTER TABLE {t} DELETE WHERE seq = {a} - 1", "missing", 0.4),
    ("deleted range", "ALTER TABLE {t} DELETE WHERE seq >= {a} - 900 AND seq < {a}", "missing", 0.5),
    ("inserted copy", "INSERT INTO {t} ({c}) SELECT {c} FROM {t} WHERE seq = {a}", "repeated", 0.6),
)
"""What, how, as what it is found, and at which part of the rows."""


def facts(rows: int) -> Iterator[Stored]:
    """So many plausible facts; what is made once is used again further on, which a chain does not mind."""
    made = list(base())
    for seq in range(1, rows + 1):
        one = made[(seq - 1) % len(made)]
        yield Stored(one.subject, seq, one.time_ns, one.payload)


async def fill(ledger: Ledger, source: Iterator[Stored], tip: ChainTip) -> ChainTip:
    """Append to the ledger behind ``tip``."""
    part: list[Stored] = []
    for one in source:
        part.append(one)
        if len(part) == BATCH:
            tip, part = await _append(ledger, part, tip), []
    return await _append(ledger, part, tip) if part else tip


async def _append(ledger: Ledger, part: list[Stored], tip: ChainTip) -> ChainTip:
    for batch in batches(part, tip, BEGIN + timedelta(days=100)):
        await ledger.append(batch.rows, batch.after)
        tip = batch.tip
    return tip


def rewritten(source: Iterator[Stored], at: int) -> Iterator[Stored]:
    """The same facts, one of them another."""
    for one in source:
        yield Stored(one.subject, one.seq, one.time_ns, b'{"by": "nobody"}') if one.seq == at else one


async def run(folder: Path, rows: int) -> dict[str, Any]:
    """The findings."""
    key = Ed25519PrivateKey.generate()
    with running_store(folder / "store") as store:
        ledger = Ledger(dsn_of(store), MIGRATIONS, Clock())
        tip = await fill(ledger, facts(rows), await ledger.open())
        client = clickhouse_connect.get_client(dsn=dsn_of(store), query_limit=0, send_receive_timeout=600)
        heads = [_head(client, key, seq) for seq in (rows // 2, rows * 9 // 10, rows)]
        found, clean = _timed(store, heads, key)
        assert clean.intact and clean.signed_seq == rows == tip.seq, clean.breaks
        wanted = await _tamper(client, ledger, rows)
        again, verdict = _timed(store, heads, key)
        await ledger.close()
    seen = {(each.kind, each.seq) for each in verdict.breaks}
    return found | {
        "verify_tampered_s": again["verify_s"],
        "found": {what: pair in seen for what, pair in wanted.items()},
        "breaks": sorted((seq, kind) for kind, seq in seen),
    }


async def _tamper(client: Client, ledger: Ledger, rows: int) -> dict[str, tuple[str, int]]:
    """Do all of it; what must be found, as (kind, sequence)."""
    wanted = {}
    for what, sql, kind, share in TAMPERING:
        at = int(rows * share)
        client.command(sql.format(t=TABLE, c=COLUMNS, a=at), settings={"mutations_sync": 2})
        wanted[what] = (kind, at)
    at = int(rows * 0.7)
    swapped = ", ".join(f"toUInt64({2 * at + 1} - seq)" if name == "seq" else f"`{name}`" for name in STORED)
    client.command(
        f"CREATE TABLE audit.kept ENGINE = Memory AS SELECT {COLUMNS} FROM {TABLE} WHERE seq IN ({at}, {at + 1})"
    )
    client.command(f"ALTER TABLE {TABLE} DELETE WHERE seq IN ({at}, {at + 1})", settings={"mutations_sync": 2})
    client.command(f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {swapped} FROM audit.kept")
    cut, end = int(rows * 0.8), int(rows * 0.95)
    client.command(f"ALTER TABLE {TABLE} DELETE WHERE seq > {cut}", settings={"mutations_sync": 2})
    tail = (one for one in rewritten(facts(end), cut + 1) if one.seq > cut)
    await fill(ledger, tail, ChainTip(cut, _hash(client, cut)))
    return wanted | {
        "rows that changed places": ("altered", at), "chain computed anew": ("rewritten", rows * 9 // 10),
        "cut tail": ("truncated", rows),
    }  # fmt: skip


def _hash(client: Client, seq: int) -> bytes:
    found = client.query(f"SELECT hash FROM {TABLE} WHERE seq = {seq}", query_formats={"FixedString": "bytes"})
    return bytes(found.first_row[0])


def _head(client: Client, key: Ed25519PrivateKey, seq: int) -> Head:
    return sign(key, STREAM, ChainTip(seq, _hash(client, seq)), VERSION, micros(BEGIN))


def _timed(store: RunningStore, heads: list[Head], key: Ed25519PrivateKey) -> tuple[dict[str, Any], Verdict]:
    """Seconds of one check, and the most memory that the store and this process had meanwhile."""
    clock, process, most = Clock(), psutil.Process(store.process.pid), [0.0, 0.0]

    def look(_done: int, _total: int) -> None:
        most[0] = max(most[0], process.memory_info().rss / 2**20)
        most[1] = max(most[1], psutil.Process().memory_info().rss / 2**20)

    began = clock.monotonic()
    public = key.public_key().public_bytes_raw()
    verdict = verify(asker(dsn_of(store)), STREAM, heads, public_key=public, progress=look)
    took_s = clock.monotonic() - began
    return {"verify_rows": verdict.rows, "verify_s": round(took_s, 2), "store_rss_mb": round(most[0])}, verdict


def main(rows: str) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory(prefix="groundstop-bench-") as folder:
        found = asyncio.run(run(Path(folder), int(float(rows))))
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

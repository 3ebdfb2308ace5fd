"""Nobody can change the record unseen: every kind of tampering is found, and found where it is."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.record.archive import archive
from groundstop.record.chain import ChainTip, chained, genesis
from groundstop.record.heads import Head
from groundstop.record.layout import NAMES, ROW_SQL, STORED, TABLE
from groundstop.record.offline import verify_archive
from groundstop.record.rowbinary import row
from groundstop.record.verify import Verdict, verify
from groundstop.subjects import STREAM
from groundstop.testing import NOON
from groundstop_audit.domain import rows

from .conftest import Record, facts_of

FACTS = facts_of(11, 160, skew_s=2.0)
TAMPERING = {
    "edit": ("ALTER TABLE {t} UPDATE payload = replace(payload, 'a', 'b') WHERE seq = 301", "altered", 301),
    "edit of a time": ("ALTER TABLE {t} UPDATE ts = ts + 1 WHERE seq = 450", "altered", 450),
    "edit of a null": ("ALTER TABLE {t} UPDATE cost_micros = 0 WHERE seq = 1 AND cost_micros IS NULL", "altered", 1),
    "edit of a hash": ("ALTER TABLE {t} UPDATE hash = toFixedString('x', 32) WHERE seq = 200", "altered", 200),
    "delete": ("ALTER TABLE {t} DELETE WHERE seq = 301", "missing", 302),
    "delete many": ("ALTER TABLE {t} DELETE WHERE seq BETWEEN 250 AND 480", "missing", 481),
    "delete the first": ("ALTER TABLE {t} DELETE WHERE seq = 1", "missing", 2),
    "insert a copy": ("INSERT INTO {t} ({c}) SELECT {c} FROM {t} WHERE seq = 300", "repeated", 300),
    "truncate": ("ALTER TABLE {t} DELETE WHERE seq > 700", "truncated", 0),
}


def checked(record: Record, heads: list[Head], range_rows: int = 100) -> Verdict:
    return verify(
        record.ask, STREAM, heads, public_key=record.key.public_key().public_bytes_raw(), range_rows=range_rows
    )


def show(verdict: Verdict) -> str:
    return str([(each.kind, each.seq) for each in verdict.breaks])


async def test_an_untouched_record_is_intact_and_signed_to_its_end(record: Record) -> None:
    tip = await record.fill(FACTS)
    verdict = checked(record, [record.head(tip)])
    assert verdict.intact, show(verdict)
    assert (verdict.rows, verdict.last_seq, verdict.signed_seq) == (tip.seq, tip.seq, tip.seq)
    assert verdict.hash == tip.hash.hex()


async def test_the_engine_and_python_write_the_same_bytes(record: Record) -> None:
    """The fast writer, the general encoder and the engine agree on every row, so anybody can recompute a hash."""
    await record.fill(FACTS)
    columns = ", ".join(f"`{name}`" for name in NAMES)
    formats = {"String": "bytes", "FixedString": "bytes", "DateTime64": "int", "LowCardinality": "bytes"}
    found = record.client.query(
        f"SELECT {columns}, {ROW_SQL} FROM {TABLE} ORDER BY seq", query_formats=formats
    ).result_rows
    ours = list(rows(FACTS, 0, NOON))
    assert len(found) == len(ours)
    for values in found:
        assert row(values[:-1]) == values[-1]


@pytest.mark.parametrize("name", TAMPERING)
async def test_tampering_is_found_and_located(record: Record, name: str) -> None:
    tip = await record.fill(FACTS)
    statement, kind, seq = TAMPERING[name]
    record.change(statement.format(t=TABLE, c=", ".join(f"`{column}`" for column in STORED)))
    verdict = checked(record, [record.head(tip)])
    assert (kind, seq or tip.seq) in [(each.kind, each.seq) for each in verdict.breaks], show(verdict)


async def test_two_rows_that_changed_places_are_found(record: Record) -> None:
    tip = await record.fill(FACTS)
    swapped = ", ".join("toUInt64(241 - seq)" if column == "seq" else f"`{column}`" for column in STORED)
    columns = ", ".join(f"`{column}`" for column in STORED)
    record.change(f"CREATE TABLE audit.kept ENGINE = Memory AS SELECT {columns} FROM {TABLE} WHERE seq IN (120, 121)")
    record.change(f"ALTER TABLE {TABLE} DELETE WHERE seq IN (120, 121)")
    record.change(f"INSERT INTO {TABLE} ({columns}) SELECT {swapped} FROM audit.kept")
    record.change("DROP TABLE audit.kept")
    verdict = checked(record, [record.head(tip)])
    assert [(each.kind, each.seq) for each in verdict.breaks][:2] == [("altered", 120), ("altered", 121)], show(verdict)


async def test_a_chain_computed_anew_after_an_edit_is_not_the_one_that_was_signed(record: Record) -> None:
    """Who can write the table can also recompute every hash behind an edit; signatures they cannot make."""
    tip = await record.fill(FACTS)
    head = record.head(tip)
    record.client.command(f"TRUNCATE TABLE {TABLE}")
    forged = [*FACTS]
    forged[300] = type(forged[300])(forged[300].subject, forged[300].seq, forged[300].time_ns, b'{"by": "nobody"}')
    other = await record.fill(forged)
    verdict = checked(record, [head])
    assert [(each.kind, each.seq) for each in verdict.breaks] == [("rewritten", tip.seq)], show(verdict)
    assert other.hash != tip.hash and verdict.signed_seq == 0


async def test_a_head_signed_by_another_key_is_forged(record: Record) -> None:
    tip = await record.fill(FACTS)
    head = record.head(tip)
    other = Head(head.stream, head.seq, head.hash, 1, head.signed_us + 1, head.public_key, head.signature)
    verdict = checked(record, [other])
    assert [(each.kind, each.seq) for each in verdict.breaks] == [("forged_head", tip.seq)]


async def test_an_archive_is_checked_offline_with_the_public_key_alone(record: Record, tmp_path: Path) -> None:
    tip = await record.fill(FACTS)
    heads = [record.head(tip)]

    def save(sql: str, path: Path) -> None:
        path.write_bytes(record.client.raw_query(sql.replace(" FORMAT Parquet", ""), fmt="Parquet"))

    archive(record.ask, save, STREAM, heads, tmp_path, 101, tip.seq)
    key = record.key.public_key().public_bytes_raw()
    verdict = verify_archive(tmp_path, key)
    assert verdict.intact, show(verdict)
    assert (verdict.first_seq, verdict.last_seq, verdict.signed_seq) == (101, tip.seq, tip.seq)

    record.change(f"ALTER TABLE {TABLE} UPDATE tool = 'other.tool' WHERE seq = 333")
    archive(record.ask, save, STREAM, heads, tmp_path, 101, tip.seq)
    assert [(each.kind, each.seq) for each in verify_archive(tmp_path, key).breaks] == [("altered", 333)]
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert "forged_head" in {each.kind for each in verify_archive(tmp_path, stranger).breaks}


def test_a_chain_cannot_be_passed_off_as_another_streams() -> None:
    """The genesis carries the stream's name."""
    made, tip = chained([b"row"], genesis("EVENTS"))
    other, _ = chained([b"row"], genesis("EVENTS-2"))
    assert made[0] == other[0] and made[1] != other[1] and tip == ChainTip(1, made[1])

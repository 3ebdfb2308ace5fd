"""Checking a record where it lies: the server computes the hashes range by range, we compare, and heads close the end.

Memory is bounded by the size of a range. After a break the check goes on behind it, so that every break is found.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from groundstop.record.chain import ChainTip, genesis
from groundstop.record.heads import Head, genuine
from groundstop.record.layout import ROW_SQL, TABLE

RANGE_ROWS = 50_000
BREAKS_SHOWN = 100

Ask = Callable[[str], list[list[Any]]]
"""Runs one SELECT and answers rows of JSON values."""


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the record is not what was written. ``kind`` is a key of KINDS."""

    kind: str
    seq: int
    says: str


KINDS = {
    "altered": "the row at this sequence, or its place, is not what was hashed",
    "missing": "rows are gone in front of this one",
    "repeated": "this sequence occurs more than once",
    "rewritten": "the chain is whole, but not the one that was signed",
    "forged_head": "a head whose signature does not hold",
    "truncated": "a signed head names rows behind the newest that is there",
}


@dataclass(slots=True)
class Verdict:
    """What a check found. Rows up to ``signed_seq`` are covered by a genuine head; later ones by the chain alone."""

    stream: str
    rows: int = 0
    first_seq: int = 0
    last_seq: int = 0
    hash: str = ""
    heads: int = 0
    signed_seq: int = 0
    removed_upto: int = 0
    """Rows up to here were taken out on purpose, and the log says who did it; they are in an archive."""
    public_keys: list[str] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    breaks_total: int = 0

    @property
    def intact(self) -> bool:
        """True when nothing is wrong."""
        return not self.breaks

    def found(self, kind: str, seq: int, says: str = "") -> None:
        """Note a break; only the first BREAKS_SHOWN are kept."""
        self.breaks_total += 1
        if len(self.breaks) < BREAKS_SHOWN:
            self.breaks.append(Break(kind, seq, says or KINDS[kind]))


History = Callable[[Ask], Iterable[Break]]
"""A check of what the rows say, such as whether whoever decided may have: answers further breaks."""


def verify(
    ask: Ask,
    stream: str,
    heads: Iterable[Head],
    *,
    public_key: bytes | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    history: History | None = None,
    range_rows: int = RANGE_ROWS,
) -> Verdict:
    """The verdict over everything the table holds of ``stream``. ``heads`` may come from anywhere, repeated or not.

    With ``public_key`` only heads signed by it count; others are forged. ``progress`` hears (done, total) sequences.
    ``history`` looks for more than the chain can show, once the chain was followed.
    """
    verdict, known = Verdict(stream), list(heads)
    newest = int(ask(f"SELECT max(seq) FROM {TABLE} WHERE stream = {quoted(stream)}")[0][0])
    tip = _beginning(ask, verdict, known, public_key)
    while tip.seq < newest:
        tip = _range(ask, verdict, tip, min(tip.seq + range_rows, newest))
        progress(tip.seq, newest)
    verdict.last_seq, verdict.hash = newest, tip.hash.hex() if newest else ""
    _heads(ask, verdict, {(head.seq, head.signature): head for head in known if head.stream == stream}, public_key)
    for found in history(ask) if history is not None else ():
        verdict.found(found.kind, found.seq, found.says)
    verdict.breaks.sort(key=lambda each: each.seq)
    return verdict


def _beginning(ask: Ask, verdict: Verdict, heads: Iterable[Head], public_key: bytes | None) -> ChainTip:
    """Where the chain begins here: its genesis, or the signed row up to which the log says that rows were removed."""
    begins = genesis(verdict.stream)
    name = quoted(verdict.stream)
    sql = f"SELECT JSONExtractUInt(payload, 'upto') FROM {TABLE} WHERE stream = {name} AND kind = 'record.removed'"
    announced = {int(upto) for (upto,) in ask(sql)}
    for head in heads:
        if (
            head.stream == verdict.stream
            and begins.seq < head.seq
            and head.seq in announced
            and genuine(head, public_key)
        ):
            begins = ChainTip(head.seq, head.hash)
    verdict.removed_upto = begins.seq
    return begins


def _range(ask: Ask, verdict: Verdict, tip: ChainTip, upto: int) -> ChainTip:
    """Check the rows behind ``tip`` up to ``upto``; the tip to go on from, which is what is stored there."""
    rows, first, last, last_hash, wrong = ask(range_sql(verdict.stream, tip, upto))[0]
    verdict.rows += int(rows)
    verdict.first_seq = verdict.first_seq or int(first)
    for kind, seq in wrong:
        verdict.found(kind, int(seq))
    if not int(rows):
        verdict.found("missing", upto)
        return ChainTip(upto, tip.hash)
    if int(last) < upto:
        verdict.found("missing", int(last) + 1)
    return ChainTip(upto, bytes.fromhex(last_hash))


def range_sql(stream: str, tip: ChainTip, upto: int) -> str:
    """The question about one range: count, first, last, the last hash, and the breaks as (kind, seq)."""
    return f"""
SELECT count(), min(seq), max(seq), hex(argMax(hash, seq)),
    arraySort(x -> x.2, arrayConcat(
        groupArrayIf({BREAKS_SHOWN})(('altered', seq), SHA256(concat(before, row)) != hash AND seq = before_seq + 1),
        groupArrayIf({BREAKS_SHOWN})(('missing', seq), seq > before_seq + 1),
        groupArrayIf({BREAKS_SHOWN})(('repeated', seq), seq = before_seq)))
FROM
(
    SELECT seq, hash, {ROW_SQL} AS row,
        lagInFrame(seq, 1, toUInt64({tip.seq})) OVER w AS before_seq,
        lagInFrame(hash, 1, toFixedString(unhex('{tip.hash.hex()}'), 32)) OVER w AS before
    FROM {TABLE}
    WHERE stream = {quoted(stream)} AND seq > {tip.seq} AND seq <= {upto}
    WINDOW w AS (ORDER BY seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)"""


def _heads(ask: Ask, verdict: Verdict, heads: dict[tuple[int, bytes], Head], public_key: bytes | None) -> None:
    """Hold every head against its signature and against the row it names."""
    genuine_ones = []
    for head in heads.values():
        if genuine(head, public_key):
            genuine_ones.append(head)
        else:
            verdict.found("forged_head", head.seq)
    verdict.heads = len(genuine_ones)
    verdict.public_keys = sorted({head.public_key.hex() for head in genuine_ones})
    stored = dict(_hashes(ask, verdict.stream, sorted({head.seq for head in genuine_ones})))
    for head in sorted(genuine_ones, key=lambda each: each.seq):
        if head.seq <= verdict.removed_upto:
            continue
        if head.seq > verdict.last_seq:
            verdict.found("truncated", head.seq)
        elif stored.get(head.seq) != head.hash:
            verdict.found("rewritten", head.seq)
        else:
            verdict.signed_seq = max(verdict.signed_seq, head.seq)


def _hashes(ask: Ask, stream: str, seqs: list[int]) -> Iterator[tuple[int, bytes]]:
    for begin in range(0, len(seqs), 1000):
        chosen = ", ".join(map(str, seqs[begin : begin + 1000]))
        sql = f"SELECT seq, hex(hash) FROM {TABLE} WHERE stream = {quoted(stream)} AND seq IN ({chosen})"
        for seq, found in ask(sql):
            yield int(seq), bytes.fromhex(found)


def quoted(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


HEADS_SQL = (
    "SELECT stream, seq, lower(hex(hash)) AS hash, hash_version, toUnixTimestamp64Micro(signed_at) AS signed_us,"
    " lower(hex(public_key)) AS public_key, lower(hex(signature)) AS signature FROM audit.chain_head ORDER BY seq"
)
"""The heads in the ledger, column by column as groundstop.record.heads.from_record reads them."""

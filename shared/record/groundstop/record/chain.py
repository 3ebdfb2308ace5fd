"""The hash chain: each row's hash covers the row and the hash before it, so that no row can change unseen."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = 1
SIZE = 32


@dataclass(frozen=True, slots=True)
class ChainTip:
    """The end of a chain: the newest sequence and the hash of its row. Sequence 0 carries the genesis."""

    seq: int
    hash: bytes


def genesis(stream: str) -> ChainTip:
    """What the first row of a stream is chained to. Seeded with the name: no chain can be passed off as another's."""
    return ChainTip(0, hashlib.sha256(b"groundstop-chain-v1\0" + stream.encode()).digest())


def link(before: bytes, row: bytes) -> bytes:
    """The hash of a row in its RowBinary form that follows ``before``."""
    return hashlib.sha256(before + row).digest()


def chained(rows: Iterable[bytes], tip: ChainTip) -> tuple[list[bytes], ChainTip]:
    """Each row with its hash behind it, as the table stores it, and the new tip. One row per sequence, in order."""
    out: list[bytes] = []
    newest, count = tip.hash, 0
    for row in rows:
        newest = hashlib.sha256(newest + row).digest()
        count += 1
        out += (row, newest)
    return out, ChainTip(tip.seq + count, newest)

"""Checking an exported range with the public key alone: no server, no bus, nobody to be trusted.

An archive is a folder: ``*.parquet`` in the order of their names, ``manifest.json`` and ``heads.jsonl``.
"""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import orjson
from groundstop.errors import GroundstopError
from groundstop.record.chain import ChainTip, genesis, link
from groundstop.record.heads import Head, from_record, genuine
from groundstop.record.layout import NAMES
from groundstop.record.rowbinary import row
from groundstop.record.verify import Verdict

MANIFEST, HEADS_FILE = "manifest.json", "heads.jsonl"
BATCH_ROWS = 10_000


class NoArchive(GroundstopError):
    """The folder holds no archive, or the package that reads it is missing."""


def verify_archive(folder: Path, public_key: bytes | None) -> Verdict:
    """The verdict over an archive. Raises NoArchive. The chain begins where the manifest says that it does."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        heads = [from_record(orjson.loads(line)) for line in (folder / HEADS_FILE).read_bytes().splitlines()]
    except (OSError, KeyError, ValueError) as error:
        raise NoArchive(f"{folder} holds no archive: {error}") from error
    stream = str(manifest["stream"])
    verdict = Verdict(stream)
    after = int(manifest["first_seq"]) - 1
    tip = ChainTip(after, bytes.fromhex(manifest["hash_before"])) if after else genesis(stream)
    hashes = _follow(verdict, folder, tip, {head.seq for head in heads})
    _heads(verdict, heads, hashes, public_key, after)
    return verdict


def payloads(folder: Path, wanted: Container[int]) -> Iterator[tuple[int, bytes]]:
    """Sequence and payload of the ``wanted`` rows of an archive, in order. Raises NoArchive."""
    at = NAMES.index("payload")
    for values, _ in _rows(folder):
        if values[1] in wanted:
            payload = values[at]
            yield int(values[1]), payload if isinstance(payload, bytes) else str(payload).encode()


def _follow(verdict: Verdict, folder: Path, tip: ChainTip, wanted: set[int]) -> dict[int, bytes]:
    """Walk the chain; the stored hashes of the ``wanted`` sequences."""
    hashes = {}
    for values, stored in _rows(folder):
        seq = values[1]
        verdict.rows += 1
        verdict.first_seq = verdict.first_seq or seq
        if seq != tip.seq + 1:
            verdict.found("repeated" if seq == tip.seq else "missing", seq)
        elif link(tip.hash, row(values)) != stored:
            verdict.found("altered", seq)
        tip = ChainTip(seq, stored)
        if seq in wanted:
            hashes[seq] = stored
    verdict.last_seq, verdict.hash = tip.seq, tip.hash.hex()
    return hashes


def _rows(folder: Path) -> Iterator[tuple[list[Any], bytes]]:
    """Rows as values in the order of the layout, times in microseconds, with their hashes."""
    try:
        import pyarrow as arrow  # type: ignore[import-untyped]  # ships no annotations
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]
    except ImportError as error:
        raise NoArchive("reading Parquet needs pyarrow: install groundstop[archive]") from error
    for path in sorted(folder.glob("*.parquet")):
        for batch in parquet.ParquetFile(path).iter_batches(BATCH_ROWS, columns=[*NAMES, "hash"]):
            columns = []
            for name in (*NAMES, "hash"):
                column = batch.column(name)
                if arrow.types.is_timestamp(column.type):
                    column = column.cast(arrow.int64())
                columns.append(column.to_pylist())
            for *values, stored in zip(*columns, strict=True):
                yield values, stored


def _heads(verdict: Verdict, heads: list[Head], hashes: dict[int, bytes], public_key: bytes | None, after: int) -> None:
    for head in heads:
        if not genuine(head, public_key):
            verdict.found("forged_head", head.seq)
        elif head.seq > verdict.last_seq:
            verdict.found("truncated", head.seq)
        elif head.seq > after and hashes.get(head.seq) != head.hash:
            verdict.found("rewritten", head.seq)
        elif head.seq > after:
            verdict.heads += 1
            verdict.signed_seq = max(verdict.signed_seq, head.seq)
    verdict.public_keys = sorted({head.public_key.hex() for head in heads if genuine(head, public_key)})

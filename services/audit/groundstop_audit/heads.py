"""Signing the chain's head: when it has grown enough or grown old, and at the end; kept in three places.

In the ledger for SQL, on the bus for everybody, and in a file outside of both: who alters the ledger must alter all
three, and cannot sign.
"""

import errno
import os
from datetime import datetime
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import ChainHead
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.record import chain
from groundstop.record.chain import ChainTip
from groundstop.record.heads import Head, as_record, sign
from groundstop.record.layout import HEADS
from groundstop.record.rowbinary import micros
from groundstop.subjects import STREAM
from structlog.typing import FilteringBoundLogger

from groundstop_audit.ledger import Ledger, LedgerUnavailable

ROWS_MAX = 100_000
AGE_S_MAX = 60.0
COLUMNS = ("stream", "seq", "hash", "hash_version", "signed_at", "public_key", "signature")


def load_key(folder: Path) -> Ed25519PrivateKey:
    """The signing key in ``folder``, drawn at the first start; the public key lies beside it for everybody to copy."""
    private, public = folder / "chain.key", folder / "chain.pub"
    folder.mkdir(parents=True, exist_ok=True)
    if not private.exists():
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(raw.hex() + "\n")
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private.read_text().strip()))
    public.write_text(key.public_key().public_bytes_raw().hex() + "\n", encoding="utf-8")
    return key


class Heads:
    """Signs after ROWS_MAX rows or AGE_S_MAX seconds. Heads are themselves facts: they alone call for no new head."""

    def __init__(self, folder: Path, log: Log, ledger: Ledger, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._key = load_key(folder)
        self._file = folder / "chain.heads.jsonl"
        self._log = log
        self._ledger = ledger
        self._clock = clock
        self._logger = logger
        self._unsigned = 0
        self._signed_at = clock.monotonic()
        self._tip: ChainTip | None = None
        logger.info("chain_key", public_key=self._key.public_key().public_bytes_raw().hex())

    async def grown(self, tip: ChainTip, rows: int) -> None:
        """After ``rows`` telling rows were stored, the newest at ``tip``."""
        self._unsigned += rows
        self._tip = tip
        age_s = self._clock.monotonic() - self._signed_at
        if self._unsigned >= ROWS_MAX or (self._unsigned and age_s >= AGE_S_MAX):
            await self.sign(tip)

    async def idle(self) -> None:
        """Nothing came: sign what has grown old."""
        if self._tip is not None:
            await self.grown(self._tip, 0)

    async def sign(self, tip: ChainTip) -> None:
        """Sign ``tip`` now, unless nothing is new. The file comes first: it needs nobody else to be there.

        Raises LedgerUnavailable; then it is signed again.
        """
        if not self._unsigned or not tip.seq:
            return
        now = self._clock()
        head = sign(self._key, STREAM, tip, chain.VERSION, micros(now))
        self._keep(orjson.dumps(as_record(head)) + b"\n")
        await self._ledger.add_head(_row(head, now), COLUMNS, HEADS)
        self._unsigned, self._signed_at = 0, self._clock.monotonic()
        await self._tell(head, now)

    def _keep(self, line: bytes) -> None:
        """Append a line to the file, whole or not at all. Raises LedgerUnavailable: a full disk is no reason to die."""
        try:
            with self._file.open("ab", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                if file.write(line) != len(line):
                    file.truncate(end)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise LedgerUnavailable(f"the chain's head could not be kept in {self._file.name}: {error}") from error

    async def _tell(self, head: Head, now: datetime) -> None:
        fact = ChainHead(
            id=derived_id(head.hash.hex(), "chain.head"),
            at=now,
            actor="audit",
            stream=head.stream,
            seq=head.seq,
            hash=head.hash.hex(),
            hash_version=head.hash_version,
            signed_us=head.signed_us,
            public_key=head.public_key.hex(),
            signature=head.signature.hex(),
        )
        try:
            await self._log.publish_once(fact)
        except GroundstopError as error:
            self._logger.warning("head_not_published", seq=head.seq, error=str(error)[:300])


def _row(head: Head, now: datetime) -> tuple[object, ...]:
    return (head.stream, head.seq, head.hash, head.hash_version, now, head.public_key, head.signature)

"""Signatures in the record: did whoever cleared, decided, halted and resumed sign it? ``groundstop verify`` asks."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from groundstop.events import KINDS, KeysPublished
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.identity.statements import SIGNERS, must_be_signed
from groundstop.record.layout import TABLE
from groundstop.record.verify import Ask, Break, History

Row = tuple[int, str, datetime, str]
"""Sequence, kind, when the log stored it, payload."""

PAGE_ROWS = 20_000
HIDDEN = ('"$sealed"', '"$redacted"')
"""A value that was sealed or redacted in the record is not what was signed: nothing can be said."""


def signatures(root: bytes, stream: str) -> History:
    """The check, for those who trust ``root``. What was stored before the first list of keys could not be signed."""
    return lambda ask: unsigned(rows(ask, stream), root)


def rows(ask: Ask, stream: str) -> Iterator[Row]:
    """What should be signed, and the lists of keys, in the order of the log."""
    kinds, after = ", ".join(f"'{kind}'" for kind in (*SIGNERS, KeysPublished.kind)), 0
    while True:
        page = ask(
            f"SELECT seq, kind, toUnixTimestamp64Micro(logged_at), payload FROM {TABLE} "
            f"WHERE stream = '{stream}' AND kind IN ({kinds}) AND seq > {after} ORDER BY seq LIMIT {PAGE_ROWS}"
        )
        for seq, kind, micros, payload in page:
            after = int(seq)
            yield after, str(kind), datetime.fromtimestamp(int(micros) / 1e6, UTC), str(payload)
        if len(page) < PAGE_ROWS:
            return


def unsigned(found: Iterable[Row], root: bytes) -> Iterator[Break]:
    """Every fact that nobody who may say it has signed. Pure."""
    ring = Keyring(root)
    for seq, kind, stored_at, payload in found:
        hidden = any(mark in payload for mark in HIDDEN)
        try:
            if kind == KeysPublished.kind:
                if not ring.take(KeysPublished.model_validate_json(payload), stored_at):
                    yield Break("signature", seq, "this list of keys is not the root's, or not a newer one")
            elif ring.number and not hidden and must_be_signed(fact := KINDS[kind].model_validate_json(payload)):
                ring.check(fact, stored_at)
        except (BadSignature, ValueError) as error:
            yield Break("signature", seq, str(error)[:300])

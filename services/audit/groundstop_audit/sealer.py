"""Sealing what people may ask to be forgotten, before it is hashed and written."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson
from groundstop.errors import GroundstopError
from groundstop.log import Stored
from groundstop.record.keyring import Keyring, Owner
from groundstop.record.sealing import INSIDE, REDACTED, rewritten, sealed
from groundstop.subjects import DETAILS

_KINDS = frozenset(DETAILS)
_GONE = bytes(32)


class Sealer:
    """Replaces personal fields of payloads by their sealed form. With no fields it changes nothing, and has no keys."""

    def __init__(self, keyring: Keyring | None, fields: frozenset[str]) -> None:
        self._keyring = keyring
        self._fields = fields

    def sealed(self, messages: Sequence[Stored]) -> list[Stored]:
        """The messages as the ledger gets them. The keys are on disk when this returns; else GroundstopError."""
        if self._keyring is None or not self._fields:
            return list(messages)
        try:
            out = [self._one(self._keyring, message) for message in messages]
            self._keyring.commit()
        except sqlite3.OperationalError as error:  # such as a full disk: nothing is written that could not be read
            raise GroundstopError(f"the record's keys could not be kept: {error}") from error
        return out

    def _one(self, keyring: Keyring, message: Stored) -> Stored:
        owner = _owner(message)
        if owner is None:
            return message
        key_id, key = keyring.key_for(owner)
        payload = sealed(message.payload, self._fields, key_id, key or _GONE, message.seq)
        if key is None and payload != message.payload:  # what comes late about a redacted intent is not kept, either
            payload = _blanked(message.payload, self._fields)
        return Stored(message.subject, message.seq, message.time_ns, payload)


def _blanked(payload: bytes, fields: frozenset[str]) -> bytes:
    def blank(name: str, inner: Any, _: str) -> Any:
        return {REDACTED: True} if name in fields and inner else INSIDE

    return orjson.dumps(rewritten(orjson.loads(payload), blank))


def _owner(message: Stored) -> Owner | None:
    """Whose fact a message is; None when it is not about an intent."""
    parts = message.subject.split(".")
    skip = 3 if f"{parts[1]}.{parts[2]}" in _KINDS else 2 if parts[1] in _KINDS else 0
    if not skip or len(parts) < skip + 3:
        return None
    try:
        fact = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(fact, dict):
        return None
    proposal = fact.get("proposal")
    person = fact.get("user") or (proposal.get("user") if isinstance(proposal, dict) else "") or ""
    return Owner(parts[skip], parts[skip + 1], parts[skip + 2], str(fact.get("task") or ""), str(person))

"""Commands about the record: what is kept, made unreadable and removed. Answered by audit."""

from typing import Annotated, Any

from groundstop.commands.base import CUSTODIANS, Answer, Command, Needed, Said
from pydantic import BeforeValidator, Field

_AUDIT = "audit"


def _whole(value: Any) -> Any:
    """A sequence may be written as text, too."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Sequence = Annotated[int, BeforeValidator(_whole), Field(ge=1)]


class HoldPlaced(Answer):
    """The id of a legal hold, and what it covers."""

    hold: str
    scope: str


class PlaceHold(Command[HoldPlaced], verb="record.hold", answered_by=_AUDIT, roles=CUSTODIANS):
    """Keep what is in a scope of the record: a legal hold."""

    scope: Needed
    reason: Needed


class HoldLifted(Answer):
    """The hold that was lifted."""

    hold: str
    scope: str
    lifted: bool = True


class LiftHold(Command[HoldLifted], verb="record.lift", answered_by=_AUDIT, roles=CUSTODIANS):
    """End a legal hold."""

    hold: Needed
    reason: Needed


class Redaction(Answer):
    """How many intents can no longer be read."""

    redaction: str
    intents: int


class RedactRecord(Command[Redaction], verb="record.redact", answered_by=_AUDIT, roles=CUSTODIANS):
    """Destroy the keys of sealed payloads."""

    scope: Needed
    reason: Needed
    tenant: Said = ""


class ArchiveChallenge(Answer):
    """What an archive is asked: the nonce chooses rows up to ``upto`` (groundstop.record.possession)."""

    challenge: str
    nonce: str
    upto: int


class ChallengeArchive(Command[ArchiveChallenge], verb="record.challenge", answered_by=_AUDIT, roles=CUSTODIANS):
    """What an archive must prove before its rows are removed."""

    upto: Sequence


class RowsRemoved(Answer):
    """How many rows left the ledger."""

    upto: int
    rows: int


class RemoveRows(Command[RowsRemoved], verb="record.remove", answered_by=_AUDIT, roles=CUSTODIANS):
    """Remove rows that an archive holds; ``proof`` answers ``challenge``."""

    upto: Sequence
    challenge: Said = ""
    proof: Said = ""
    reason: Said = ""

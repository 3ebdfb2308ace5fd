"""Whose signature counts: the list of signing keys, itself signed by the root that every verifier is given."""

from datetime import datetime

from groundstop import subjects
from groundstop.events.fact import Fact, Name, Signature
from groundstop.intent import Frozen, Token
from pydantic import Field


class SignerKey(Frozen):
    """One public key, base64 of its 32 bytes. What is stored after ``until`` was not signed by its owner."""

    key: Name
    name: Token
    role: Name
    public: Name
    until: datetime | None = None


class WorkerKey(Frozen):
    """One identity that does the calls of ``tool``: its public nkey. Nothing it says after ``until`` counts."""

    name: Token
    tool: Name
    public: Name
    until: datetime | None = None


class KeysPublished(Fact):
    """Everybody's signing keys, ended ones included. ``number`` grows with every list; the highest counts.

    ``workers``: who does the calls of which tool; None in a list of a time when nobody was listed.
    """

    kind = "keys.published"

    number: int = Field(ge=1)
    keys: tuple[SignerKey, ...] = ()
    workers: tuple[WorkerKey, ...] | None = None
    signature: Signature = ""

    def subject(self) -> str:
        return subjects.KEYS

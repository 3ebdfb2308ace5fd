"""Whose signature counts: the list of signing keys, itself signed by the root that every verifier is given."""

from datetime import datetime

from pydantic import Field

from groundstop import subjects
from groundstop.events.fact import Fact, Name, Signature
from groundstop.intent import Frozen, Token


class SignerKey(Frozen):
    """One public key, base64 of its 32 bytes. What is stored after ``until`` was not signed by its owner."""

    key: Name
    name: Token
    role: Name
    public: Name
    until: datetime | None = None


class KeysPublished(Fact):
    """Everybody's signing keys, ended ones included. ``number`` grows with every list; the highest counts."""

    kind = "keys.published"

    number: int = Field(ge=1)
    keys: tuple[SignerKey, ...] = ()
    signature: Signature = ""

    def subject(self) -> str:
        return subjects.KEYS

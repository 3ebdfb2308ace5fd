"""A face is a program that people sign in to: it asks in its own name and signs for whom.

docs/reference/commands.md describes the signed statement.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Face:
    """The private key of one face, and the requests that it signs."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._key = key

    @classmethod
    def create(cls, name: str) -> "Face":
        """A face with a fresh key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, name: str, private_key: str) -> "Face":
        """A face with the key that ``private_key`` of another one was. Raises ValueError when it is none."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key)))

    @property
    def private_key(self) -> str:
        """Base64 of the 32 raw bytes, for a file that only the face can read."""
        return _text(self._key.private_bytes_raw())

    @property
    def public_key(self) -> str:
        """Base64 of the 32 raw bytes, for ``<faces>/<name>.pub``."""
        return _text(self._key.public_key().public_bytes_raw())

    def forward(
        self,
        verb: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        at: datetime,
        groups: Iterable[str] = (),
        roles: Iterable[str] = (),
        tenants: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """``body`` with the signed statement for whom it is asked; ``tenants``: whose they see, None: everybody's.

        Send it within a minute of ``at``, unchanged. Raises rfc8785.CanonicalizationError for values JSON cannot carry.
        """
        claim: dict[str, Any] = {
            "actor": actor, "groups": list(groups), "roles": list(roles), "at": at.isoformat(),
            "tenants": None if tenants is None else list(tenants),
        }  # fmt: skip
        signature = self._key.sign(signed_bytes(verb, body, claim))
        return {**body, "on_behalf": claim | {"signature": _text(signature)}}


def signed_bytes(verb: str, body: Mapping[str, Any], claim: Mapping[str, Any]) -> bytes:
    """What a face signs: the request and for whom it is made, as RFC 8785 canonical JSON."""
    rest = {name: value for name, value in body.items() if name != "on_behalf"}
    said = {name: claim.get(name) for name in ("actor", "groups", "roles", "at")}
    said |= {"tenants": claim["tenants"]} if "tenants" in claim else {}
    return rfc8785.dumps({"verb": verb, "body": rest, **said})


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()

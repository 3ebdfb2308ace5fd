"""Who asks: the caller that the subject names, or the person for whom a face signs."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from groundstop import subjects
from groundstop.callers import Caller
from groundstop.errors import RequestFailed
from groundstop.identity.faces import signed_bytes
from groundstop.vocabulary import ErrorCode

from groundstop_approval.domain.people import Directory, Person, person

FACES = ("console", "owner")
"""Roles that ask in the names of people who sign in to them."""
AGE_MAX = timedelta(seconds=60)
NAMES_MAX = 50


class Identity:
    """Turns a caller and a body into a Person. ``faces`` is the folder with the faces' public keys, or None."""

    def __init__(self, directory: Directory, faces: Path | None) -> None:
        self._directory = directory
        self._faces = faces

    def asker(self, verb: str, caller: Caller, body: Mapping[str, Any], now: datetime) -> Person:
        """The person behind a request. Raises RequestFailed(not_allowed) for a claim that is not signed."""
        claim = body.get("on_behalf")
        if claim is None:
            return replace(person(self._directory, caller.name), caller=caller)
        if not isinstance(claim, dict):
            raise RequestFailed(ErrorCode.INVALID_REQUEST, "on_behalf: expected an object")
        self._check(verb, caller.name, body, claim, now)
        names = [_names(claim, field) for field in ("groups", "roles")]
        asked_for = subjects.token(str(claim.get("actor", "")), "on_behalf.actor")
        if caller.role not in FACES:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{caller} is no face: it cannot ask in the name of {asked_for}")
        for_whom = person(self._directory, asked_for, *names)
        return replace(for_whom, caller=caller, face=caller.name, tenants=_tenants(claim))

    def _check(self, verb: str, face: str, body: Mapping[str, Any], claim: dict[str, Any], now: datetime) -> None:
        try:
            at = datetime.fromisoformat(str(claim.get("at")))
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self._key(face)))
            key.verify(base64.b64decode(str(claim.get("signature"))), signed_bytes(verb, body, claim))
        except (InvalidSignature, ValueError, binascii.Error, OSError, rfc8785.CanonicalizationError) as error:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{face} has not signed for whom it asks") from error
        if at.tzinfo is None or abs(now - at) > AGE_MAX:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"the signature of {face} is older than {AGE_MAX.seconds} s")

    def _key(self, face: str) -> str:
        if self._faces is None:
            raise OSError("no faces are known here")
        return (self._faces / f"{subjects.token(face, 'actor')}.pub").read_text(encoding="ascii")


def _tenants(claim: dict[str, Any]) -> frozenset[str] | None:
    """None where the face binds them to no tenant; an empty list binds them to none that there is."""
    return None if claim.get("tenants") is None else frozenset(_names(claim, "tenants"))


def _names(claim: dict[str, Any], field: str) -> list[str]:
    names = claim.get(field) or []
    if not isinstance(names, list) or len(names) > NAMES_MAX or not all(isinstance(name, str) for name in names):
        raise RequestFailed(ErrorCode.INVALID_REQUEST, f"on_behalf.{field}: expected at most {NAMES_MAX} names")
    return names

"""The console's own identity: it signs what it forwards for whom (docs/reference/commands.md, "Who asks")."""

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from groundstop_console.adapters.accounts import write_private
from groundstop_console.domain.people import Person, Role

FACE = "console"
KEY_FILE = "console.key"
FACES = "faces"


class Signer:
    """Holds the private key of a data folder, made at the first start; the public one lies where approval looks."""

    def __init__(self, folder: Path) -> None:
        path = folder / KEY_FILE
        if not path.exists():
            write_private(path, base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())
        self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_text(encoding="ascii")))
        (folder / FACES).mkdir(exist_ok=True)
        public = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()
        (folder / FACES / f"{FACE}.pub").write_text(public, encoding="ascii")

    def on_behalf(self, person: Person, verb: str, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """The field ``on_behalf`` of a request. Raises rfc8785.CanonicalizationError for values JSON cannot carry."""
        roles = [role.value for role in Role if person.may(role)]
        claim: dict[str, Any] = {
            "actor": person.name, "groups": list(person.groups), "roles": roles, "at": at.isoformat(),
            "tenants": None if person.everywhere else list(person.tenants),
        }  # fmt: skip
        signature = self._key.sign(rfc8785.dumps({"verb": verb, "body": dict(body), **claim}))
        return claim | {"signature": base64.b64encode(signature).decode()}

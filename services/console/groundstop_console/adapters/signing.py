"""The console's own identity: it signs what it forwards for whom (docs/reference/commands.md, "Who asks")."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from groundstop.identity.faces import Face

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
            write_private(path, Face.create(FACE).private_key)
        self._face = Face.load(FACE, path.read_text(encoding="ascii"))
        (folder / FACES).mkdir(exist_ok=True)
        (folder / FACES / f"{FACE}.pub").write_text(self._face.public_key, encoding="ascii")

    def signed(self, person: Person, verb: str, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """A request for ``person``. Raises rfc8785.CanonicalizationError for values JSON cannot carry."""
        return self._face.forward(
            verb, body, at=at, actor=person.name, groups=person.groups,
            roles=[role.value for role in Role if person.may(role)],
            tenants=None if person.everywhere else person.tenants,
        )  # fmt: skip

"""Local people in one file of the data folder, with argon2id hashes; invitations; the first administrator's link."""

import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from groundstop.clock import Clock
from groundstop.intent import Frozen

from groundstop_console.domain.people import Person, Role

FILE = "console-people.json"
PEOPLE_MAX = 10_000
INVITED_FOR = timedelta(days=2)


class People(Frozen):
    """The file's content."""

    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets somebody choose a password once. An empty ``name`` lets them choose that, too."""

    name: str
    role: Role
    tenants: tuple[str, ...]
    until: datetime


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.chmod(0o600)
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


class Accounts:
    """Everybody who may sign in with a password."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._invited: dict[str, Invitation] = {}
        self._people: dict[str, Person] = {}
        with contextlib.suppress(FileNotFoundError):
            found = People.model_validate_json(self._path.read_text(encoding="utf-8"))
            self._people = {person.name: person for person in found.people}

    @property
    def empty(self) -> bool:
        """True before the first administrator."""
        return not any(person.role is Role.ADMIN and person.active for person in self._people.values())

    def all(self) -> list[Person]:
        """By name."""
        return sorted(self._people.values(), key=lambda person: person.name)

    def find(self, name: str) -> Person | None:
        """One of them."""
        return self._people.get(name)

    def put(self, person: Person) -> None:
        """Add or replace somebody and keep it."""
        if len(self._people) >= PEOPLE_MAX and person.name not in self._people:
            raise ValueError(f"there are {PEOPLE_MAX} people already")
        self._people[person.name] = person
        write_private(self._path, People(people=tuple(self.all())).model_dump_json(indent=2))

    def hashed(self, password: str) -> str:
        """The argon2id hash of a password (parameters of RFC 9106, low-memory profile). Takes tens of milliseconds."""
        return self._hasher.hash(password)

    def check(self, name: str, password: str) -> Person | None:
        """Who this is, or None. As slow for a name that nobody has, so that names cannot be told from answers."""
        person = self._people.get(name)
        known = person is not None and person.active and bool(person.password)
        try:
            self._hasher.verify(person.password if person is not None and known else self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return None
        return person if known else None

    def invite(self, name: str, role: Role, tenants: tuple[str, ...], lasts: timedelta = INVITED_FOR) -> str:
        """A token for a link; the one before it for the same name is void."""
        self.void(name)
        token = secrets.token_urlsafe(24)
        self._invited[_digest(token)] = Invitation(name, role, tenants, self._clock() + lasts)
        return token

    def invitation(self, token: str) -> Invitation | None:
        """What a link is good for, None when it is used, void or old."""
        found = self._invited.get(_digest(token))
        return found if found is not None and self._good(found) else None

    def _good(self, invitation: Invitation) -> bool:
        return self._clock() <= invitation.until

    def invited(self, name: str) -> bool:
        """True while a link for ``name`` is good."""
        return any(one.name == name and self._good(one) for one in self._invited.values())

    def take(self, token: str) -> Invitation | None:
        """What a link is good for, and never again: of two who come with it at once one gets it."""
        found = self.invitation(token)
        self._invited.pop(_digest(token), None)
        return found

    def give_back(self, token: str, invitation: Invitation) -> None:
        """A link that was taken and led to nothing."""
        self._invited[_digest(token)] = invitation

    def join(self, invitation: Invitation, person: Person) -> str:
        """Keep who came with an invitation and a password; empty, or why not.

        Looked at here, after the slow hash: somebody may have been made administrator, or locked out, meanwhile.
        """
        known = self._people.get(person.name)
        if not invitation.name and not self.empty:
            return "Somebody else has become the administrator."
        if not invitation.name and known is not None:
            return "Somebody has this name already."
        if known is not None and not known.active:
            return "This account is locked; ask an administrator."
        self.put((known or person).model_copy(update={"password": person.password}))
        return ""

    def void(self, name: str) -> None:
        """No link for ``name`` is good any more."""
        self._invited = {key: one for key, one in self._invited.items() if one.name != name}


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()

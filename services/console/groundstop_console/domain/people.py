"""Who may do what: four roles, each including the one before, and the tenants a person may see."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from groundstop.intent import Frozen, Token
from pydantic import StringConstraints


class Role(StrEnum):
    """viewer reads; approver also decides cases and reads payloads; operator also halts; admin also manages people."""

    VIEWER = "viewer"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """True when this role may do what ``other`` may."""
        return _RANK[self] >= _RANK[other]


_RANK = {role: rank for rank, role in enumerate(Role)}

ALL_TENANTS = "*"
Tenant = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9_-]{1,64})$")]


class Person(Frozen):
    """A user of the console. ``name`` is the actor in every command sent for them, ``groups`` are those
    that a policy may ask for; ``password`` is an argon2id hash. Without a tenant they see nothing of any."""

    name: Token
    role: Role
    tenants: tuple[Tenant, ...] = ()
    groups: tuple[Token, ...] = ()
    password: str = ""
    active: bool = True

    @property
    def everywhere(self) -> bool:
        """True when no tenant is hidden from this person."""
        return ALL_TENANTS in self.tenants

    def sees(self, tenant: str) -> bool:
        """True when this person may know anything about ``tenant``."""
        return self.everywhere or tenant in self.tenants

    def reaches(self, tenants: Iterable[str]) -> bool:
        """True when this person may give somebody else a view of all of ``tenants``."""
        return self.everywhere or set(tenants) <= set(self.tenants)

    def may(self, role: Role) -> bool:
        """True when this person is active and holds at least ``role``."""
        return self.active and self.role.includes(role)


PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 1024


def password_problem(password: str, name: str) -> str:
    """What is wrong with a new password, in words; empty when nothing is (length rules of NIST SP 800-63B)."""
    if len(password) < PASSWORD_CHARS_MIN:
        return f"The password needs at least {PASSWORD_CHARS_MIN} characters."
    if len(password) > PASSWORD_CHARS_MAX:
        return f"The password has more than {PASSWORD_CHARS_MAX} characters."
    if name and name.lower() in password.lower():
        return "The password contains the user name."
    if len(set(password)) < 5:
        return "The password repeats too few characters."
    return ""


def may_halt(person: Person, scope: str, tenant: str = "") -> bool:
    """Halts reach across tenants, except those of one ``tenant``; a person tied to tenants halts within these."""
    what, _, value = scope.partition("=")
    own = (what == "tenant" and person.sees(value)) or (bool(tenant) and person.sees(tenant))
    return person.may(Role.OPERATOR) and (person.everywhere or own)


def tenant_condition(person: Person) -> str:
    """What a question to the record adds so that it is answered from this person's tenants alone."""
    if person.everywhere:
        return ""
    if not person.tenants:
        return "AND 0"
    # Tenants are checked tokens: nothing in them can end the quotes.
    return f"AND tenant IN ({', '.join(repr(tenant) for tenant in person.tenants)})"

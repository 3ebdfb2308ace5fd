"""Who the people are: the directory file with groups, owners, operators, reminders and the escalation chain. Pure.

Without a file anybody may decide who is not excluded by the separation of duties.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import yaml
from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller
from groundstop.errors import GroundstopError
from groundstop.policy.basics import Section
from pydantic import Field, StringConstraints, ValidationError

from groundstop_approval.domain.notifications import Notifications

APPROVER = "approver"
ADMIN = "admin"
ANYBODY = Caller(OWNER_ROLE, ANY_TENANT, "")
DECIDING_ROLES = frozenset({APPROVER, "operator", ADMIN})
CLAIM_S = 600.0

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class BadDirectory(GroundstopError):
    """The directory file is not acceptable; names the field."""


class Entry(Section):
    """One person. ``notify`` are names of targets (see groundstop_approval.notify) or apprise URLs."""

    groups: tuple[Name, ...] = ()
    roles: tuple[Name, ...] = (APPROVER,)
    owns: tuple[Name, ...] = ()
    notify: tuple[str, ...] = ()


class EscalationStep(Section):
    """A step of the escalation chain: when ``at`` (a part of the case's time, 0 to 1) has passed, ask ``group``."""

    at: float = Field(gt=0, lt=1)
    group: Name


class Directory(Section):
    """The whole file. ``people`` empty: anybody may decide. ``operators`` run the executors and decide nothing."""

    people: dict[Name, Entry] = Field(default_factory=dict)
    operators: tuple[Name, ...] = ()
    reminders: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.5,)
    escalation: tuple[EscalationStep, ...] = Field(default=(), max_length=10)
    claim_s: float = Field(default=CLAIM_S, gt=0, le=86_400)
    notifications: Notifications = Notifications()

    def owners_of(self, agent: str) -> frozenset[str]:
        """Who owns an agent."""
        return frozenset(name for name, entry in self.people.items() if agent in entry.owns)

    def members(self, group: str) -> tuple[str, ...]:
        """Who is in a group, in the order of the file."""
        return tuple(name for name, entry in self.people.items() if group in entry.groups)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks for something, with what is known about them."""

    name: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    face: str = ""
    """Who signed for whom it asks; empty for somebody with an identity of their own."""
    caller: Caller = ANYBODY
    """The identity that asks for them: their own, or a face's."""
    tenants: frozenset[str] | None = None
    """The tenants that a face says they see; None: whatever the caller sees."""

    @property
    def decides(self) -> bool:
        """True when their role lets them decide cases."""
        return bool(self.roles & DECIDING_ROLES)


def person(directory: Directory, name: str, groups: Iterable[str] = (), roles: Iterable[str] = ()) -> Person:
    """The person called ``name``: what the directory says and what a signed face adds to it."""
    entry = directory.people.get(name)
    if entry is None:
        default = () if directory.people else (APPROVER,)
        return Person(name, frozenset(groups), frozenset(roles) or frozenset(default))
    return Person(name, frozenset(entry.groups) | frozenset(groups), frozenset(entry.roles) | frozenset(roles))


def read_directory(text: str) -> Directory:
    """The directory in a YAML text. Raises BadDirectory with the place and what is wrong."""
    try:
        return Directory.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise BadDirectory(f"people: not YAML: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise BadDirectory(f"people: {where}: {problem['msg']}, got {str(problem['input'])[:80]!r}") from None

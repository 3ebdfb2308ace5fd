"""The nats-server's list of users, from the table of roles and who was issued what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from groundstop.identity.seeds import inbox_of
from groundstop.permissions.roles import ROLES, filled

ANSWER_WITHIN = "1h"
"""For so long a request may be answered; a worker's call lasts at most this long."""
ACCOUNT = "GROUNDSTOP"


@dataclass(frozen=True, slots=True)
class User:
    """Who may connect: a public nkey, a role, and what fills the role's placeholders in."""

    name: str
    role: str
    public: str
    tenant: str = "*"
    agent: str = "*"
    tool: str = ">"

    @property
    def values(self) -> Mapping[str, str]:
        """What placeholders stand for."""
        return {"name": self.name, "tenant": self.tenant, "agent": self.agent, "tool": self.tool}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one user may do, as the server is told."""

    publish: list[str]
    refuse: list[str]
    subscribe: list[str]
    answers: int
    over: tuple[str, ...]


def permissions_of(user: User) -> Permissions:
    """The user's row of the table."""
    role = ROLES[user.role]
    return Permissions(
        publish=filled(role.publish, user.values),
        refuse=filled(role.refuse, user.values),
        subscribe=[*filled(role.subscribe, user.values), f"{inbox_of(user.public)}.>"],
        answers=role.answers,
        over=role.over,
    )


def accounts_config(users: Iterable[User]) -> str:
    """The part of a nats-server's configuration that says who may connect and what they may do.

    One account holds everything; the server's own events stay in another that nobody can connect to.
    """
    entries = ",\n".join(_entry(user) for user in users)
    return f"""# written by groundstop keys; do not edit
accounts {{
  {ACCOUNT} {{
    jetstream: enabled
    users: [
{entries}
    ]
  }}
  SYS {{ users: [] }}
}}
system_account: SYS
"""


def _entry(user: User) -> str:
    allowed = permissions_of(user)
    publish = {"allow": allowed.publish} if allowed.publish else {"deny": [">"]}
    publish |= {"deny": allowed.refuse} if allowed.refuse else {}
    permissions = {"publish": publish, "subscribe": {"allow": allowed.subscribe}}
    answers = f', allow_responses: {{ max: {allowed.answers}, expires: "{ANSWER_WITHIN}" }}' if allowed.answers else ""
    inner = ", ".join(f"{name}: {_text(value)}" for name, value in permissions.items())
    return (
        f"      # {user.role} {user.name}\n"
        f"      {{ nkey: {user.public}, allowed_connection_types: {_text(list(allowed.over))},\n"
        f"        permissions: {{ {inner}{answers} }} }}"
    )


def _text(value: object) -> str:
    return orjson.dumps(value).decode()

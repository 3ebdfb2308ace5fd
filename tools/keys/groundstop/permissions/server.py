"""The nats-server's list of users, from the table of roles and who was issued what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from groundstop.callers import ANY_TENANT, commands_of
from groundstop.identity.seeds import inbox_of
from groundstop.log.denials import API, MAPPED
from groundstop.permissions.roles import EDGE, LOG, ROLES, filled
from groundstop.subjects import BEATS, STORED, STREAM
from groundstop.verbs import FAMILIES

Entry = dict[str, Any]
ONE, SEVERAL = "Singleton", "Stream"
TOOL_WORDS_MAX = 8
"""Words in the name of a tool that a worker on the bus does (``mail.send`` has two)."""


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
        scope = ANY_TENANT if self.tenant == "*" else self.tenant
        return {"name": self.name, "tenant": self.tenant, "agent": self.agent, "tool": self.tool, "scope": scope}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one user may do, as the server is told."""

    publish: list[str]
    refuse: list[str]
    subscribe: list[str]
    over: tuple[str, ...]


def permissions_of(user: User) -> Permissions:
    """The user's row of the table."""
    role = ROLES[user.role]
    return Permissions(
        publish=filled(role.publish, user.values),
        refuse=filled(role.refuse, user.values),
        subscribe=[*filled(role.subscribe, user.values), f"{inbox_of(user.public)}.>"],
        over=role.over,
    )


EXPORTED_TO_EDGE: Mapping[str, str] = {
    "gs.intake.>": ONE,
    **{commands_of(f"{family}.*"): ONE for family in FAMILIES},
    commands_of("health.*"): SEVERAL,
    f"$JS.API.STREAM.INFO.{STREAM}": ONE,
    f"$JS.API.STREAM.MSG.GET.{STREAM}": ONE,
    f"$JS.API.DIRECT.GET.{STREAM}": SEVERAL,
    f"$JS.API.DIRECT.GET.{STREAM}.>": ONE,
}
"""What everybody else may ask of the account with the log, and how many answers there may be to one question."""
ASKED_AT_EDGE: Mapping[str, str] = {
    f"{API}{verb}.{STREAM}": f"{MAPPED}{verb}.{STREAM}" for verb in ("STREAM.INFO", "STREAM.MSG.GET")
}
"""Questions that the server would answer for the asker's own account, which has no log: there they have another name,
and the server checks permissions under that one."""
HEARD_AT_EDGE = (*STORED, BEATS)
"""What everybody else may hear of it, as it is stored or said."""
EXPORTED_TO_LOG: Mapping[str, str] = {
    **{
        f"gs.tool{'.*' * words}.{verb}": SEVERAL for words in range(1, TOOL_WORDS_MAX + 1) for verb in ("run", "cancel")
    },
    "gs.call.>": SEVERAL,
}
"""What executors may ask of workers and agents."""


def accounts_config(users: Iterable[User]) -> str:
    """The part of a nats-server's configuration that says who may connect and what they may do.

    Services have an account of their own, with the log in it. Everybody else is in another: what they publish reaches
    the log only where it is exported, and an answer goes back to who asked, whatever reply subject they named. In one
    account the server would deliver an answer, or a stored message, to any subject of its own, services' and the log's
    included. The server's own events stay in a third account that nobody can connect to.
    """
    users = list(users)
    accounts = {
        LOG: {
            "jetstream": "enabled",
            "users": _users(users, LOG),
            "exports": [*_services(EXPORTED_TO_EDGE), *({"stream": subject} for subject in HEARD_AT_EDGE)],
            "imports": _imports("service", EDGE, EXPORTED_TO_LOG),
        },
        EDGE: {
            "mappings": ASKED_AT_EDGE,
            "users": _users(users, EDGE),
            "exports": _services(EXPORTED_TO_LOG),
            "imports": [*_imports("service", LOG, EXPORTED_TO_EDGE), *_imports("stream", LOG, HEARD_AT_EDGE)],
        },
        "SYS": {"users": []},
    }
    text = orjson.dumps(accounts, option=orjson.OPT_INDENT_2).decode()
    return f"# written by groundstop keys; do not edit\naccounts: {text}\nsystem_account: SYS\n"


def _services(answers: Mapping[str, str]) -> list[Entry]:
    return [{"service": subject, "response_type": kind} for subject, kind in answers.items()]


def _imports(kind: str, account: str, exported: Iterable[str]) -> list[Entry]:
    return [
        {kind: {"account": account, "subject": subject}, "to": ASKED_AT_EDGE.get(subject, subject)}
        for subject in exported
    ]


def _users(users: Iterable[User], account: str) -> list[Entry]:
    return [_entry(user) for user in users if ROLES[user.role].account == account]


def _entry(user: User) -> Entry:
    allowed, edge = permissions_of(user), ROLES[user.role].account == EDGE
    named = [ASKED_AT_EDGE.get(subject, subject) if edge else subject for subject in allowed.publish]
    publish = {"allow": named} if named else {"deny": [">"]}
    publish |= {"deny": allowed.refuse} if allowed.refuse else {}
    permissions: Entry = {"publish": publish, "subscribe": {"allow": allowed.subscribe}}
    return {"nkey": user.public, "allowed_connection_types": list(allowed.over), "permissions": permissions}

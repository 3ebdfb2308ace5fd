"""What may be asked of services, and by whom: one table for permissions, services, AsyncAPI and the docs. Pure.

The bus lets an identity ask only what its role may; the service that answers looks at the same table again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundstop.callers import AGENT_ROLE, OWNER_ROLE, Caller
from groundstop.errors import RequestFailed

APPROVER, OPERATOR, CONSOLE, BROWSER = "approver", "operator", "console", "browser"
PEOPLE = frozenset({APPROVER, OPERATOR, CONSOLE, BROWSER, OWNER_ROLE})
"""Roles in which people ask, themselves or by a face that signs for whom it asks."""
GRANTING = PEOPLE - {BROWSER}
OPERATING = frozenset({OPERATOR, CONSOLE, OWNER_ROLE})
CUSTODIANS = frozenset({OPERATOR, OWNER_ROLE})
"""Roles that change what everybody goes by, or what is kept."""
WITH_AGENTS = PEOPLE | {AGENT_ROLE}


@dataclass(frozen=True, slots=True)
class Verb:
    """One command: what it is for, its fields (``!``: required), and the roles that may give it."""

    about: str
    fields: str
    roles: frozenset[str]


VERBS: Mapping[str, Verb] = {
    "case.list": Verb(
        "Open cases, filtered and in pages; an agent's own.",
        "tenant agent task kind risk tool text mine order limit after", WITH_AGENTS,
    ),
    "case.get": Verb("One case, open or ended, with its history.", "case!", PEOPLE),
    "case.briefing": Verb("What a person should know before deciding.", "case!", PEOPLE),
    "case.decide": Verb(
        "Decide a case, or vote where several have to agree.", "case! verdict! note answer digest", PEOPLE
    ),
    "case.respond": Verb("Answer in the tool's place.", "case! answer! note", PEOPLE),
    "case.edit": Verb(
        "Say yes to other arguments; they are judged anew.", "case! arguments! note! digest dry_run", PEOPLE
    ),
    "case.claim": Verb("Work on a case; others cannot decide it meanwhile.", "case! take", PEOPLE),
    "case.release": Verb("Give a claim back.", "case!", PEOPLE),
    "case.withdraw": Verb("Take a proposal back.", "case! note", WITH_AGENTS),
    "case.alike": Verb("Open cases of the same tool, kind and shape.", "case!", PEOPLE),
    "case.decide_many": Verb("Decide up to 200 cases that are alike.", "cases! verdict! note", PEOPLE),
    "case.drill": Verb(
        "Open a known-bad case to see whether it is read.", "agent! tool! arguments! reasoning tenant", GRANTING
    ),
    "grant.give": Verb(
        "Let an agent run a tool unasked.", "tenant! agent! tool! uses! ttl_s until condition note", GRANTING
    ),
    "grant.list": Verb("Standing grants.", "tenant agent tool all", GRANTING),
    "grant.get": Verb("One grant with its uses.", "grant!", GRANTING),
    "grant.revoke": Verb("End a grant: no further use can be recorded.", "grant! note!", GRANTING),
    "task.handoff": Verb(
        "Ask for a person; the task is paused.", "tenant task! reason! agent user id", WITH_AGENTS
    ),
    "task.give_back": Verb("End the pause of a task.", "case! note!", PEOPLE),
    "task.list": Verb("Tasks that are paused.", "tenant", PEOPLE),
    "task.summary": Verb("What a task has done, what waits and what failed.", "tenant task!", WITH_AGENTS),
    "control.get": Verb("The halts in force, and the sequence of their table.", "", OPERATING),
    "control.put": Verb("Replace the table of halts by one that its author signed.", "control! expected", OPERATING),
    "policy.publish": Verb("Put a policy in force, as its author has signed it.", "fact!", CUSTODIANS),
    "record.hold": Verb("Keep what is in a scope of the record: a legal hold.", "scope! reason!", CUSTODIANS),
    "record.lift": Verb("End a legal hold.", "hold! reason!", CUSTODIANS),
    "record.redact": Verb("Destroy the keys of sealed payloads.", "scope! reason! tenant", CUSTODIANS),
    "record.challenge": Verb("What an archive must prove before its rows are removed.", "upto!", CUSTODIANS),
    "record.remove": Verb("Remove rows that an archive holds.", "upto! challenge! proof! reason", CUSTODIANS),
    "tool.preview": Verb("What a call would do, said by its tool.", "tool! arguments! who!", frozenset({"approval"})),
}  # fmt: skip
"""Verb to what it is. docs/reference/commands.md says the rest."""

HEALTH = "health"
FAMILIES = tuple(sorted({verb.partition(".")[0] for verb, entry in VERBS.items() if entry.roles & PEOPLE}))
"""First words of the commands that others than services give."""


def verbs_of(role: str) -> tuple[str, ...]:
    """What a role may ask."""
    return tuple(verb for verb, entry in VERBS.items() if role in entry.roles)


def check_may_ask(caller: Caller, verb: str) -> None:
    """Raises RequestFailed(not_allowed) for a command of the table that is not the caller's to give."""
    entry = VERBS.get(verb)
    if entry is not None and caller.role not in entry.roles:
        raise RequestFailed("not_allowed", f"{caller} may not ask for {verb}")

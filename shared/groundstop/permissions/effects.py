"""What a stolen key of each role can do on the bus: the one list of allowed effects, by role. Pure.

docs/reference/permissions.md is generated from it (groundstop.permissions.table). The attack matrix
(tests/security/matrix) fails for any effect that is not in a role's row, and for any that is there and was never seen.
"""

from collections.abc import Mapping
from enum import StrEnum


class Effect(StrEnum):
    """One kind of change that a connection can bring about."""

    SAY = "say"
    ASK = "ask"
    READ_OWN = "read_own"
    READ_TENANT = "read_tenant"
    READ_ALL = "read_all"
    ANSWERS_AT_EDGE = "answers_at_edge"
    WORK = "work"
    WRITE = "write"
    WRITE_ANY = "write_any"
    REMOVE = "remove"
    TAKE = "take"
    MAKE_READERS = "make_readers"
    SPEAK_IN_LOG = "speak_in_log"
    CALL_TOOLS = "call_tools"
    COPY_LOG = "copy_log"
    CHANGE_STREAMS = "change_streams"


WORDS: Mapping[Effect, str] = {
    Effect.SAY: "say in the intake, in its own name, what the table above lists; the classifier judges it",
    Effect.ASK: "give its commands in its own role, tenant and name; the service decides what that caller may do",
    Effect.READ_OWN: "read what its agent said and what became of it",
    Effect.READ_TENANT: "read its tenant's facts",
    Effect.READ_ALL: "read every fact of every tenant",
    Effect.ANSWERS_AT_EDGE: "have answers to its questions delivered to any subject in the account of agents, "
    "people and tools (so nobody there believes a subject), and to none of the services",
    Effect.WORK: "answer the requests that it is sent",
    Effect.WRITE: "write the facts that the table above lists for any tenant, unsigned",
    Effect.WRITE_ANY: "have the server write to any subject of the log, by timer or in reply to a question, unsigned",
    Effect.REMOVE: "remove facts from the log, by a header of what it writes",
    Effect.TAKE: "take messages that the service was meant to have, and so stop it",
    Effect.MAKE_READERS: "make, reset and delete readers, which deliver stored facts to any subject of the services",
    Effect.SPEAK_IN_LOG: "have answers to questions of its own delivered to any subject of the services, and to "
    "JetStream's own, which takes them for requests: to delete a reader or a stream, for one",
    Effect.CALL_TOOLS: "send requests to workers and agents, who believe an executor's signature alone",
    Effect.COPY_LOG: "take a copy of the whole log",
    Effect.CHANGE_STREAMS: "change, replace or delete the streams",
}
"""What each effect is, as the end of the sentence that begins with the role."""

_SPEAKS = (Effect.SAY, Effect.ASK, Effect.ANSWERS_AT_EDGE)
_READS_ALL = (Effect.READ_ALL, Effect.ANSWERS_AT_EDGE)
_WRITES = (
    Effect.WRITE, Effect.WRITE_ANY, Effect.REMOVE, Effect.READ_ALL, Effect.MAKE_READERS, Effect.SPEAK_IN_LOG,
)  # fmt: skip
_SERVICE = (*_WRITES, Effect.TAKE)

EFFECTS: Mapping[str, tuple[Effect, ...]] = {
    "agent": (*_SPEAKS, Effect.READ_OWN, Effect.WORK),
    "worker": (Effect.WORK, Effect.ANSWERS_AT_EDGE),
    "classifier": _SERVICE,
    "rate-limiter": _SERVICE,
    "approval": (*_SERVICE, Effect.ASK),
    "executor": (*_SERVICE, Effect.CALL_TOOLS),
    "guard": (Effect.WORK, Effect.READ_ALL, Effect.WRITE, Effect.WRITE_ANY, Effect.REMOVE, Effect.SPEAK_IN_LOG),
    "audit": (*_WRITES, Effect.ASK),
    "console": (*_SPEAKS, Effect.READ_ALL),
    "gateway": (*_SPEAKS, Effect.READ_OWN, Effect.READ_TENANT, Effect.WORK),
    "operator": (*_SPEAKS, Effect.READ_ALL),
    "approver": (*_SPEAKS, Effect.READ_TENANT),
    "analyst": (Effect.ASK, *_READS_ALL),
    "browser": (Effect.ASK, Effect.ANSWERS_AT_EDGE),
    "bootstrap": (*_WRITES, Effect.ASK, Effect.CHANGE_STREAMS),
    "health": (Effect.ASK, Effect.ANSWERS_AT_EDGE),
    "backup": (
        Effect.COPY_LOG,
        Effect.MAKE_READERS,
        Effect.SPEAK_IN_LOG,
        Effect.WRITE_ANY,
        Effect.REMOVE,
        Effect.CHANGE_STREAMS,
    ),
    "owner": (*_SPEAKS, Effect.READ_ALL, Effect.WORK),
}
"""Role to everything that its key can do without the key it signs with."""

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


NAMES: Mapping[Effect, str] = {
    Effect.SAY: "publish to the intake",
    Effect.ASK: "request commands",
    Effect.READ_OWN: "read own facts",
    Effect.READ_TENANT: "read the facts of its tenant",
    Effect.READ_ALL: "read all facts",
    Effect.ANSWERS_AT_EDGE: "choose reply subjects in the outer account",
    Effect.WORK: "answer requests",
    Effect.WRITE: "publish its facts to the log, unsigned",
    Effect.WRITE_ANY: "publish to any subject of the log, unsigned",
    Effect.REMOVE: "delete facts from the log",
    Effect.TAKE: "consume the service's messages",
    Effect.MAKE_READERS: "manage consumers",
    Effect.SPEAK_IN_LOG: "choose reply subjects in the account of the services",
    Effect.CALL_TOOLS: "send requests to workers",
    Effect.COPY_LOG: "copy the log",
    Effect.CHANGE_STREAMS: "manage streams",
}
"""What each effect is called in the docs: verb and object."""

WORDS: Mapping[Effect, str] = {
    Effect.SAY: "Publish the facts of its row in the table of roles to the intake, in its own name. The classifier "
    "judges them.",
    Effect.ASK: "Request the commands of its role, in its own role, tenant and name. The service that answers checks "
    "them again.",
    Effect.READ_OWN: "Read the facts and outcomes of its own agent.",
    Effect.READ_TENANT: "Read the facts of its tenant.",
    Effect.READ_ALL: "Read every fact of every tenant.",
    Effect.ANSWERS_AT_EDGE: "Have the answers to its requests delivered to any subject of the account of agents, "
    "people and tools. For this reason no client trusts a subject. No such answer reaches a service.",
    Effect.WORK: "Answer the requests that an executor sends to it.",
    Effect.WRITE: "Publish the facts of its row in the table of roles to the log, for any tenant, without a valid "
    "signature.",
    Effect.WRITE_ANY: "Make the server publish to any subject of the log, by a schedule or as a reply to a request, "
    "without a valid signature.",
    Effect.REMOVE: "Delete facts from the log by a header (roll-up, purge) of a message that it publishes.",
    Effect.TAKE: "Fetch and acknowledge the messages of the service's durable consumer, so that the service never "
    "handles them.",
    Effect.MAKE_READERS: "Create, reset and delete consumers. A consumer delivers stored facts to any subject of the "
    "services.",
    Effect.SPEAK_IN_LOG: "Have the answers to its requests delivered to any subject of the services, and to the "
    "JetStream API, which executes them as requests (for example: delete a consumer or a stream).",
    Effect.CALL_TOOLS: "Send requests to workers and agents. They execute a request only if an executor has signed it.",
    Effect.COPY_LOG: "Take a snapshot of the whole log.",
    Effect.CHANGE_STREAMS: "Change, replace or delete the streams.",
}
"""What each effect means."""

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

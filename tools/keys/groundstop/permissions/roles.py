"""The roles of the bus: what each may publish and subscribe. The server enforces it; docs/reference/permissions.md.

``{name}``, ``{tenant}``, ``{agent}``, ``{tool}`` are filled in when an identity is issued (``*``: any), ``{scope}``
with the tenant that a person is bound to (``~``: every one). What a role writes comes from groundstop.addresses, what
it reads from its durables: a new fact needs no change here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundstop.addresses import kinds, placeholders
from groundstop.bus.delivery import APPROVAL, CLASSIFIER, DOOR, DURABLES, EXECUTOR, NOTIFIER, RATE_LIMITER
from groundstop.callers import ANY_TENANT, commands_of
from groundstop.events.record import TOOL_ENTRY
from groundstop.intake_rules import SAID_KINDS, rows_of
from groundstop.log.leases import LEASES, lease
from groundstop.log.stream import Durable
from groundstop.subjects import BEATS, CONTROLS, DETAILS, INTAKE, KEYS, PAUSES, STORED, STREAM, pattern
from groundstop.verbs import HEALTH, families_of, verbs_of
from groundstop.vocabulary import Status

_API = "$JS.API"
_NEXT, _CREATE, _DELETE = (f"{_API}.CONSUMER.{verb}.{STREAM}" for verb in ("MSG.NEXT", "CREATE", "DELETE"))

LOG, EDGE = "GROUNDSTOP", "EDGE"
"""The accounts of the bus: of services with the log, and of everybody else."""

OUTCOMES: Mapping[str, tuple[Status, ...]] = {
    "classifier": (Status.REFUSED, Status.THROTTLED),
    "rate-limiter": (Status.THROTTLED, Status.FAILED),
    "approval": (
        Status.CANCELLED, Status.COMPLETED_MANUALLY, Status.DENIED, Status.EXPIRED, Status.FAILED,
        Status.NEEDS_CLARIFICATION,
    ),
    "executor": (Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN, Status.EXPIRED, Status.CANCELLED),
}  # fmt: skip
"""Which ends of an intent a service may write."""


@dataclass(frozen=True, slots=True)
class Role:
    """One row. ``refuse`` takes back part of ``publish``.

    ``account``: services share one, with the log in it; everybody else is in the other, which reaches the log by a few
    exported subjects only.

    Every role may besides hear its own inbox, whose prefix no other identity may hear.
    """

    name: str
    about: str
    publish: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    signs: bool = False
    account: str = LOG
    bound: bool = True
    """False for people, who may be issued for every tenant."""
    over: tuple[str, ...] = ("STANDARD",)

    @property
    def takes(self) -> tuple[str, ...]:
        """What may be said when such an identity is issued, beside its name."""
        used = {name for text in (*self.publish, *self.subscribe) for name in placeholders(text)}
        return tuple(name for name in ("tenant", "agent", "tool") if name in used)

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be said then."""
        return tuple(name for name in self.takes if name != "tenant" or self.bound)


def _facts(writer: str) -> tuple[str, ...]:
    """Subjects of the facts that the contract lets ``writer`` write."""
    found = []
    for kind in kinds():
        if writer not in kind.writers:
            continue
        if kind.name == "outcome":
            found += [pattern("outcome", status) for status in OUTCOMES[writer]]
        else:
            found.append(_any(kind.address))
    return tuple(found)


def _admits() -> tuple[str, ...]:
    """Subjects of the facts that begin in the intake: the door writes them."""
    return tuple(_any(kind.address) for kind in kinds() if kind.name in SAID_KINDS)


def _any(address: str) -> str:
    for name in placeholders(address):
        address = address.replace(f"{{{name}}}", "*")
    return address


def _works(*durables: Durable) -> tuple[str, ...]:
    """What a service needs to take messages from its durables and to bury those that it cannot handle."""
    return tuple(
        subject
        for durable in durables
        for subject in (
            f"{_API}.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}",
            f"$JS.ACK.{durable.stream}.{durable.name}.>",
            f"gs.message.dead.{durable.name}.*",
            f"gs.message.suspected.{durable.name}.*",
        )
    )


_ASKS_LOG = (
    f"{_API}.STREAM.INFO.{STREAM}",
    f"{_API}.STREAM.MSG.GET.{STREAM}",
    f"{_API}.DIRECT.GET.{STREAM}",
    f"{_API}.DIRECT.GET.{STREAM}.>",
)
"""Asking for facts: single ones, or many in order."""
_READS = (*_ASKS_LOG, f"{_CREATE}.*", f"{_DELETE}.*", f"{_NEXT}.*")
"""The same with consumers of one's own. Services alone: a consumer delivers to whatever subject its maker names."""


def _others(own: Iterable[Durable] = ()) -> tuple[str, ...]:
    """Durables are not to be read, changed or deleted by those who may make readers of their own."""
    mine = {durable.name for durable in own}
    foreign = tuple(durable.name for durable in DURABLES if durable.stream == STREAM)
    return (
        *(f"{verb}.{name}" for verb in (_CREATE, _DELETE) for name in foreign),
        *(f"{_NEXT}.{name}" for name in foreign if name not in mine),
    )


def _health(service: str) -> str:
    return commands_of(f"health.{service}")


def _may_ask(role: str, tenant: str = ANY_TENANT, name: str = "{name}") -> tuple[str, ...]:
    """Commands that an identity may give, in its own role, tenant and name (groundstop.verbs)."""
    return tuple(f"gs.cmd.{role}.{tenant}.{name}.{verb}" for verb in verbs_of(role))


def _asks_health(role: str, tenant: str = ANY_TENANT) -> str:
    return f"gs.cmd.{role}.{tenant}.{{name}}.{HEALTH}.*"


def _may_say(role: str, tenant: str = ANY_TENANT, name: str = "{name}") -> tuple[str, ...]:
    """What an identity may say in the intake (groundstop.intake_rules)."""
    tenant_of_facts = ANY_TENANT if tenant == ANY_TENANT else "{tenant}"
    rows = rows_of(role, tenant_of_facts, name)
    return tuple(f"gs.intake.{role}.{tenant}.{name}.{row}" for row in rows)


def _own_facts(tenant: str, agent: str) -> tuple[str, ...]:
    """What an agent may look up in the log: what it said, and what became of it."""
    said = (*rows_of("agent", tenant, agent), f"outcome.{tenant}.{agent}.>")
    return (*(f"{_API}.DIRECT.GET.{STREAM}.gs.{row}" for row in said), f"{_API}.DIRECT.GET.{STREAM}.{KEYS}")


def _facts_of(tenant: str) -> tuple[str, ...]:
    """Looking up the facts of one tenant.

    A kind has one word or two: were that left open, agents of others that are called like the tenant could be read.
    """
    heads = dict.fromkeys(kind.partition(".")[0] + (".*" if "." in kind else "") for kind in DETAILS)
    return tuple(f"{_API}.DIRECT.GET.{STREAM}.gs.{head}.{tenant}.>" for head in heads)


_OTHERS_COSTS = f"gs.intake.*.*.*.cost.recorded.*.*.*.{TOOL_ENTRY}"
"""What a tool has cost is for executors to say: an agent could say it first, and less."""
_ROSTER = (BEATS, "gs.executor.halted.*.*")
_ANSWER = "_R_.>"
"""Where a question from the other account is answered: the server draws a subject for each, which nobody can guess.

Nobody has ``allow_responses``: the server would keep a permission for every message with a reply subject that it
delivers, facts included, and look through all of them again and again."""
_ANSWERS = ("_INBOX.>", _ANSWER)
"""Where services answer, each other included."""

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(
            "agent",
            "Submits intents in its own name and receives their outcomes.",
            account=EDGE,
            publish=(*_may_say("agent", "{tenant}", "{agent}"), *_own_facts("{tenant}", "{agent}"),
                     *_may_ask("agent", "{tenant}", "{agent}"), _ANSWER),
            refuse=(_OTHERS_COSTS,),
            subscribe=("gs.outcome.{tenant}.{agent}.>", "gs.call.{tenant}.{agent}.*.*", KEYS),
        ),
        Role(
            "worker",
            "Executes the calls of one tool.",
            account=EDGE,
            publish=(f"{_API}.DIRECT.GET.{STREAM}.{KEYS}", _ANSWER),
            subscribe=("gs.tool.{tool}.run", "gs.tool.{tool}.cancel", KEYS),
        ),
        Role(
            "classifier",
            "Moves facts from the intake into the log, and judges intents.",
            publish=(*_facts("classifier"), *_admits(), *_works(DOOR, CLASSIFIER), *_READS, *_ANSWERS),
            refuse=_others((CLASSIFIER,)),
            subscribe=(_health("classifier"),),
            signs=True,
        ),
        Role(
            "rate-limiter",
            "Applies limits, and clears intents that need no person.",
            publish=(*_facts("rate-limiter"), *_works(RATE_LIMITER), *_READS, *_ANSWERS),
            refuse=_others((RATE_LIMITER,)),
            subscribe=(_health("rate-limiter"),),
            signs=True,
        ),
        Role(
            "approval",
            "Manages cases, applies people's decisions, clears intents, sends notifications.",
            publish=(*_facts("approval"), *_works(APPROVAL, NOTIFIER), *_READS, *_ANSWERS,
                     *_may_ask("approval")),
            refuse=_others((APPROVAL, NOTIFIER)),
            subscribe=(*(commands_of(f"{family}.*") for family in families_of("approval")),
                       _health("approval")),
            signs=True,
        ),
        Role(
            "executor",
            "Claims and executes cleared intents, sends requests to workers, triggers automatic halts.",
            publish=(*_facts("executor"), "gs.tool.>", "gs.call.>", *_works(EXECUTOR), *_READS, *_ANSWERS),
            refuse=_others((EXECUTOR,)),
            subscribe=(BEATS, commands_of("tool.preview"), _health("executor")),
            signs=True,
        ),
        Role(
            "guard",
            "Receives halts on an executor's host, holds its lease, accepts controls from people.",
            publish=(f"{_API}.STREAM.MSG.GET.{STREAM}", f"{_API}.DIRECT.GET.{STREAM}", BEATS, lease("*"), CONTROLS,
                     *_ANSWERS),
            subscribe=(CONTROLS, KEYS, PAUSES, commands_of("control.*")),
        ),
        Role(
            "audit",
            "Copies the log into the record.",
            publish=(*_facts("audit"), "gs.cmd.audit.~.{name}.writer.*", *_READS, *_ANSWERS),
            refuse=_others(),
            subscribe=(_health("audit"), commands_of("writer.*"), commands_of("record.*")),
        ),
        Role(
            "console",
            "A user interface: requests commands for the people who sign in, shows the log, halts, resumes, undoes.",
            account=EDGE,
            publish=(*_may_say("console"), *_ASKS_LOG, *_may_ask("console"), _asks_health("console")),
            subscribe=(*STORED, *_ROSTER),
            signs=True,
        ),
        Role(
            "gateway",
            "Submits intents for the agents of one tenant that connect to it, and receives their cases.",
            account=EDGE,
            publish=(*_may_say("agent", "{tenant}", "*"), *_own_facts("{tenant}", "*"),
                     *_may_ask("agent", "{tenant}", "*"), _ANSWER),
            refuse=(_OTHERS_COSTS,),
            subscribe=("gs.outcome.{tenant}.>", "gs.case.opened.{tenant}.>", "gs.call.{tenant}.>", KEYS),
        ),
        Role(
            "operator",
            "A person who halts, resumes, undoes, publishes policies, and submits intents in their own name.",
            account=EDGE,
            publish=(*_may_say("operator"), *_ASKS_LOG, *_may_ask("operator"), _asks_health("operator")),
            subscribe=(*STORED, *_ROSTER),
            signs=True,
        ),
        Role(
            "approver",
            "A person who decides cases in their own name.",
            account=EDGE,
            publish=(*_may_say("approver", "{scope}"), *_may_ask("approver", "{scope}"),
                     _asks_health("approver", "{scope}"), *_facts_of("{tenant}")),
            subscribe=("gs.case.*.{tenant}.>", "gs.outcome.{tenant}.>"),
            bound=False,
        ),
        Role(
            "analyst",
            "Reads every fact. Read-only.",
            account=EDGE,
            publish=(*_ASKS_LOG, _asks_health("analyst")),
            subscribe=(*STORED, *_ROSTER),
        ),
        Role(
            "browser",
            "A page in a browser that requests commands in its user's name, over WebSocket only.",
            account=EDGE,
            publish=_may_ask("browser", "{scope}"),
            subscribe=("gs.case.*.{tenant}.>", "gs.outcome.{tenant}.>"),
            bound=False,
            over=("WEBSOCKET",),
        ),
        Role(
            "bootstrap",
            "Creates the streams and durable consumers, publishes the list of keys, checks readiness.",
            publish=(
                f"{_API}.INFO", f"{_API}.STREAM.CREATE.{LEASES}", f"{_API}.STREAM.MSG.GET.{STREAM}", KEYS,
                *(f"{_API}.{verb}.{stream}" for stream in (STREAM, INTAKE)
                  for verb in ("STREAM.INFO", "STREAM.CREATE", "STREAM.UPDATE")),
                *(f"{_API}.{verb}.{stream}.*" for stream in (STREAM, INTAKE)
                  for verb in ("CONSUMER.INFO", "CONSUMER.DURABLE.CREATE")),
                _asks_health("bootstrap"),
            ),
            subscribe=(BEATS,),
        ),
        Role(
            "health",
            "Requests the readiness of a service: the identity of a container's health check.",
            account=EDGE,
            publish=(_asks_health("health"),),
        ),
        Role(
            "backup",
            "Takes snapshots of the log, and restores one into an empty server.",
            publish=(
                f"{_API}.INFO",
                *(f"{_API}.STREAM.{verb}.{stream}" for stream in (STREAM, INTAKE)
                  for verb in ("INFO", "CREATE", "SNAPSHOT", "RESTORE", "UPDATE")),
                *(f"$JS.SNAPSHOT.{verb}.{stream}.>" for stream in (STREAM, INTAKE) for verb in ("ACK", "RESTORE")),
                *(f"{_API}.CONSUMER.{verb}.{stream}.*" for stream in (STREAM, INTAKE)
                  for verb in ("INFO", "DURABLE.CREATE", "RESET")),
            ),
        ),
        Role(
            "owner",
            "The owner of the stack's data folder. Acts under any name on this machine.",
            account=EDGE,
            publish=("gs.intake.>", "gs.cmd.>", *_ASKS_LOG, _ANSWER),
            subscribe=(*STORED, *_ROSTER, "gs.call.>"),
            signs=True,
        ),
    )
}  # fmt: skip
"""Every role by name."""

SERVICES = (
    "classifier", "rate-limiter", "approval", "executor", "guard", "audit", "console", "bootstrap", "backup",
    "health", "owner",
)  # fmt: skip
"""Roles of which a stack needs one identity each, named after the role."""


def filled(texts: Iterable[str], values: Mapping[str, str]) -> list[str]:
    """Subjects with the placeholders replaced by an identity's own values."""
    found = []
    for text in texts:
        for name in placeholders(text):
            text = text.replace(f"{{{name}}}", values[name])
        found.append(text)
    return found

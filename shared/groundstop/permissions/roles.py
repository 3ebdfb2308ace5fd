"""The roles of the bus: what each may publish and hear. The server enforces this table; docs/security.md shows it.

``{name}``, ``{tenant}``, ``{agent}``, ``{tool}`` are filled in when an identity is issued (``*``: any). What a role
writes comes from groundstop.contract, what it reads from its durables: a new fact needs no change here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundstop.bus.delivery import APPROVAL, CLASSIFIER, DURABLES, EXECUTOR, NOTIFIER, RATE_LIMITER
from groundstop.contract import kinds, placeholders
from groundstop.events.record import TOOL_ENTRY
from groundstop.log.leases import LEASES, lease
from groundstop.log.stream import Durable
from groundstop.subjects import BEATS, CONTROLS, KEYS, POLICY, STORED, STREAM, pattern
from groundstop.words import Status

_API = "$JS.API"
_NEXT, _CREATE, _DELETE = (f"{_API}.CONSUMER.{verb}.{STREAM}" for verb in ("MSG.NEXT", "CREATE", "DELETE"))

OUTCOMES: Mapping[str, tuple[Status, ...]] = {
    "classifier": (Status.REFUSED,),
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
    """One row. ``refuse`` takes back part of ``publish``; ``answers``: how many replies a request may be given.

    Every role may besides hear its own inbox, whose prefix no other identity may hear.
    """

    name: str
    about: str
    publish: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    answers: int = 0
    signs: bool = False
    over: tuple[str, ...] = ("STANDARD",)

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be said when such an identity is issued, beside its name."""
        used = {name for text in (*self.publish, *self.subscribe) for name in placeholders(text)}
        return tuple(name for name in ("tenant", "agent", "tool") if name in used)


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
            f"{_NEXT}.{durable.name}",
            f"$JS.ACK.{STREAM}.{durable.name}.>",
            f"gs.message.dead.{durable.name}.*",
            f"gs.message.suspected.{durable.name}.*",
        )
    )


_READS = (
    f"{_API}.STREAM.INFO.{STREAM}",
    f"{_API}.STREAM.MSG.GET.{STREAM}",
    f"{_API}.DIRECT.GET.{STREAM}",
    f"{_API}.DIRECT.GET.{STREAM}.>",
    f"{_CREATE}.*",
    f"{_DELETE}.*",
    f"{_NEXT}.*",
)
"""Reading the log in order and asking for single facts, with consumers of one's own."""


def _others(own: Iterable[Durable] = ()) -> tuple[str, ...]:
    """Durables are not to be read, changed or deleted by those who may make readers of their own."""
    mine = {durable.name for durable in own}
    foreign = tuple(durable.name for durable in DURABLES)
    return (
        *(f"{verb}.{name}" for verb in (_CREATE, _DELETE) for name in foreign),
        *(f"{_NEXT}.{name}" for name in foreign if name not in mine),
    )


def _health(service: str) -> str:
    return f"gs.cmd.*.health.{service}"


_AGENT = "{tenant}.{agent}"
_OTHERS_COSTS = f"gs.cost.recorded.*.*.*.{TOOL_ENTRY}"
"""What a tool has cost is for executors to say: an agent could say it first, and less."""
_SAYS = (
    f"gs.intent.submitted.{_AGENT}.*",
    f"gs.turn.user.{_AGENT}.*",
    f"gs.turn.agent.{_AGENT}.*",
    f"gs.feedback.{_AGENT}.*.*",
    f"gs.cost.recorded.{_AGENT}.*.*",
)
_ASKS = (
    f"{_API}.DIRECT.GET.{STREAM}.gs.intent.submitted.{_AGENT}.*",
    f"{_API}.DIRECT.GET.{STREAM}.gs.outcome.{_AGENT}.>",
)
_ROSTER = (BEATS, "gs.executor.halted.*.*")
_ASKED_HEALTH = "gs.cmd.{name}.health.*"
_OPERATES = (CONTROLS, POLICY, pattern("intent.undone"))

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(
            "agent",
            "Proposes in its own name and hears what became of it.",
            publish=(*_SAYS, *_ASKS, "gs.cmd.{agent}.case.withdraw", "gs.cmd.{agent}.task.handoff",
                     "gs.cmd.{agent}.task.summary", f"gs.answer.{_AGENT}.>"),
            refuse=(_OTHERS_COSTS,),
            subscribe=(f"gs.outcome.{_AGENT}.>", f"gs.call.{_AGENT}.*.*"),
        ),
        Role(
            "worker",
            "Does the calls of one tool.",
            subscribe=("gs.tool.{tool}.run", "gs.tool.{tool}.cancel"),
            answers=100_000,
        ),
        Role(
            "classifier",
            "Judges intents.",
            publish=(*_facts("classifier"), *_works(CLASSIFIER), *_READS),
            refuse=_others((CLASSIFIER,)),
            subscribe=(_health("classifier"),),
            answers=1,
            signs=True,
        ),
        Role(
            "rate-limiter",
            "Meters intents and clears what needs nobody.",
            publish=(*_facts("rate-limiter"), *_works(RATE_LIMITER), *_READS),
            refuse=_others((RATE_LIMITER,)),
            subscribe=(_health("rate-limiter"),),
            answers=1,
            signs=True,
        ),
        Role(
            "approval",
            "Keeps cases, decides by what people say, clears, tells people.",
            publish=(*_facts("approval"), *_works(APPROVAL, NOTIFIER), "gs.cmd.approval.tool.preview", *_READS),
            refuse=_others((APPROVAL, NOTIFIER)),
            subscribe=("gs.cmd.*.case.*", "gs.cmd.*.grant.*", "gs.cmd.*.task.*", _health("approval")),
            answers=1,
            signs=True,
        ),
        Role(
            "executor",
            "Claims and runs what is cleared; asks workers; halts what goes wrong.",
            publish=(*_facts("executor"), "gs.tool.>", "gs.call.>", *_works(EXECUTOR), *_READS),
            refuse=_others((EXECUTOR,)),
            subscribe=(BEATS, "gs.answer.>", "gs.cmd.*.tool.preview", _health("executor")),
            answers=1,
            signs=True,
        ),
        Role(
            "guard",
            "Listens for the kill switch on an executor's host and holds its lease.",
            publish=(f"{_API}.STREAM.MSG.GET.{STREAM}", BEATS, lease("*")),
            subscribe=(CONTROLS, KEYS),
        ),
        Role(
            "audit",
            "Copies the log into the record.",
            publish=(*_facts("audit"), "gs.cmd.audit.writer.*", *_READS),
            refuse=_others(),
            subscribe=(_health("audit"), "gs.cmd.audit.writer.*", "gs.cmd.*.record.*"),
            answers=1,
        ),
        Role(
            "console",
            "A face: asks for the people who sign in to it, shows the log, halts, resumes, undoes.",
            publish=("gs.cmd.{name}.>", *_OPERATES, "gs.intent.submitted.*.{name}.*", "gs.feedback.*.*.*.*",
                     "gs.cost.recorded.*.*.*.*", *_READS),
            refuse=_others(),
            subscribe=(*_ROSTER, "gs.outcome.*.{name}.>"),
            signs=True,
        ),
        Role(
            "gateway",
            "Proposes for the agents of one tenant that come to it, and hears of their cases.",
            publish=(*(text.replace("{agent}", "*") for text in (*_SAYS, *_ASKS)), "gs.cmd.*.case.withdraw",
                     "gs.cmd.*.case.list", "gs.cmd.*.task.handoff", "gs.cmd.*.task.summary", "gs.answer.{tenant}.>"),
            refuse=(_OTHERS_COSTS,),
            subscribe=("gs.outcome.{tenant}.>", "gs.case.opened.{tenant}.>", "gs.call.{tenant}.>"),
        ),
        Role(
            "operator",
            "A person who halts, resumes, undoes, publishes policies, and asks in their own name.",
            publish=("gs.cmd.{name}.>", *_OPERATES, "gs.intent.submitted.*.{name}.*", "gs.turn.user.*.{name}.*",
                     "gs.feedback.*.*.*.{name}", *_READS),
            refuse=_others(),
            subscribe=(*STORED, *_ROSTER),
            signs=True,
        ),
        Role(
            "approver",
            "A person who decides, in their own name.",
            publish=("gs.cmd.{name}.>", "gs.feedback.*.*.*.{name}", *_READS),
            refuse=_others(),
            subscribe=("gs.case.>", "gs.outcome.>"),
        ),
        Role(
            "analyst",
            "Reads every fact, changes nothing.",
            publish=(*_READS, _ASKED_HEALTH),
            refuse=_others(),
            subscribe=(*STORED, *_ROSTER),
        ),
        Role(
            "browser",
            "A page in a browser that asks in its person's name, over WebSocket alone.",
            publish=("gs.cmd.{name}.case.*", "gs.cmd.{name}.task.*"),
            subscribe=("gs.case.>", "gs.outcome.>", CONTROLS),
            over=("WEBSOCKET",),
        ),
        Role(
            "bootstrap",
            "Creates the log and its durables, publishes the list of keys, asks who is ready.",
            publish=(
                f"{_API}.INFO", f"{_API}.STREAM.INFO.{STREAM}", f"{_API}.STREAM.CREATE.{STREAM}",
                f"{_API}.STREAM.UPDATE.{STREAM}", f"{_API}.STREAM.CREATE.{LEASES}",
                f"{_API}.CONSUMER.DURABLE.CREATE.{STREAM}.*", f"{_API}.STREAM.MSG.GET.{STREAM}", KEYS,
                "gs.cmd.*.health.*",
            ),
            subscribe=(BEATS,),
        ),
        Role(
            "health",
            "Asks a service whether it is ready, and nothing else: what a container's health check is.",
            publish=("gs.cmd.*.health.*",),
        ),
        Role(
            "backup",
            "Takes snapshots of the log, and restores one into a server that has none.",
            publish=(
                f"{_API}.INFO", f"{_API}.STREAM.INFO.{STREAM}", f"{_API}.STREAM.SNAPSHOT.{STREAM}",
                f"$JS.SNAPSHOT.ACK.{STREAM}.>", f"{_API}.STREAM.RESTORE.{STREAM}", f"$JS.SNAPSHOT.RESTORE.{STREAM}.>",
                f"{_API}.STREAM.UPDATE.{STREAM}", f"{_API}.CONSUMER.INFO.{STREAM}.*",
                f"{_API}.CONSUMER.DURABLE.CREATE.{STREAM}.*", f"{_API}.CONSUMER.RESET.{STREAM}.*",
            ),
        ),
        Role(
            "owner",
            "Whoever owns the stack's data folder: acts in anybody's name on this machine.",
            publish=(*(text.replace("{tenant}", "*").replace("{agent}", "*") for text in _SAYS), "gs.cmd.>",
                     "gs.answer.>", *_OPERATES, KEYS, *_READS),
            refuse=_others(),
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

"""The attacks of one role, family by family: a subject, a body, a reply subject, headers."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
from groundstop.callers import ANY_TENANT, Caller, command
from groundstop.events.record import TOOL_ENTRY
from groundstop.identity.seeds import inbox_of
from groundstop.permissions.server import User, permissions_of
from groundstop.subjects import STREAM

from tests.security.families import CALLERS, VERBS, published
from tests.security.matrix.apis import asked
from tests.security.matrix.headers import CLAIM, combinations, spelled

PLANTED = {
    "gs.intent.submitted.acme.helper.i": "own", "gs.outcome.acme.helper.i.succeeded": "own",
    "gs.intent.submitted.acme.other.i": "acme", "gs.outcome.acme.other.i.succeeded": "acme",
    "gs.intent.submitted.rival.boss.i": "rival", "gs.outcome.rival.boss.victim.succeeded": "rival",
    "gs.outcome.rival.acme.i.succeeded": "rival", "gs.feedback.rival.acme.i.bob": "rival",
    "gs.chain.head.1": "rival", "gs.task.handoff.rival.boss.h": "rival",
    "gs.case.opened.rival.boss.i.approval": "rival", "gs.policy.published": "all", "gs.keys.published": "all",
    "gs.control.0": "rival", "gs.intent.cleared.rival.boss.i": "rival",
}  # fmt: skip
"""What the log holds, and whose it is: the text can be found again wherever it turns up."""
_count = itertools.count(1)
VICTIM = "UVICTIM" + "A" * 49
REPLIES = (
    "gs.control.0", "gs.keys.published", "gs.policy.published", "gs.intent.classified.acme.helper.r{n}.proceed",
    "gs.intent.cleared.acme.helper.r{n}", "gs.outcome.rival.boss.r{n}.succeeded",
    "gs.intake.operator.~.operator.intent.undone.rival.boss.r{n}",
    "gs.intake.agent.acme.helper.intent.submitted.acme.helper.r{n}", "gs.cmd.owner.~.owner.control.put",
    "gs.cmd.operator.~.operator.record.remove", "gs.tool.invoice.print.run", "gs.call.rival.boss.r{n}.run",
    "gs.alive.ex-9", "gs.lease.ex-9", f"{inbox_of(VICTIM)}.1", "$JS.API.STREAM.PURGE.EVENTS",
    "$JS.API.CONSUMER.DELETE.EVENTS.executor", "$JS.ACK.EVENTS.executor.1.1.1.1.0", "_R_.AAAAAA.BBBBBB",
    "$SYS.REQ.SERVER.PING", "gs.message.dead.door.{n}",
)  # fmt: skip
"""Where an answer must not go. The server lets anybody name any of them."""
BODIES = (b"{}", b'{"seq": 1, "next_by_subj": "gs.>"}', b'{"last_by_subj": "gs.outcome.rival.boss.victim.succeeded"}')
STARS = ("acme", "rival", "boss", "x{n}")
"""What a place of a subject that is free is filled with."""
BEHIND = (
    "control.0",
    "gs.keys.published",
    "gs.outcome.rival.boss.victim.succeeded",
    "gs.intent.submitted.rival.boss.i",
)


@dataclass(frozen=True, slots=True)
class Attack:
    """One message of a thief."""

    family: str
    subject: str
    payload: bytes = b"{}"
    reply: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    lingers: bool = False
    """Whether what it does may come seconds later."""

    def __str__(self) -> str:
        said = {"reply": self.reply, "headers": dict(self.headers), "body": self.payload[:200]}
        return f"{self.family}: {self.subject} " + ", ".join(f"{name} {value}" for name, value in said.items() if value)

    def message(self) -> tuple[str, bytes, str, dict[str, str]]:
        """As it goes over the wire; ids in it are new each time."""
        number = str(next(_count))
        return (
            self.subject.replace("{n}", number), self.payload, self.reply.replace("{n}", number), dict(self.headers),
        )  # fmt: skip


def allowed_subjects(user: User) -> list[str]:
    """Samples of everywhere that the user may publish: free places filled with its own, others' and new names."""
    found = []
    for pattern in permissions_of(user).publish:
        for at, star in enumerate(STARS if "*" in pattern else STARS[:1]):
            for behind in BEHIND if pattern.endswith(">") else ("",):
                found.append(_sample(pattern, star, behind, at))
    return list(dict.fromkeys(found))


def _sample(pattern: str, star: str, behind: str, at: int) -> str:
    tokens = pattern.split(".")
    if tokens[-1] == ">":
        tokens[-1] = behind
    stars = [place for place, token in enumerate(tokens) if token == "*"]
    for place in stars:
        tokens[place] = star if place != stars[-1] else f"y{at}-{{n}}" if len(stars) > 1 else star
    return ".".join(tokens)


def by_header(user: User) -> Iterator[Attack]:
    """Every header on every subject that it may publish to."""
    for subject in allowed_subjects(user):
        yield from (Attack("header", subject, headers=headers) for headers in (*combinations(), *spelled()))
    for subject in allowed_subjects(user)[:2]:
        yield from (Attack("header, later", subject, headers=headers, lingers=True) for headers in combinations())


def by_reply(user: User) -> Iterator[Attack]:
    """Every question with every reply subject."""
    for subject in allowed_subjects(user):
        for reply in REPLIES:
            yield from (Attack("reply", subject, body, reply) for body in BODIES)


def by_api(user: User) -> Iterator[Attack]:
    """Everything that JetStream can be asked, with the answer to oneself."""
    inbox = f"{inbox_of(user.public)}.api"
    yield from (Attack("api", subject, body, inbox) for subject, body in asked(next(_count)))


def by_command(user: User) -> Iterator[Attack]:
    """Every command in everybody's name, and its own with a reply for somebody else."""
    own = Caller(user.role, ANY_TENANT, user.name)
    for caller in (*CALLERS, own):
        for verb in VERBS:
            yield Attack("command", command(caller, verb), BODY, f"{inbox_of(user.public)}.c")
            yield Attack("command", command(caller, verb), BODY, "gs.control.0")


BODY = orjson.dumps(
    dict.fromkeys(("tenant", "agent", "user", "by", "on_behalf", "actor", "name", "id", "case", "task"), "rival")
)


def by_subject(_: User) -> Iterator[Attack]:
    """Every family of subjects, as it is and with the headers that do most."""
    headers: tuple[dict[str, str], ...] = (
        {}, {"Nats-Rollup": "all"}, {"Nats-Msg-Id": CLAIM},
        {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "gs.control.0"},
    )  # fmt: skip
    for subject in (*published(), f"gs.intake.agent.acme.helper.cost.recorded.acme.helper.i.{TOOL_ENTRY}"):
        yield from (Attack("subject", subject, headers=chosen) for chosen in headers)


def by_ack(user: User) -> Iterator[Attack]:
    """Answers in a service's place: what it holds would count as dealt with."""
    for durable in ("executor", "approval", "rate-limiter", "classifier", "notifier"):
        for verb in (b"+ACK", b"-NAK", b"+TERM", b"+NXT"):
            yield Attack("ack", f"$JS.ACK.{STREAM}.{durable}.1.1.1.1700000000000000000.0", verb)
    yield Attack("ack", "$JS.FC.EVENTS.executor.x", b"")
    yield Attack("ack", f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.executor", b'{"batch": 5}', f"{inbox_of(user.public)}.n")


def by_reading(user: User) -> Iterator[Attack]:
    """Everything that is stored, asked for one by one and many at a time, for oneself and for somebody else."""
    for subject in PLANTED:
        for reply in (f"{inbox_of(user.public)}.r", "gs.tool.invoice.print.run", "gs.control.0"):
            for body in (b"", *BODIES):
                yield Attack("reading", f"$JS.API.DIRECT.GET.{STREAM}.{subject}", body, reply)
            for verb in ("STREAM.MSG.GET", "DIRECT.GET"):
                yield Attack("reading", f"$JS.API.{verb}.{STREAM}", orjson.dumps({"last_by_subj": subject}), reply)


FAMILIES: Mapping[str, Callable[[User], Iterator[Attack]]] = {
    "header": by_header, "reply": by_reply, "api": by_api, "command": by_command, "subject": by_subject, "ack": by_ack,
    "reading": by_reading,
}  # fmt: skip


def attacks(user: User) -> list[Attack]:
    """All of them."""
    return [attack for family in FAMILIES.values() for attack in family(user)]

"""Every subject of the bus, built and parsed in one place.

``gs.<kind>.<tenant>.<agent>.<intent>[.<detail>]``: a kind is one or two words (``outcome``, ``intent.submitted``).
Tokens match ``[A-Za-z0-9_-]{1,64}`` and are checked before use, so that no name can widen a subject.
"""

import re
import zlib
from dataclasses import dataclass

from groundstop.errors import BadInput
from groundstop.vocabulary import Reason

ROOT = "gs"
STREAM = "EVENTS"
INTAKE = "INTAKE"
"""The stream of what agents, people and tools say, until the door has looked at it: only services write STREAM."""
LANES = 16

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

# kind -> how many detail tokens follow the intent
DETAILS = {
    "intent.submitted": 0,
    "intent.classified": 1,  # route
    "intent.admitted": 0,
    "intent.cleared": 0,
    "intent.deferred": 0,
    "intent.edited": 0,
    "intent.undone": 0,
    "case.opened": 1,  # case kind
    "case.voted": 3,  # case kind, revision, approver
    "case.edited": 2,  # case kind, revision
    "case.claimed": 2,  # case kind, number
    "case.released": 2,  # case kind, number of the claim
    "case.nudge": 2,  # case kind, number: the fired timer of a reminder
    "case.reminded": 2,  # case kind, number
    "case.escalated": 2,  # case kind, number
    "case.decided": 2,  # case kind, verdict
    "case.due": 1,  # case kind: the fired timer
    "execution.started": 1,  # attempt
    "execution.failed": 1,  # attempt
    "execution.exhausted": 0,
    "outcome": 1,  # status
    "turn.user": 0,
    "turn.agent": 0,
    "feedback": 1,  # user
    "cost.recorded": 1,  # entry
    "timer.case": 1,  # case kind: the pending timer
    "timer.nudge": 2,  # case kind, number: the pending reminder
    # The intent's place is taken by the grant's id.
    "grant.given": 1,  # always 0
    "grant.used": 1,  # which use, from 1
    "grant.revoked": 1,  # always end
    # The intent's place is taken by the hand-off's id.
    "task.handoff": 0,
    "task.resumed": 0,
}

# What the stream stores. Commands (gs.cmd.>) and beats (gs.alive.>) are core messages and pass it by.
STORED = (
    "gs.intent.>",
    "gs.case.>",
    "gs.execution.>",
    "gs.outcome.>",
    "gs.turn.>",
    "gs.feedback.>",
    "gs.cost.>",
    "gs.chain.>",
    "gs.record.>",
    "gs.control.*",
    "gs.executor.>",
    "gs.message.>",
    "gs.timer.>",
    "gs.policy.>",
    "gs.keys.published",
    "gs.grant.>",
    "gs.task.>",
    "gs.notification.>",
    "gs.reviewer.>",
    "gs.tool.broken.*",
    "gs.tool.mended.*",
)

CONTROLS = "gs.control.*"
PAUSES = "gs.task.paused.>"
POLICY = "gs.policy.published"
KEYS = "gs.keys.published"
BEATS = "gs.alive.*"
CHAIN_WRITER = "gs.chain.writer"


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed per-intent subject."""

    kind: str
    tenant: str
    agent: str
    intent: str
    detail: tuple[str, ...] = ()


def token(value: str, what: str) -> str:
    """``value`` if it is a legal subject token. Raises BadInput(invalid_subject) naming ``what`` and the value."""
    if not _TOKEN.fullmatch(value):
        raise BadInput(Reason.INVALID_SUBJECT, f"{what} {value[:80]!r} must match [A-Za-z0-9_-]{{1,64}}")
    return value


def subject(kind: str, tenant: str, agent: str, intent: str, *detail: str) -> str:
    """The subject of one fact. The tokens must have been checked (models check theirs when they are built)."""
    return ".".join((ROOT, kind, tenant, agent, intent, *detail))


def any_detail(kind: str, tenant: str, agent: str, intent: str, *detail: str) -> str:
    """The pattern of all facts of ``kind`` for one intent whatever the last detail: what a once-check looks at."""
    free = DETAILS[kind] - len(detail)
    return ".".join((ROOT, kind, tenant, agent, intent, *detail, *("*",) * free))


def pattern(kind: str, *detail: str, tenant: str = "*", agent: str = "*", intent: str = "*") -> str:
    """A filter for ``kind`` with the given details; what is left out matches anything."""
    return any_detail(kind, tenant, agent, intent, *detail)


def everything_of(intent: str) -> list[str]:
    """Filters that match every stored fact about one intent, of any tenant and agent."""
    return [any_detail(kind, "*", "*", intent) for kind in DETAILS]


def parse(text: str) -> Address:
    """The address in a per-intent subject. Raises BadInput(invalid_subject) when it is not one."""
    parts = text.split(".")
    for words in (2, 1):
        kind = ".".join(parts[1 : 1 + words])
        if kind in DETAILS and len(parts) == 4 + words + DETAILS[kind]:
            tenant, agent, intent, *detail = parts[1 + words :]
            for value, what in ((tenant, "tenant"), (agent, "agent"), (intent, "intent")):
                token(value, what)
            return Address(kind, tenant, agent, intent, tuple(detail))
    raise BadInput(Reason.INVALID_SUBJECT, f"{text[:200]!r} is not the subject of a fact about an intent")


def control(lane: int) -> str:
    """The fence subject of one lane, 0 to LANES - 1."""
    return f"gs.control.{lane}"


def paused(tenant: str, agent: str) -> str:
    """Where the open pauses of one agent's tasks are."""
    return f"gs.task.paused.{tenant}.{agent}"


def halted(control_id: str, executor: str) -> str:
    """Where one executor reports how one halt ended what it was running."""
    return f"gs.executor.halted.{control_id}.{executor}"


def dead(service: str, seq: int) -> str:
    """Where a service records that it could not handle the message at ``seq``."""
    return f"gs.message.dead.{service}.{seq}"


def suspected(service: str, seq: int) -> str:
    """Where a service notes that the message at ``seq`` may have killed its process."""
    return f"gs.message.suspected.{service}.{seq}"


def tool_token(tool: str) -> str:
    """A tool's name as one token: readable, and different for different names."""
    plain = re.sub(r"[^A-Za-z0-9]", "-", tool)[:40]
    return f"{plain}-{zlib.crc32(tool.encode()):08x}"


def breaker(kind: str, tool: str) -> str:
    """Where the newest ``tool.broken`` or ``tool.mended`` of one tool is."""
    return f"gs.{kind}.{tool_token(tool)}"


def worker(tool: str, verb: str) -> str:
    """Where a worker on the bus is asked to ``run`` or to ``cancel`` (core messages, not stored)."""
    return f"gs.tool.{tool}.{verb}"


def notification(key: str) -> str:
    """Where it is recorded that one target was told of one event; ``key`` is derived from both."""
    return f"gs.notification.sent.{key}"


def reviewer_alarm(reviewer: str, window: int) -> str:
    """Where an alarm about one reviewer is stored, once per numbered window of time."""
    return f"gs.reviewer.alarmed.{reviewer}.{window}"


def chain_head(seq: int) -> str:
    """Where audit publishes the signed head of the record's chain at ``seq``."""
    return f"gs.chain.head.{seq}"


def record_hold(hold: str) -> str:
    """Where the newest state of one legal hold is."""
    return f"gs.record.held.{hold}"


def record_act(what: str, key: str) -> str:
    """Where it is stored that part of the record was redacted or removed."""
    return f"gs.record.{what}.{key}"


def alive(executor: str) -> str:
    """The beat of one executor."""
    return f"gs.alive.{executor}"


def proposers_call(tenant: str, agent: str, intent: str, verb: str) -> str:
    """The subject on which an executor asks whoever proposed a call to ``run`` or to ``cancel`` it.

    Core messages, not stored; answers go to the request's reply subject. The tokens in front let the server see to it
    that an agent hears of its own intents alone; a worker that does anybody's calls is asked on ``gs.tool``
    (docs/tools.md). The tokens have been checked.
    """
    return f"gs.call.{tenant}.{agent}.{intent}.{verb}"

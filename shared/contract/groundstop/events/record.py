"""Facts beside an intent's life: feedback, cost, notifications, alarms, the chain, policies, dead messages."""

from typing import Annotated

from groundstop import subjects
from groundstop.events.fact import Fact, IntentFact, Signature
from groundstop.intent import Text, Token
from groundstop.vocabulary import Reason
from pydantic import Field, StringConstraints


class NotificationSent(Fact):
    """One target was told of one event, or could not be after ``tries``. ``key`` is derived from event and target."""

    kind = "notification.sent"

    key: Token
    event: str
    event_id: str
    target: str
    channel: str
    about: str = ""
    ok: bool = True
    tries: int = Field(default=1, ge=1)
    error: Text = ""

    def subject(self) -> str:
        return subjects.notification(self.key)


class ReviewerAlarmed(Fact):
    """One reviewer approved so many cases so fast that nobody can have read them; once per ``window`` of time."""

    kind = "reviewer.alarmed"

    reviewer: Token
    window: int
    approvals: int
    seconds: float
    sentence: str

    def subject(self) -> str:
        return subjects.reviewer_alarm(self.reviewer, self.window)


class Feedback(IntentFact):
    """What a user thinks of an intent's outcome: ``rating`` is 1 or -1. Once per intent and user; late is fine."""

    kind = "feedback"

    user: Token
    rating: int = Field(ge=-1, le=1)
    comment: Text = ""

    def detail(self) -> tuple[str, ...]:
        return (self.user,)

    def once(self) -> str:
        return self.subject()


TOOL_ENTRY = "tool"
"""Executors record under it what the catalogue says that a call costs; nobody else may (groundstop.permissions)."""


class CostRecorded(IntentFact):
    """What something done for an intent has cost. ``entry`` makes recording it twice harmless.

    Money in millionths of the deployment's one currency, model tokens, seconds of a person's time.
    """

    kind = "cost.recorded"

    entry: Token
    source: str = ""
    cost_micros: int = Field(default=0, ge=0, lt=2**62)
    tokens_in: int = Field(default=0, ge=0, lt=2**62)
    tokens_out: int = Field(default=0, ge=0, lt=2**62)
    human_s: float = Field(default=0.0, ge=0)

    def detail(self) -> tuple[str, ...]:
        return (self.entry,)

    def once(self) -> str:
        return self.subject()


class ChainHead(Fact):
    """Audit's signature over the record's chain: every row of ``stream`` up to ``seq`` is covered by ``hash``.

    ``hash``, ``public_key`` and ``signature`` are lower-case hex; see groundstop.record.heads for what is signed.
    """

    kind = "chain.head"

    stream: str
    seq: int = Field(ge=0)
    hash: str
    hash_version: int = 1
    signed_us: int = 0
    public_key: str
    signature: str

    def subject(self) -> str:
        return subjects.chain_head(self.seq)


class ChainWriter(Fact):
    """From here on ``writer`` (one process) writes the record of ``stream``; whoever did before stops at this fact."""

    kind = "chain.writer"

    stream: str
    writer: Token
    host: str = ""

    def subject(self) -> str:
        return subjects.CHAIN_WRITER


class RecordHeld(Fact):
    """A legal hold: what is in ``scope`` is neither redacted nor removed until the hold is lifted.

    ``scope`` is all, or tenant=T, agent=A, task=ID, intent=ID; the newest fact of a hold is its state.
    """

    kind = "record.held"

    hold: Token
    scope: str
    by: str
    reason: Text
    lifted: bool = False

    def subject(self) -> str:
        return subjects.record_hold(self.hold)


class RecordRedacted(Fact):
    """The keys of ``intents`` intents in ``scope`` were destroyed: what was sealed in their payloads is gone."""

    kind = "record.redacted"

    redaction: Token
    scope: str
    by: str
    reason: Text
    intents: int = Field(ge=0)

    def subject(self) -> str:
        return subjects.record_act("redacted", self.redaction)


class RecordRemoved(Fact):
    """Rows of ``stream`` up to ``upto`` left the ledger for an archive. ``hash`` is that of the last of them."""

    kind = "record.removed"

    stream: str
    upto: int = Field(ge=1)
    hash: str
    by: str
    reason: Text = ""

    def subject(self) -> str:
        return subjects.record_act("removed", str(self.upto))


class PolicyPublished(Fact):
    """A policy that is in force from here on. ``text`` is the whole file; ``policy_version`` its hash."""

    kind = "policy.published"

    policy_version: str
    text: Annotated[str, StringConstraints(max_length=1_000_000)]
    by: str
    note: Text = ""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def subject(self) -> str:
        return subjects.POLICY


class MessageDead(Fact):
    """A message that could not be handled: where it is, why, and its first bytes for a person to see."""

    kind = "message.dead"

    service: Token
    seq: int
    original_subject: str
    reason_code: Reason
    reason: Text
    tries: int
    head: str = ""
    payload: str = ""
    """Base64 of a message of the intake, or of as much of it as is kept: nothing else holds it. ``seq`` is then the
    intake's."""
    count: int = Field(default=1, ge=1)
    """How many messages it stands for: of those that one identity says beyond its share only the first is named."""

    def subject(self) -> str:
        return subjects.dead(self.service, self.seq)


class MessageSuspected(Fact):
    """A message that came again and again, noted before it is handled: ``crashes`` processes may have died of it.

    The newest one counts. One with 0 says that its handling ended and the process is still there.
    """

    kind = "message.suspected"

    service: Token
    seq: int
    original_subject: str
    crashes: int = Field(ge=0)

    def subject(self) -> str:
        return subjects.suspected(self.service, self.seq)

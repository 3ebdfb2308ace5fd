"""The facts of the log: one frozen model per kind, each knowing its own subject.

A fact says who it is about (tenant, agent, intent, task), when (``at``), what caused it (``cause``, an event id) and in
which trace. Ids are derived from the cause, so that writing a fact a second time writes the same fact.
Fields are only ever added; tests/contracts keeps a golden file of every version.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StringConstraints

from groundstop import subjects
from groundstop.ids import derived_id, trace_of
from groundstop.intent import Frozen, Intent, Text, Token
from groundstop.words import Band, CaseKind, Reason, Risk, Route, Status, Verdict

Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,256}$")]
"""Printable ASCII without blanks: what may also stand in a header."""


class Fact(Frozen):
    """What every stored fact carries. ``actor`` is the service, person or agent that says it."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    id: Name
    at: datetime
    cause: Name = ""
    trace: Name = ""
    actor: Name = ""

    def subject(self) -> str:
        """Where this fact is stored."""
        raise NotImplementedError

    def once(self) -> str:
        """The subject or pattern under which at most one such fact may exist."""
        return self.subject()


class IntentFact(Fact):
    """A fact about one intent."""

    tenant: Token
    agent: Token
    intent: Token
    task: Token

    def detail(self) -> tuple[str, ...]:
        """The tokens behind the intent's."""
        return ()

    def subject(self) -> str:
        return subjects.subject(self.kind, self.tenant, self.agent, self.intent, *self.detail())

    def once(self) -> str:
        *fixed, _ = self.detail() or ("",)
        return subjects.any_detail(self.kind, self.tenant, self.agent, self.intent, *fixed)

    @classmethod
    def caused_by(cls, cause: "IntentFact", at: datetime, actor: str, **fields: Any) -> Self:
        """The fact of this kind that ``cause`` brings about; who, task and trace are carried over."""
        return cls(
            id=derived_id(cause.id, f"{cls.kind}:{fields.get('attempt', fields.get('number', ''))}"),
            at=at,
            cause=cause.id,
            trace=cause.trace or trace_of(cause.intent),
            actor=actor,
            tenant=cause.tenant,
            agent=cause.agent,
            intent=cause.intent,
            task=cause.task,
            **fields,
        )


class Call(Frozen):
    """Exactly what would be executed. ``digest`` binds it: see groundstop.digest."""

    tool: str
    tool_version: str
    arguments: dict[str, Any]
    digest: str
    action_type: str


class Finding(Frozen):
    """What a screen saw, by name and place; never the text itself."""

    kind: str
    severity: str = "info"
    path: str = ""
    detail: str = ""


class Judgement(Frozen):
    """The classifier's answer: risk, band and the route they ask for, each with its reasons in words."""

    risk: Risk
    band: Band
    route: Route
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason_code: Reason = Reason.POLICY
    policy_version: str = ""
    shadow: tuple[str, ...] = ()
    """What a policy or rule in shadow mode would have said."""
    answer: str = ""
    """What is done about a confused task: warn, context_reset, clarify or handoff; empty when it is not confused."""


class IntentSubmitted(IntentFact, Intent):
    """An agent proposes a tool call."""

    kind = "intent.submitted"

    def proposal(self) -> Intent:
        """The intent without the envelope."""
        return Intent.model_construct(**{name: getattr(self, name) for name in Intent.model_fields})


class IntentClassified(IntentFact):
    """The judgement of one intent, with the exact call it judged.

    ``proposal`` and ``call`` are None when the message could not be read as an intent at all; it is then refused.
    """

    kind = "intent.classified"

    proposal: Intent | None
    call: Call | None
    judgement: Judgement
    reason: Text = ""

    def detail(self) -> tuple[str, ...]:
        return (self.judgement.route.value,)


class Charge(Frozen):
    """One bucket an admission was charged to; ``tat`` is its arrival time afterwards (GCRA), seconds since 1970."""

    bucket: str
    tat: float


class IntentAdmitted(IntentFact):
    """Metered, and waiting for people."""

    kind = "intent.admitted"

    proposal: Intent
    call: Call
    judgement: Judgement
    charges: tuple[Charge, ...] = ()


class IntentCleared(IntentFact):
    """The clearance: permission to execute ``call`` once, before ``expires_at``."""

    kind = "intent.cleared"

    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    expires_at: datetime
    deadline: datetime | None = None
    by: str = "policy"
    charges: tuple[Charge, ...] = ()
    warning: Text = ""
    """What the agent should be told with its outcome: that its task goes in circles."""


class IntentDeferred(IntentFact):
    """Waits for a token until ``until``."""

    kind = "intent.deferred"

    until: datetime
    bucket: str


class CaseFact(IntentFact):
    """A fact about a case. A case is named by its intent and its kind."""

    case_kind: CaseKind

    @property
    def case(self) -> str:
        """The id people and commands use."""
        return f"{self.intent}-{self.case_kind.value}"

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value,)


class Need(Frozen):
    """Who has to agree: ``people`` different ones, each in one of ``groups`` (none named: any approver)."""

    people: int = Field(default=1, ge=1)
    groups: tuple[str, ...] = ()


class CaseOpened(CaseFact):
    """A piece of human work is waiting. ``question`` says in a sentence what is asked.

    ``drill`` marks a known-bad case that tests the reviewers: nothing ever follows from its decision.
    """

    kind = "case.opened"

    question: str
    call: Call
    judgement: Judgement
    proposal: Intent
    expires_at: datetime
    need: Need = Need()
    drill: bool = False

    def once(self) -> str:
        return self.subject()


class CaseTimer(CaseFact):
    """Pending: becomes ``case.due`` when it fires. Stored as a scheduled message, removed when fired or cancelled."""

    kind = "timer.case"

    def target(self) -> str:
        """Where the fired timer is stored."""
        return subjects.subject("case.due", self.tenant, self.agent, self.intent, self.case_kind.value)

    def once(self) -> str:
        return self.subject()


class CaseDue(CaseFact):
    """The timer fired: nobody decided in time."""

    kind = "case.due"

    def once(self) -> str:
        return self.subject()


class CaseVoted(CaseFact):
    """One approver's yes where several are needed, to the call of one revision. The last one needed is the decision."""

    kind = "case.voted"

    approver: Token
    verdict: Verdict
    note: Text = ""
    revision: int = Field(default=0, ge=0)
    digest: str = ""

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.revision), self.approver)

    def once(self) -> str:
        return self.subject()


class Change(Frozen):
    """One difference between two calls: the JSON path of a value, before and after (None: not there)."""

    path: str
    before: Any = None
    after: Any = None


class CaseEdited(CaseFact):
    """Revision 1, 2, ... of a case: another call, judged anew. Its editor said yes to it; earlier votes are void."""

    kind = "case.edited"

    revision: int = Field(ge=1)
    by: Token
    note: Text = ""
    call: Call
    judgement: Judgement
    need: Need
    diff: tuple[Change, ...] = ()

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.revision))

    def once(self) -> str:
        return self.subject()


class CaseClaimed(CaseFact):
    """Somebody works on the case until ``until``, or until the claim is released or taken. Claims are numbered."""

    kind = "case.claimed"

    number: int = Field(ge=1)
    by: Token
    until: datetime
    taken_from: str = ""

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.number))

    def once(self) -> str:
        return self.subject()


class CaseReleased(CaseFact):
    """The end of a numbered claim before its time."""

    kind = "case.released"

    number: int = Field(ge=1)
    by: Token

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.number))

    def once(self) -> str:
        return self.subject()


class NumberedCaseFact(CaseFact):
    """Base of what may happen to a case several times, each under a number."""

    number: int = Field(ge=1)

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.number))

    def once(self) -> str:
        return self.subject()


class NudgeTimer(NumberedCaseFact):
    """Pending: becomes ``case.nudge`` when it fires."""

    kind = "timer.nudge"

    def target(self) -> str:
        """Where the fired timer is stored."""
        return subjects.subject("case.nudge", self.tenant, self.agent, self.intent, *self.detail())


class CaseNudge(NumberedCaseFact):
    """It is time to remind people, or to ask the next group."""

    kind = "case.nudge"


class CaseReminded(NumberedCaseFact):
    """People were reminded of an undecided case."""

    kind = "case.reminded"

    expires_at: datetime


class CaseEscalated(NumberedCaseFact):
    """An undecided case went to the next group of the chain."""

    kind = "case.escalated"

    group: str
    expires_at: datetime


class CaseDecided(CaseFact):
    """The one decision of a case: ``call`` is exactly what was decided upon, the newest revision's.

    ``approvers`` are all whose yes it rests on, in the order of their votes. ``decided_in_s`` counts from the opening,
    ``read_s`` from the moment when the one who decided asked for the briefing (None: not known).
    """

    kind = "case.decided"

    verdict: Verdict
    by: str
    note: Text = ""
    answer: Any = None
    reason_code: Reason
    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    deadline: datetime | None = None
    approvers: tuple[str, ...] = ()
    revision: int = Field(default=0, ge=0)
    asked_digest: str = ""
    band: Band | None = None
    decided_in_s: float | None = None
    read_s: float | None = None
    batch: int = Field(default=1, ge=1)
    """How many look-alikes were decided in one go, this one included."""
    drill: bool = False

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, self.verdict.value)


class IntentEdited(IntentFact):
    """People said yes to another call than was proposed: it is metered anew before it is cleared.

    ``approvers`` are whose yes it rests on.
    """

    kind = "intent.edited"

    proposal: Intent
    call: Call
    judgement: Judgement
    asked_digest: str
    approvers: tuple[str, ...] = ()


class GrantFact(IntentFact):
    """A fact about a standing grant. It is kept like an intent, under the grant's id.

    Grants change one fact at a time: each is stored only if it follows the newest one that its writer knew.
    """

    @property
    def grant(self) -> str:
        """The id people and commands use."""
        return self.intent

    def changes(self) -> str:
        """The pattern of every fact about this grant."""
        return f"gs.grant.*.{self.tenant}.{self.agent}.{self.intent}.*"


class GrantGiven(GrantFact):
    """``by`` allows ``agent`` to run ``tool`` up to ``uses`` times until ``until``, while ``condition`` (CEL) holds."""

    kind = "grant.given"

    tool: str
    condition: str = ""
    uses: int = Field(ge=1)
    until: datetime
    by: Token
    groups: tuple[str, ...] = ()
    """The groups that the giver was in."""
    note: Text = ""

    def detail(self) -> tuple[str, ...]:
        return ("0",)


class GrantUsed(GrantFact):
    """One use of a grant: the clearance of ``cleared_intent`` follows from it."""

    kind = "grant.used"

    number: int = Field(ge=1)
    by: str
    cleared_intent: Token
    cleared_task: Token
    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    deadline: datetime | None = None

    def detail(self) -> tuple[str, ...]:
        return (str(self.number),)

    def once(self) -> str:
        return self.subject()


class GrantRevoked(GrantFact):
    """The end of a grant before its time."""

    kind = "grant.revoked"

    by: Token
    note: Text = ""

    def detail(self) -> tuple[str, ...]:
        return ("end",)


class TaskHandoff(IntentFact):
    """Somebody asks for a person: the task is paused. ``intent`` is the hand-off's id."""

    kind = "task.handoff"

    reason: Text
    by: Token
    user: str = ""


class TaskResumed(IntentFact):
    """The pause of a handed-off task ends."""

    kind = "task.resumed"

    by: Token
    note: Text = ""


class ExecutionStarted(IntentFact):
    """The fenced claim of one attempt: ``executor`` holds it, knowing the controls up to ``epoch`` on ``lane``."""

    kind = "execution.started"

    attempt: int = Field(ge=1)
    executor: str
    lane: int = Field(ge=0, lt=subjects.LANES)
    epoch: int = Field(ge=0)
    call_digest: str
    tool: str
    action_type: str
    risk: Risk
    fallback_for: str = ""
    """The cleared tool, when another one that its catalogue entry names stands in for it."""

    def detail(self) -> tuple[str, ...]:
        return (str(self.attempt),)

    def once(self) -> str:
        return self.subject()


class ExecutionFailed(IntentFact):
    """One attempt failed; ``retry_in_s`` says when the next starts, None that there is none."""

    kind = "execution.failed"

    attempt: int = Field(ge=1)
    executor: str
    tool: str
    action_type: str
    reason_code: Reason
    error: Text
    retry_in_s: float | None = None
    duration_ms: float = 0.0
    uncertain: bool = False
    """True when the attempt may have had its effect all the same."""
    next_tool: str = ""
    """The fallback that the next attempt uses; empty: the same tool."""

    def detail(self) -> tuple[str, ...]:
        return (str(self.attempt),)

    def once(self) -> str:
        return self.subject()


class ExecutionExhausted(IntentFact):
    """Attempts and fallbacks are used up and nothing happened: a person is asked to do it by hand, or to drop it.

    Whoever writes it does not write the outcome: that follows from the manual case.
    """

    kind = "execution.exhausted"

    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    reason_code: Reason
    error: Text = ""
    attempts: int = 0


class UndoCall(Frozen):
    """A receipt: the call that takes an effect back."""

    tool: str
    arguments: dict[str, Any]


class Outcome(IntentFact):
    """The one terminal fact of an intent.

    ``tried`` names the tools whose attempts failed, in order; ``verified`` is what the tool's verify said, None for
    nothing.
    """

    kind = "outcome"

    status: Status
    reason_code: Reason
    reason: Text = ""
    result: Any = None
    tool: str = ""
    action_type: str = ""
    risk: Risk | None = None
    attempts: int = 0
    retry_after_s: float | None = None
    warning: Text = ""
    duration_ms: float | None = None
    executor: str = ""
    policy_version: str = ""
    undo: UndoCall | None = None
    tried: tuple[str, ...] = ()
    verified: bool | None = None

    def detail(self) -> tuple[str, ...]:
        return (self.status.value,)


class IntentUndone(IntentFact):
    """The effect of an intent was taken back by another one, ``undo_intent``."""

    kind = "intent.undone"

    undo_intent: Token
    by: Token


class BreakerFact(Fact):
    """A fact about the circuit breaker of one tool; each follows the newest one that its writer knew."""

    tool: str

    def subject(self) -> str:
        return subjects.breaker(self.kind, self.tool)


class ToolBroken(BreakerFact):
    """The tool failed ``failures`` times in a row: nobody starts it before ``until``, and then one at a time."""

    kind = "tool.broken"

    until: datetime
    failures: int
    opened: int = 1
    """How often in a row it was found broken, this time included."""
    error: Text = ""


class ToolMended(BreakerFact):
    """The tool works again."""

    kind = "tool.mended"


class Halt(Frozen):
    """One active halt. ``scope`` is ``all`` or ``<what>=<value>`` (groundstop.controls).

    After a stage of a resume only what is at least as risky as ``risk_from`` is still halted. ``trigger`` names what
    halted by itself. ``resume_by`` has asked for a resume that needs a second person.
    """

    control: str
    scope: str
    reason: str
    by: str
    at: datetime
    risk_from: Risk | None = None
    trigger: str = ""
    people: int = Field(default=1, ge=1, le=2)
    """How many different people a resume needs."""
    resume_by: str = ""
    resume_note: Text = ""
    resume_stage: str = ""
    drill: bool = False
    """True only for what is announced to measure; it stops nothing."""


class Control(Fact):
    """A halt or a resume. ``halts`` is the whole table afterwards, so the newest message on a lane is the state.

    ``action`` is ``halt``, ``resume``, ``resume_asked`` (a second person is needed), or ``drill``: executors measure
    and report what they would have stopped, and stop nothing.
    """

    kind = "control"

    control: str
    action: str
    scope: str
    reason: str
    by: str
    halts: tuple[Halt, ...] = ()
    lane: int = 0
    drill: Halt | None = None
    stage: str = ""
    """Of a resume: the highest risk that goes on; empty: everything."""
    canary_until: datetime | None = None
    """Of a resume: until then too many errors in scope halt it again."""

    def subject(self) -> str:
        return subjects.control(self.lane)


class InFlight(Frozen):
    """How a halt ended one attempt: never_started, finished, cancelled_before_effect or unknown."""

    intent: str
    attempt: int
    tool: str
    ended: str


class ExecutorHalted(Fact):
    """One executor's answer to one halt. ``halted_ms`` is from hearing the halt to nothing in scope running."""

    kind = "executor.halted"

    control: str
    executor: str
    halted_ms: float
    in_flight: tuple[InFlight, ...] = ()
    drill: bool = False

    def subject(self) -> str:
        return subjects.halted(self.control, self.executor)


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


class Turn(IntentFact):
    """One turn of a task's conversation; the intent's place in the subject is taken by the turn's own id."""

    text: Annotated[str, StringConstraints(max_length=200_000)]
    user: str = ""


class UserTurn(Turn):
    """What the user said: the only text that may bring new goals and recipients into a task."""

    kind = "turn.user"


class AgentTurn(Turn):
    """What the agent said."""

    kind = "turn.agent"


class PolicyPublished(Fact):
    """A policy that is in force from here on. ``text`` is the whole file; ``policy_version`` its hash."""

    kind = "policy.published"

    policy_version: str
    text: Annotated[str, StringConstraints(max_length=1_000_000)]
    by: str
    note: Text = ""

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

    def subject(self) -> str:
        return subjects.dead(self.service, self.seq)


KINDS: dict[str, type[Fact]] = {
    model.kind: model
    for model in (
        IntentSubmitted,
        IntentClassified,
        IntentAdmitted,
        IntentCleared,
        IntentDeferred,
        IntentEdited,
        CaseOpened,
        CaseTimer,
        CaseDue,
        CaseVoted,
        CaseEdited,
        CaseClaimed,
        CaseReleased,
        NudgeTimer,
        CaseNudge,
        CaseReminded,
        CaseEscalated,
        CaseDecided,
        GrantGiven,
        GrantUsed,
        GrantRevoked,
        TaskHandoff,
        TaskResumed,
        ExecutionStarted,
        ExecutionFailed,
        ExecutionExhausted,
        Outcome,
        IntentUndone,
        Feedback,
        CostRecorded,
        ChainHead,
        ToolBroken,
        ToolMended,
        Control,
        ExecutorHalted,
        NotificationSent,
        ReviewerAlarmed,
        UserTurn,
        AgentTurn,
        PolicyPublished,
        MessageDead,
    )
}

"""Facts of a case: opened, worked on, decided."""

from datetime import datetime
from typing import Any

from groundstop import subjects
from groundstop.events.fact import IntentFact, Signature
from groundstop.events.intents import Change
from groundstop.events.judgement import Call, Judgement
from groundstop.intent import Frozen, Intent, Text, Token
from groundstop.vocabulary import Band, CaseKind, Reason, Risk, Verdict
from pydantic import Field


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
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

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
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.revision), self.approver)

    def once(self) -> str:
        return self.subject()


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
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

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
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, self.verdict.value)

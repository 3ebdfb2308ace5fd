"""Commands about cases: what waits for people, and what they decide. Answered by approval."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from groundstop.commands.base import (
    GRANTING,
    PEOPLE,
    WITH_AGENTS,
    Absentable,
    Answer,
    Asked,
    Count,
    DigestText,
    Flag,
    Iso,
    Needed,
    PersonCommand,
    Problem,
    Said,
)
from groundstop.commands.tasks import TaskSummary
from groundstop.events import Call, CaseDecided, Change, Finding, Judgement, Need
from groundstop.intent import Intent
from groundstop.vocabulary import Band, CaseKind, ErrorCode, Risk, Verdict
from pydantic import BeforeValidator, ConfigDict, Field

BATCH_MAX = 200
PAGE, PAGE_MAX = 100, 1_000
_APPROVAL = "approval"
_WRONG_VERDICT = {"verdict": (ErrorCode.WRONG_VERDICT, f"expected one of {', '.join(Verdict)}")}


class Order(StrEnum):
    """The order of a list of cases."""

    OLDEST = "oldest"
    NEWEST = "newest"
    EXPIRING = "expiring"


def _oldest_for_none(value: Any) -> Any:
    return Order.OLDEST if value is None else value


class NeedShown(Need):
    """Who has to agree."""

    two_person: bool = False


class Vote(Answer):
    """Somebody's yes to the newest revision."""

    approver: str
    at: Iso
    note: str = ""


class CaseRow(Answer):
    """A case as lists show it: its opening fact with the newest revision's call and judgement, secrets masked."""

    case: str
    id: str = ""
    at: datetime
    cause: str = ""
    trace: str = ""
    actor: str = ""
    tenant: str
    agent: str
    intent: str
    task: str
    case_kind: CaseKind
    question: str
    call: Call
    judgement: Judgement
    proposal: Intent
    expires_at: datetime
    need: NeedShown = NeedShown()
    drill: bool = False
    """Known once it is decided."""
    signature: str = ""
    revision: int = 0
    votes: tuple[Vote, ...] = ()
    claimed_by: str | None = None
    claimed_until: Iso | None = None
    reminded: int = 0
    escalated_to: str = ""
    time_left_s: float = 0.0
    verdicts: tuple[Verdict, ...] = ()
    masked: tuple[str, ...] = ()
    """JSON paths in the arguments whose values are not shown."""


class CaseDecision(CaseDecided):
    """The decision of a case, secrets masked, and its sequence in the log."""

    seq: int = 0


class Counts(Answer):
    """Open cases by kind, by risk and by agent (the 50 that have most)."""

    kind: dict[str, int] = Field(default_factory=dict)
    risk: dict[str, int] = Field(default_factory=dict)
    agent: dict[str, int] = Field(default_factory=dict)


class CaseList(Answer):
    """A page of cases. ``total`` counts what matches, ``seq`` is the newest fact that the inbox has folded in."""

    total: int
    counts: Counts
    cases: tuple[CaseRow, ...]
    next: str | None = None
    seq: int = 0
    at: Iso


class ListCases(PersonCommand[CaseList], verb="case.list", answered_by=_APPROVAL, roles=WITH_AGENTS):
    """Open cases, filtered and in pages; an agent's own."""

    tenant: Said = ""
    agent: Said = ""
    task: Said = ""
    kind: Said = ""
    risk: Said = ""
    tool: Said = ""
    text: Said = ""
    mine: Flag = False
    order: Annotated[Order, BeforeValidator(_oldest_for_none)] = Order.OLDEST
    limit: Count = Field(default=PAGE, ge=1, le=PAGE_MAX)
    after: Said = ""


class HistoryEntry(Answer):
    """One fact about a case, with its own fields beside these; secrets are masked."""

    model_config = ConfigDict(extra="allow")

    kind: str
    seq: int


class CaseDetails(Answer):
    """One case, open or ended."""

    case: CaseRow
    decided: CaseDecision | None = None
    history: tuple[HistoryEntry, ...] = ()


class GetCase(PersonCommand[CaseDetails], verb="case.get", answered_by=_APPROVAL, roles=PEOPLE):
    """One case, open or ended, with its history."""

    case: Needed


class What(Answer):
    """What would happen."""

    sentence: str
    tool: str
    description: str
    action_type: str
    arguments: dict[str, Any]
    masked: tuple[str, ...] = ()
    digest: str


class Why(Answer):
    """Why it was proposed, in the agent's words."""

    reasoning: str = ""
    assumptions: tuple[str, ...] = ()
    user: str = ""
    task: str
    step: int = 0


class Evidence(Answer):
    """What the policy and the screens say of it."""

    risk: Risk
    band: Band
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class ArgumentNamed(Answer):
    """A value in the arguments that names somebody or something."""

    path: str
    value: Any = None


class Blast(Answer):
    """What the call reaches, read off its arguments."""

    action_type: str
    risk: Risk
    targets: tuple[ArgumentNamed, ...] = ()
    amount: int | float | None = None
    count: int = 0
    sentence: str


class UndoKnown(Answer):
    """Whether and how the effect can be taken back."""

    possible: bool
    how: str


class SimilarCase(Answer):
    """A look-alike in the record."""

    at: str
    verdict: str
    by: str = ""
    note: str = ""
    status: str | None = None


class SimilarCases(Answer):
    """How look-alikes went; ``known`` is false when the record did not answer in time."""

    known: bool = False
    total: int = 0
    approved: int = 0
    denied: int = 0
    expired: int = 0
    succeeded: int = 0
    failed: int = 0
    recent: tuple[SimilarCase, ...] = ()


class PreviewShown(Answer):
    """What the tool itself says of the call, or why it does not."""

    text: Absentable[str] = None
    problem: Absentable[str] = None


class EditShown(Answer):
    """A revision and what it changed."""

    revision: int
    by: str
    at: Iso
    note: str = ""
    diff: tuple[Change, ...] = ()


class MayDecide(Answer):
    """Whether who asks may decide the case now, and if not, why."""

    decide: bool
    because: str = ""


class Briefing(Answer):
    """What a person should know before deciding. ``summary``: of a hand-off, what its task has done."""

    case: CaseRow
    decided: CaseDecision | None = None
    what: What
    why: Why
    evidence: Evidence
    blast: Blast
    undo: UndoKnown
    similar: SimilarCases = SimilarCases()
    preview: PreviewShown | None = None
    edits: tuple[EditShown, ...] = ()
    summary: TaskSummary | None = None
    may: MayDecide
    time_left_s: float = 0.0


class BriefCase(PersonCommand[Briefing], verb="case.briefing", answered_by=_APPROVAL, roles=PEOPLE):
    """What a person should know before deciding."""

    case: Needed


class Decision(Answer):
    """The decision (``won``), or a vote where more people are needed (``pending``)."""

    won: bool
    pending: Absentable[bool] = None
    case: str
    verdict: Verdict
    by: str = ""
    votes: Absentable[int] = None
    needed: Absentable[int] = None
    seq: int = 0


class DecideCase(
    PersonCommand[Decision], verb="case.decide", answered_by=_APPROVAL, roles=PEOPLE, codes=_WRONG_VERDICT
):
    """Decide a case, or vote where several have to agree."""

    case: Needed
    verdict: Verdict
    note: Said = ""
    answer: Any = None
    digest: DigestText = ""


class RespondToCase(PersonCommand[Decision], verb="case.respond", answered_by=_APPROVAL, roles=PEOPLE):
    """Answer in the tool's place."""

    case: Needed
    answer: Any
    note: Said = ""
    digest: DigestText = ""


class EditedCase(Answer):
    """The revision that an edit made, or would make (``dry_run``), and what the editor's yes did to the case."""

    case: str
    revision: int
    call: Call
    judgement: Judgement
    need: NeedShown
    diff: tuple[Change, ...] = ()
    dry_run: bool = False
    won: bool
    pending: Absentable[bool] = None
    verdict: Verdict
    by: str
    votes: Absentable[int] = None
    needed: Absentable[int] = None
    seq: Absentable[int] = None


class EditCase(PersonCommand[EditedCase], verb="case.edit", answered_by=_APPROVAL, roles=PEOPLE):
    """Say yes to other arguments; they are judged anew. It needs a note, but for a dry run."""

    case: Needed
    arguments: dict[str, Any]
    note: Said = ""
    digest: DigestText = ""
    dry_run: Flag = False


class ClaimState(Answer):
    """Who works on a case, and until when."""

    case: str
    claimed_by: str | None = None
    claimed_until: Iso | None = None
    seq: int = 0


class ClaimCase(PersonCommand[ClaimState], verb="case.claim", answered_by=_APPROVAL, roles=PEOPLE):
    """Work on a case; others cannot decide it meanwhile."""

    case: Needed
    take: Flag = False


class ReleaseCase(PersonCommand[ClaimState], verb="case.release", answered_by=_APPROVAL, roles=PEOPLE):
    """Give a claim back."""

    case: Needed


class WithdrawCase(PersonCommand[Decision], verb="case.withdraw", answered_by=_APPROVAL, roles=WITH_AGENTS):
    """Take a proposal back."""

    case: Needed
    note: Said = ""


class CasesAlike(Answer):
    """Open cases that can be decided together."""

    total: int
    cases: tuple[CaseRow, ...]


class FindCasesAlike(PersonCommand[CasesAlike], verb="case.alike", answered_by=_APPROVAL, roles=PEOPLE):
    """Open cases of the same tool, kind and shape."""

    case: Needed


class CaseChosen(Asked):
    """A case, and the digest that was shown of it."""

    case: Needed
    digest: DigestText = ""


def _chosen(value: Any) -> Any:
    return {"case": value} if isinstance(value, str) else value


class DecisionOfMany(Answer):
    """What became of one case: the fields of a decision, or the error."""

    won: Absentable[bool] = None
    pending: Absentable[bool] = None
    case: str
    verdict: Absentable[Verdict] = None
    by: Absentable[str] = None
    votes: Absentable[int] = None
    needed: Absentable[int] = None
    seq: Absentable[int] = None
    error: Absentable[Problem] = None


class DecidedMany(Answer):
    """What became of each case, and how many were decided, wait for more people, or were refused."""

    results: tuple[DecisionOfMany, ...]
    won: int
    pending: int
    failed: int


class DecideManyCases(
    PersonCommand[DecidedMany], verb="case.decide_many", answered_by=_APPROVAL, roles=PEOPLE, codes=_WRONG_VERDICT
):
    """Decide up to 200 cases that are alike."""

    cases: tuple[Annotated[CaseChosen, BeforeValidator(_chosen, json_schema_input_type=str | CaseChosen)], ...] = Field(
        min_length=1, max_length=BATCH_MAX
    )
    verdict: Verdict
    note: Said = ""
    answer: Any = None


class DrillOpened(Answer):
    """The case that was opened."""

    case: str
    seq: int = 0


def _nothing_for_none(value: Any) -> Any:
    return {} if value is None else value


class OpenDrill(PersonCommand[DrillOpened], verb="case.drill", answered_by=_APPROVAL, roles=GRANTING):
    """Open a known-bad case to see whether it is read."""

    agent: Needed
    tool: Needed
    arguments: Annotated[dict[str, Any], BeforeValidator(_nothing_for_none)] = Field(default_factory=dict)
    reasoning: Said = ""
    tenant: Said = ""

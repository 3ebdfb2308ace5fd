"""Table tests of a policy: given an intent, expect a route and reasons. Written in YAML beside the policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.policy.basics import Section
from groundstop.policy.documents import BadDocument, read
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.judge import Decision, Judge
from groundstop.policy.problems import PolicyError, Problem, problems_of
from groundstop.policy.thresholds import Answer
from groundstop.vocabulary import Band, Reason, Risk, Route, Status
from pydantic import Field, ValidationError

CASES_MAX = 5_000


class Given(Section):
    """An intent as far as the case is about it; the rest has defaults."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    confidence: float | None = Field(default=None, ge=0, le=1)
    tenant: str = "acme"
    agent: str = "agent"
    task: str = "task"
    step: int = 0
    tool_version: str = "1"
    reasoning: str = ""
    assumptions: tuple[str, ...] = ()
    user: str = ""

    def intent(self) -> Intent:
        """The intent. Raises ValidationError for what no agent could have submitted."""
        return Intent(intent="case", **self.model_dump())


class Earlier(Section):
    """A call that the task made before, and how it ended."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    status: Status = Status.SUCCEEDED
    result: Any = None
    times: int = Field(strict=True, default=1, ge=1, le=1_000)


class SeenText(Section):
    """A finding of a screen, and the source of the text it was seen in."""

    kind: str
    source: str = "argument"
    path: str = ""
    detail: str = ""


class Expected(Section):
    """What must come out; what is left out is not looked at. ``reasons`` are parts of sentences, in any case."""

    route: Route | None = None
    risk: Risk | None = None
    band: Band | None = None
    reason_code: Reason | None = None
    answer: Answer | None = None
    people: int | None = None
    reasons: tuple[str, ...] = ()
    not_reasons: tuple[str, ...] = ()
    shadow: tuple[str, ...] = ()


class Case(Section):
    """One row of the table."""

    name: str
    intent: Given
    history: tuple[Earlier, ...] = ()
    findings: tuple[SeenText, ...] = ()
    now: datetime | None = None
    expect: Expected


class Table(Section):
    """A file of cases."""

    cases: Annotated[tuple[Case, ...], Field(max_length=CASES_MAX)]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went: ``failures`` says in words what was expected and what came; empty when it passed."""

    name: str
    line: int
    failures: tuple[str, ...]
    decision: Decision

    @property
    def passed(self) -> bool:
        """True when everything expected came."""
        return not self.failures


def run_table(text: str, judge: Judge, *, now: datetime) -> tuple[CaseResult, ...]:
    """Run every case of a YAML table. ``now`` holds for cases without their own. Raises PolicyError with lines."""
    try:
        document = read(text)
        table = Table.model_validate(document.value or {})
    except BadDocument as error:
        raise PolicyError([Problem(error.line, "", str(error))]) from None
    except ValidationError as error:
        raise PolicyError(problems_of(error.errors(include_url=False), document, Table)) from None
    return tuple(
        _run(case, judge, now=now, line=document.line(("cases", index))) for index, case in enumerate(table.cases)
    )


def _run(case: Case, judge: Judge, *, now: datetime, line: int) -> CaseResult:
    findings = [(s.source, Finding(kind=s.kind, path=s.path, detail=s.detail)) for s in case.findings]
    try:
        proposal = case.intent.intent()
    except ValidationError as error:
        raise PolicyError(
            [Problem(line, f"case {case.name!r}", f"no such intent: {error.errors()[0]['msg']}")]
        ) from None
    decision = judge.decision(proposal, _history(case), now=case.now or now, findings=findings)
    return CaseResult(case.name, line, tuple(_failures(case.expect, decision)), decision)


def _history(case: Case) -> TaskHistory:
    history = EMPTY
    for past in case.history:
        for _ in range(past.times):
            history = history.proposed(past.tool, past.arguments)
            history = history.ended(past.tool, past.arguments, past.status, past.result)
    return history


def _failures(expect: Expected, decision: Decision) -> Iterator[str]:
    judgement = decision.judgement
    came = {
        "route": judgement.route,
        "risk": judgement.risk,
        "band": judgement.band,
        "reason_code": judgement.reason_code,
        "answer": decision.answer,
        "people": decision.need.people,
    }
    for name, value in came.items():
        wanted = getattr(expect, name)
        if wanted is not None and wanted != value:
            yield f"expected {name} {wanted}, got {value}"
    yield from (f"no reason says {part!r}" for part in expect.reasons if not _said(part, judgement.reasons))
    yield from (f"a reason says {part!r}" for part in expect.not_reasons if _said(part, judgement.reasons))
    yield from (f"nothing in shadow says {part!r}" for part in expect.shadow if not _said(part, decision.shadow))


def _said(part: str, sentences: tuple[str, ...]) -> bool:
    return any(part.lower() in sentence.lower() for sentence in sentences)

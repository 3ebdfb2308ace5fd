"""The summary of a task, read off its facts: what a confused agent, or the person who takes over, starts from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from groundstop.events import CaseDecided, CaseOpened, Fact, IntentSubmitted, Outcome
from groundstop.vocabulary import CaseKind, Status, Verdict

LINES_MAX = 50
WORDS_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """Five lists of sentences, each in the order of the log and bounded."""

    task: str = ""
    accomplished: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    def text(self) -> str:
        """The summary as an agent or a person reads it."""
        parts = (
            ("Accomplished", self.accomplished),
            ("Pending", self.pending),
            ("Failed, and not done", self.failed),
            ("Open questions", self.open_questions),
            ("Assumptions made so far", self.assumptions),
        )
        return "\n".join(
            line for title, lines in parts for line in (f"{title}:", *(f"- {x}" for x in lines or ("nothing",)))
        )


@dataclass(slots=True)
class _Tally:
    submitted: dict[str, IntentSubmitted] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    questions: dict[tuple[str, CaseKind], CaseOpened] = field(default_factory=dict)


def summarise(facts: Iterable[Fact]) -> Summary:
    """The summary of one task from its facts, in log order. Deterministic; later facts overrule earlier ones."""
    tally = _Tally()
    for fact in facts:
        _take(tally, fact)
    done, missed, pending = list[str](), list[str](), list[str]()
    for intent, submitted in tally.submitted.items():
        outcome = tally.outcomes.get(intent)
        if outcome is None:
            pending.append(_call(submitted))
        elif outcome.status.good:
            done.append(_call(submitted))
        else:
            missed.append(f"{_call(submitted)}: {_why(outcome)}")
    assumptions = dict.fromkeys(a[:WORDS_CHARS_MAX] for s in tally.submitted.values() for a in s.assumptions)
    questions = [case.question[:WORDS_CHARS_MAX] for case in tally.questions.values()]
    task = next(iter(tally.submitted.values())).task if tally.submitted else ""
    return Summary(task, *(tuple(lines)[-LINES_MAX:] for lines in (done, pending, missed, questions, assumptions)))


def _take(tally: _Tally, fact: Fact) -> None:
    if isinstance(fact, IntentSubmitted):
        tally.submitted.setdefault(fact.intent, fact)
    elif isinstance(fact, Outcome):
        tally.outcomes[fact.intent] = fact
    elif isinstance(fact, CaseOpened):
        tally.questions[fact.intent, fact.case_kind] = fact
    elif isinstance(fact, CaseDecided) and fact.verdict is not Verdict.WITHDRAWN:
        tally.questions.pop((fact.intent, fact.case_kind), None)


def _call(submitted: IntentSubmitted) -> str:
    arguments = ", ".join(f"{name}={str(value)[:40]}" for name, value in sorted(submitted.arguments.items())[:6])
    return f"{submitted.tool}({arguments})"[:WORDS_CHARS_MAX]


def _why(outcome: Outcome) -> str:
    words = "it is not known whether it happened" if outcome.status is Status.UNKNOWN else outcome.status.value
    return f"{words.replace('_', ' ')}{f' ({outcome.reason[:WORDS_CHARS_MAX]})' if outcome.reason else ''}"

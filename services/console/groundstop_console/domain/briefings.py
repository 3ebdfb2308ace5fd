"""The briefing as the case page shows it, forms for arguments, and the words for what came of a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from groundstop.commands.cases import (
    ArgumentNamed,
    CaseDetails,
    Decision,
    EditedCase,
    EditShown,
    PreviewShown,
    SimilarCases,
    UndoKnown,
    Vote,
)
from groundstop.commands.cases import Briefing as Told
from groundstop.events import Finding

from groundstop_console.domain.cases import brief
from groundstop_console.domain.differences import Change
from groundstop_console.domain.masking import HIDDEN, MASKED, shown
from groundstop_console.domain.people import Person, Role

VERDICT_WORDS = {
    "approved": ("Approve", "good"),
    "denied": ("Deny", "bad"),
    "answered": ("Answer", "primary"),
    "given_back": ("Give back", "good"),
    "taken_over": ("Take over", "plain"),
    "happened": ("It happened", "primary"),
    "did_not_happen": ("It did not happen", "plain"),
    "cannot_tell": ("Cannot tell", "plain"),
}
ALONE = ("approved", "denied", "answered")
"""Verdicts that a key or a button asks for by name; of all others one is chosen among those that there are."""
REFUSALS = {
    "already_decided": "Another person decided first. ",
    "self_approval": "You cannot decide your own proposal. ",
    "not_in_group": "A person of another group must decide. ",
    "already_voted": "You have approved already. ",
    "claimed": "Another person has claimed it. ",
}


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a person should know before deciding, masked for them. Empty parts are not shown."""

    question: str = ""
    sentence: str = ""
    tool: str = ""
    description: str = ""
    action_type: str = ""
    digest: str = ""
    arguments: Sequence[tuple[str, Any]] = ()
    reasoning: str = ""
    assumptions: Sequence[str] = ()
    user: str = ""
    task: str = ""
    confidence: float | None = None
    risk: str = ""
    band: str = ""
    reasons: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    blast: str = ""
    targets: Sequence[ArgumentNamed] = ()
    undo: UndoKnown | None = None
    similar: SimilarCases | None = None
    preview: str = ""
    no_preview: str = ""
    edits: Sequence[tuple[EditShown, Sequence[Change]]] = ()
    summary: Any = None
    may: bool = True
    because: str = ""
    people: int = 1
    groups: Sequence[str] = ()
    votes: Sequence[Vote] = ()


def briefing(found: Told | CaseDetails, person: Person) -> Briefing:
    """From the answer of case.briefing, or of case.get where there is no briefing."""
    case, reads = found.case, person.may(Role.APPROVER)
    plain = Briefing(
        question=case.question if reads else "",
        sentence=case.question if reads else "",
        tool=case.call.tool,
        action_type=case.call.action_type,
        digest=case.call.digest,
        arguments=list(shown(case.call.arguments, person).items()),
        reasoning=case.proposal.reasoning if reads else "",
        assumptions=case.proposal.assumptions if reads else (),
        user=case.proposal.user,
        task=case.task,
        confidence=case.proposal.confidence,
        risk=case.judgement.risk,
        band=case.judgement.band,
        reasons=case.judgement.reasons,
        findings=case.judgement.findings,
        may=reads,
        because="" if reads else "Only people with the role approver can decide.",
        people=case.need.people,
        groups=case.need.groups,
        votes=case.votes,
    )
    return plain if isinstance(found, CaseDetails) else _told(plain, found, person)


def _told(plain: Briefing, found: Told, person: Person) -> Briefing:
    """``plain`` with what only a briefing says."""
    reads, preview = person.may(Role.APPROVER), found.preview or PreviewShown()
    return replace(
        plain,
        sentence=(found.what.sentence or plain.question) if reads else "",
        description=found.what.description,
        blast=found.blast.sentence if reads else "",
        targets=found.blast.targets if reads else (),
        undo=found.undo,
        similar=found.similar if found.similar.known and found.similar.total else None,
        preview=(preview.text or "") if reads else "",
        no_preview=preview.problem or "",
        edits=tuple((edit, _diff(edit, person)) for edit in found.edits),
        summary=shown(found.summary.wire(), person) if found.summary else None,
        may=found.may.decide and reads,
        because=found.may.because if reads else plain.because,
    )


def _diff(edit: EditShown, person: Person) -> list[Change]:
    return [Change(one.path, _leaf(shown(one.before, person)), _leaf(shown(one.after, person))) for one in edit.diff]


def _leaf(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


@dataclass(frozen=True, slots=True)
class Field:
    """One argument in a form. ``kind``: text, long, number, yes_no, json, or fixed (masked: stays as it is).

    ``value`` is what the approval service told; where it masked a secret, the mask goes back and stands for it.
    """

    name: str
    kind: str
    text: str
    value: Any = field(default=None)


def fields_of(arguments: Mapping[str, Any], person: Person) -> list[Field]:
    """A field for each argument, by what it holds."""
    seen = shown(arguments, person)
    return [_field(str(name), value, seen[name]) for name, value in arguments.items()]


def _field(name: str, value: Any, seen: Any) -> Field:
    if value in (HIDDEN, MASKED) or seen != value:
        return Field(name, "fixed", brief(seen), value)
    match value:
        case bool():
            return Field(name, "yes_no", "true" if value else "false", value)
        case int() | float():
            return Field(name, "number", str(value), value)
        case str():
            return Field(name, "long" if len(value) > 60 or "\n" in value else "text", value, value)
    return Field(name, "json", orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode(), value)


def refilled(fields: Sequence[Field], form: Mapping[str, Any]) -> list[Field]:
    """The fields with what was typed."""
    return [replace(one, text=str(form.get(f"arg.{one.name}", one.text))) for one in fields]


def edited(fields: Sequence[Field], form: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they were typed, each of its own kind. Raises ValueError naming the field."""
    return {one.name: _typed(one, str(form.get(f"arg.{one.name}", one.text))) for one in fields}


def _typed(one: Field, text: str) -> Any:
    plain = text.replace("\r\n", "\n")
    match one.kind:
        case "fixed":
            return one.value
        case "number":
            return _number(one, plain)
        case "yes_no":
            return plain == "true"
        case "json":
            try:
                return orjson.loads(plain)
            except orjson.JSONDecodeError as error:
                raise ValueError(f"{one.name} is not JSON: {error}") from error
    return plain


def _number(one: Field, text: str) -> int | float:
    try:
        return int(text) if text.strip().removeprefix("-").isdigit() else float(text)
    except ValueError as error:
        raise ValueError(f"{one.name} must be a number, got {text[:40]!r}") from error


def choices(verdicts: Sequence[str], wished: str) -> Sequence[str]:
    """What a dialog offers: what was wished, or everything where that is a question with several answers."""
    verdict = wished if wished in verdicts else next(iter(verdicts), "")
    return (verdict,) if verdict in ALONE else tuple(verdicts)


def result_words(result: Decision | EditedCase, edited: bool = False) -> str:
    """What a decision came to, in a sentence."""
    what = "Edited and " if edited else ""
    if result.pending:
        have = f"{result.votes} of {result.needed}"
        return f"{what}{'y' if edited else 'Y'}our approval counts ({have}). Another person must approve."
    word = result.verdict.replace("_", " ")
    return f"{what}{word if edited else word.capitalize()}."


def refusal(code: str, message: str) -> str:
    """Why a decision did not go through."""
    return f"{REFUSALS.get(code, '')}{message[:1].upper()}{message[1:]}"

"""The briefing as the case page shows it, forms for arguments, and the words for what came of a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from groundstop_console.domain.cases import brief, moment
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
    findings: Sequence[Mapping[str, Any]] = ()
    blast: str = ""
    targets: Sequence[Mapping[str, Any]] = ()
    undo: Mapping[str, Any] | None = None
    similar: Mapping[str, Any] | None = None
    preview: str = ""
    no_preview: str = ""
    edits: Sequence[tuple[Mapping[str, Any], Sequence[Change]]] = ()
    history: Sequence[Mapping[str, Any]] = ()
    summary: Any = None
    may: bool = True
    because: str = ""
    people: int = 1
    groups: Sequence[str] = ()
    votes: Sequence[Mapping[str, Any]] = ()


def briefing(found: Mapping[str, Any], person: Person) -> Briefing:
    """From the answer of case.briefing, or of case.get where there is no briefing."""
    case = found["case"]
    call, judgement, proposal = (case.get(name) or {} for name in ("call", "judgement", "proposal"))
    what, why, evidence, blast = (found.get(name) or {} for name in ("what", "why", "evidence", "blast"))
    reads = person.may(Role.APPROVER)
    may = found.get("may") or {}
    need = case.get("need") or {}
    similar, preview = found.get("similar") or {}, found.get("preview") or {}
    return Briefing(
        question=str(case.get("question") or "") if reads else "",
        sentence=str(what.get("sentence") or case.get("question") or "") if reads else "",
        tool=str(what.get("tool") or call.get("tool") or ""),
        description=str(what.get("description") or ""),
        action_type=str(what.get("action_type") or call.get("action_type") or ""),
        digest=str(call.get("digest") or ""),
        arguments=list(shown(what.get("arguments") or call.get("arguments") or {}, person).items()),
        reasoning=str(why.get("reasoning") or proposal.get("reasoning") or "") if reads else "",
        assumptions=tuple(why.get("assumptions") or proposal.get("assumptions") or ()) if reads else (),
        user=str(why.get("user") or proposal.get("user") or ""),
        task=str(why.get("task") or case.get("task") or ""),
        confidence=evidence.get("confidence", proposal.get("confidence")),
        risk=str(evidence.get("risk") or judgement.get("risk") or ""),
        band=str(evidence.get("band") or judgement.get("band") or ""),
        reasons=tuple(map(str, evidence.get("reasons") or judgement.get("reasons") or ())),
        findings=tuple(evidence.get("findings") or judgement.get("findings") or ()),
        blast=str(blast.get("sentence") or "") if reads else "",
        targets=tuple(blast.get("targets") or ()) if reads else (),
        undo=found.get("undo"),
        preview=str(preview.get("text") or "") if reads else "",
        no_preview=str(preview.get("problem") or ""),
        similar=similar if similar.get("known") and similar.get("total") else None,
        edits=tuple((edit, _diff(edit, person)) for edit in found.get("edits") or ()),
        history=tuple(found.get("history") or ()),
        summary=shown(found["summary"], person) if found.get("summary") else None,
        may=bool(may.get("decide", True)) and reads,
        because=str(may.get("because") or "") if reads else "Only people with the role approver can decide.",
        people=int(need.get("people") or 1),
        groups=tuple(need.get("groups") or ()),
        votes=tuple({**vote, "at": moment(vote["at"])} for vote in case.get("votes") or () if vote.get("at")),
    )


def _diff(edit: Mapping[str, Any], person: Person) -> list[Change]:
    return [
        Change(
            str(one.get("path", "")), _leaf(shown(one.get("before"), person)), _leaf(shown(one.get("after"), person))
        )
        for one in edit.get("diff") or ()
    ]


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


def result_words(result: Mapping[str, Any], verdict: str, edited: bool = False) -> str:
    """What a decision came to, in a sentence."""
    what = "Edited and " if edited else ""
    if result.get("pending"):
        votes = result.get("votes") or 0
        have, need = votes if isinstance(votes, int) else len(votes), result.get("needed", 2)
        return f"{what}{'y' if edited else 'Y'}our approval counts ({have} of {need}). Another person must approve."
    word = str(result.get("verdict", verdict)).replace("_", " ")
    return f"{what}{word if edited else word.capitalize()}."


def refusal(code: str, message: str) -> str:
    """Why a decision did not go through."""
    return f"{REFUSALS.get(code, '')}{message[:1].upper()}{message[1:]}"

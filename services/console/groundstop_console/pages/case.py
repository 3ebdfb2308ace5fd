"""One case: its briefing, the decision, an edit with its difference, who works on it."""

from typing import Any

import orjson
from groundstop.commands.cases import Briefing as BriefingAnswer
from groundstop.commands.cases import CaseDetails, ClaimCase, EditCase, ReleaseCase
from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.cases import Changed, verdicts_of
from groundstop_console.adapters.record import ASIDE_S, RecordProblem
from groundstop_console.domain import briefings
from groundstop_console.domain.briefings import Briefing
from groundstop_console.domain.cases import Line, line_of
from groundstop_console.domain.chances import HELD, bin_of, held
from groundstop_console.domain.differences import changes
from groundstop_console.domain.masking import shown
from groundstop_console.web.visit import Visit

NOTE_CHARS_MAX = 5_000
NEEDS_NOTE = ("denied",)
NEEDS_ANSWER = ("answered",)


async def page(visit: Visit) -> Response:
    """The briefing and the means to decide."""
    found = await visit.view.cases.briefing(visit.path("case"))
    context = _context(visit, found)
    return visit.page("case.html", held=await _held(visit, context["line"], context["brief_of"]), **context)


async def _held(visit: Visit, line: Line, brief_of: Briefing) -> str:
    """Whether this agent's calls of this confidence have gone well; empty when nobody knows."""
    if brief_of.confidence is None:
        return ""
    about = {"agent": line.agent, "bin": bin_of(brief_of.confidence)}
    try:
        rows = await visit.view.record_of(line.tenant, HELD, about, ASIDE_S)
        return held(line.agent, brief_of.confidence, rows)
    except RecordProblem:
        return ""


def _context(visit: Visit, found: BriefingAnswer | CaseDetails) -> dict[str, Any]:
    case = found.case
    return {
        "line": line_of(case, visit.person),
        "case": case,
        "brief_of": briefings.briefing(found, visit.person),
        "decided": found.decided,
        "verdicts": verdicts_of(case),
        "needs_note": NEEDS_NOTE,
        "needs_answer": NEEDS_ANSWER,
        "words": briefings.VERDICT_WORDS,
    }


async def dialog(visit: Visit) -> Response:
    """The last look before a decision, from the inbox."""
    found = await visit.view.cases.get(visit.path("case"))
    context = _context(visit, found)
    offered = briefings.choices(context["verdicts"], visit.query("verdict"))
    verdict = offered[0] if len(offered) == 1 else ""
    return visit.page("parts/decide_dialog.html", verdict=verdict, offered=offered, **context)


async def decide(visit: Visit) -> Response:
    """The decision about exactly what was shown."""
    case, verdict, note = visit.path("case"), visit.field("verdict"), visit.field("note")[:NOTE_CHARS_MAX]
    back = f"/cases/{case}"
    if verdict in NEEDS_NOTE and not note:
        return visit.refused("A note is required to deny. The agent and its owners can read it.", back, 422)
    try:
        answer = answer_of(visit.field("answer")) if verdict in (*NEEDS_ANSWER, "given_back") else None
        result = await visit.view.cases.decide(case, visit.field("digest"), verdict, note, answer)
    except Changed as error:
        return visit.refused(str(error), back)
    except RequestFailed as error:
        return visit.refused(briefings.refusal(error.code, str(error)), back)
    return visit.done(briefings.result_words(result), back, case=case)


def answer_of(text: str) -> Any:
    """An answer as JSON where it is JSON, else as the text it is; None for nothing."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


async def claim(visit: Visit) -> Response:
    """Work on it, or let it go."""
    case = visit.path("case")
    if visit.field("release"):
        await visit.view.cases.tell(ReleaseCase, case)
    else:
        await visit.view.cases.tell(ClaimCase, case, **({"take": True} if visit.field("take") else {}))
    return visit.done("Released." if visit.field("release") else "Claimed for ten minutes.", f"/cases/{case}")


async def edit_page(visit: Visit) -> Response:
    """The arguments as a form."""
    found = await visit.view.cases.get(visit.path("case"))
    fields = briefings.fields_of(found.case.call.arguments, visit.person)
    return visit.page("edit.html", fields=fields, check=None, note="", **_context(visit, found))


async def edit(visit: Visit) -> Response:
    """Look at the difference first, then record the edit: the edited call is judged anew."""
    case, digest, note = visit.path("case"), visit.field("digest"), visit.field("note")[:NOTE_CHARS_MAX]
    cases = visit.view.cases
    found = await cases.get(case)
    if found.case.call.digest != digest:
        raise Changed
    fields, only_look = briefings.fields_of(found.case.call.arguments, visit.person), not visit.field("record")
    problem, answer, after = "", None, None
    try:
        after = briefings.edited(fields, visit.form)
        if not note and not only_look:
            raise ValueError("A note is required to edit.")
        answer = await cases.edit(
            EditCase(case=found.case.case, arguments=after, note=note or "looking", digest=digest, dry_run=only_look)
        )
    except ValueError as error:
        problem = str(error)
    except RequestFailed as error:
        problem = briefings.refusal(error.code, str(error))
    if answer is not None and not only_look:
        visit.say(briefings.result_words(answer, edited=True))
        return RedirectResponse(f"/cases/{case}", 303)
    check: dict[str, Any] = {"problem": problem}
    if answer is not None:
        check |= {"judgement": answer.judgement, "need": answer.need}
    if after is not None:
        check["changes"] = changes(shown(found.case.call.arguments, visit.person), shown(after, visit.person))
    refilled = briefings.refilled(fields, visit.form)
    return visit.page(
        "edit.html", 422 if problem else 200, fields=refilled, check=check, note=note, **_context(visit, found)
    )

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
from groundstop_console.domain.differences import changes
from groundstop_console.domain.forecast import HELD, bin_of, held
from groundstop_console.domain.masking import shown
from groundstop_console.web.request_context import RequestContext

NOTE_CHARS_MAX = 5_000
NEEDS_NOTE = ("denied",)
NEEDS_ANSWER = ("answered",)


async def page(ctx: RequestContext) -> Response:
    """The briefing and the means to decide."""
    found = await ctx.view.cases.briefing(ctx.path("case"))
    context = _context(ctx, found)
    return ctx.page("case.html", held=await _held(ctx, context["line"], context["brief_of"]), **context)


async def _held(ctx: RequestContext, line: Line, brief_of: Briefing) -> str:
    """Whether this agent's calls of this confidence have gone well; empty when nobody knows."""
    if brief_of.confidence is None:
        return ""
    about = {"agent": line.agent, "bin": bin_of(brief_of.confidence)}
    try:
        rows = await ctx.view.record_of(line.tenant, HELD, about, ASIDE_S)
        return held(line.agent, brief_of.confidence, rows)
    except RecordProblem:
        return ""


def _context(ctx: RequestContext, found: BriefingAnswer | CaseDetails) -> dict[str, Any]:
    case = found.case
    return {
        "line": line_of(case, ctx.person),
        "case": case,
        "brief_of": briefings.briefing(found, ctx.person),
        "decided": found.decided,
        "verdicts": verdicts_of(case),
        "needs_note": NEEDS_NOTE,
        "needs_answer": NEEDS_ANSWER,
        "words": briefings.VERDICT_WORDS,
    }


async def dialog(ctx: RequestContext) -> Response:
    """The last look before a decision, from the inbox."""
    found = await ctx.view.cases.get(ctx.path("case"))
    context = _context(ctx, found)
    offered = briefings.choices(context["verdicts"], ctx.query("verdict"))
    verdict = offered[0] if len(offered) == 1 else ""
    return ctx.page("parts/decide_dialog.html", verdict=verdict, offered=offered, **context)


async def decide(ctx: RequestContext) -> Response:
    """The decision about exactly what was shown."""
    case, verdict, note = ctx.path("case"), ctx.field("verdict"), ctx.field("note")[:NOTE_CHARS_MAX]
    back = f"/cases/{case}"
    if verdict in NEEDS_NOTE and not note:
        return ctx.refused("A note is required to deny. The agent and its owners can read it.", back, 422)
    try:
        answer = answer_of(ctx.field("answer")) if verdict in (*NEEDS_ANSWER, "given_back") else None
        result = await ctx.view.cases.decide(case, ctx.field("digest"), verdict, note, answer)
    except Changed as error:
        return ctx.refused(str(error), back)
    except RequestFailed as error:
        return ctx.refused(briefings.refusal(error.code, str(error)), back)
    return ctx.done(briefings.result_words(result), back, case=case)


def answer_of(text: str) -> Any:
    """An answer as JSON where it is JSON, else as the text it is; None for nothing."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


async def claim(ctx: RequestContext) -> Response:
    """Work on it, or let it go."""
    case = ctx.path("case")
    if ctx.field("release"):
        await ctx.view.cases.tell(ReleaseCase, case)
    else:
        await ctx.view.cases.tell(ClaimCase, case, **({"take": True} if ctx.field("take") else {}))
    return ctx.done("Released." if ctx.field("release") else "Claimed for ten minutes.", f"/cases/{case}")


async def edit_page(ctx: RequestContext) -> Response:
    """The arguments as a form."""
    found = await ctx.view.cases.get(ctx.path("case"))
    fields = briefings.fields_of(found.case.call.arguments, ctx.person)
    return ctx.page("edit.html", fields=fields, check=None, note="", **_context(ctx, found))


async def edit(ctx: RequestContext) -> Response:
    """Look at the difference first, then record the edit: the edited call is judged anew."""
    case, digest, note = ctx.path("case"), ctx.field("digest"), ctx.field("note")[:NOTE_CHARS_MAX]
    cases = ctx.view.cases
    found = await cases.get(case)
    if found.case.call.digest != digest:
        raise Changed
    fields, only_look = briefings.fields_of(found.case.call.arguments, ctx.person), not ctx.field("record")
    problem, answer, after = "", None, None
    try:
        after = briefings.edited(fields, ctx.form)
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
        ctx.say(briefings.result_words(answer, edited=True))
        return RedirectResponse(f"/cases/{case}", 303)
    check: dict[str, Any] = {"problem": problem}
    if answer is not None:
        check |= {"judgement": answer.judgement, "need": answer.need}
    if after is not None:
        check["changes"] = changes(shown(found.case.call.arguments, ctx.person), shown(after, ctx.person))
    refilled = briefings.refilled(fields, ctx.form)
    return ctx.page(
        "edit.html", 422 if problem else 200, fields=refilled, check=check, note=note, **_context(ctx, found)
    )

"""The inbox: everything that waits for people, live."""

from typing import Any

from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.cases import LIST_MAX, verdicts_of
from groundstop_console.domain.cases import Inbox, Wanted, grouped, line_of
from groundstop_console.web.request_context import RequestContext

PAGE = 100
FILTERS = ("kind", "risk", "agent", "tenant", "text")


async def home(_: RequestContext) -> Response:
    """The inbox is the first page."""
    return RedirectResponse("/inbox", 303)


async def page(ctx: RequestContext) -> Response:
    """The page with its filters."""
    return ctx.page("inbox.html", **await _context(ctx))


async def rows(ctx: RequestContext) -> Response:
    """The list alone, for refreshing."""
    return ctx.page("parts/inbox_list.html", **await _context(ctx))


async def count(ctx: RequestContext) -> Response:
    """How many cases are open, for the navigation."""
    try:
        total = (await ctx.view.cases.open(Wanted(), 1)).found
    except RequestFailed:
        total = 0
    return ctx.page("parts/count.html", total=total)


async def _context(ctx: RequestContext) -> dict[str, Any]:
    wanted = Wanted(**{name: ctx.query(name)[:200] for name in FILTERS})
    limit = min(max(PAGE, int(ctx.query("limit") or PAGE) if ctx.query("limit").isdigit() else PAGE), LIST_MAX)
    common = {"wanted": wanted, "limit": limit}
    try:
        listed = await ctx.view.cases.open(wanted, LIST_MAX if wanted.text else limit)
    except RequestFailed as error:
        return common | {"inbox": Inbox(0, 0, ()), "problem": str(error), "verdicts": {}}
    lines = [line for case in listed.cases if wanted.lets(line := line_of(case, ctx.person))]
    counts = listed.counts
    shown = Inbox(
        total=sum(counts.get("kind", {}).values()),
        found=len(lines) if wanted.text else listed.found,
        groups=grouped(lines[:limit]),
        risks=counts.get("risk", {}),
        agents=list(counts.get("agent", {})),
    )
    verdicts = {case.case: verdicts_of(case) for case in listed.cases}
    return common | {"inbox": shown, "problem": "", "verdicts": verdicts}

"""The inbox: everything that waits for people, live."""

from typing import Any

from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.cases import LIST_MAX, verdicts_of
from groundstop_console.domain.cases import Inbox, Wanted, grouped, line_of
from groundstop_console.web.visit import Visit

PAGE = 100
FILTERS = ("kind", "risk", "agent", "tenant", "text")


async def home(_: Visit) -> Response:
    """The inbox is the first page."""
    return RedirectResponse("/inbox", 303)


async def page(visit: Visit) -> Response:
    """The page with its filters."""
    return visit.page("inbox.html", **await _context(visit))


async def rows(visit: Visit) -> Response:
    """The list alone, for refreshing."""
    return visit.page("parts/inbox_list.html", **await _context(visit))


async def count(visit: Visit) -> Response:
    """How many cases are open, for the navigation."""
    try:
        total = (await visit.view.cases.open(Wanted(), 1)).found
    except RequestFailed:
        total = 0
    return visit.page("parts/count.html", total=total)


async def _context(visit: Visit) -> dict[str, Any]:
    wanted = Wanted(**{name: visit.query(name)[:200] for name in FILTERS})
    limit = min(max(PAGE, int(visit.query("limit") or PAGE) if visit.query("limit").isdigit() else PAGE), LIST_MAX)
    common = {"wanted": wanted, "limit": limit}
    try:
        listed = await visit.view.cases.open(wanted, LIST_MAX if wanted.text else limit)
    except RequestFailed as error:
        return common | {"inbox": Inbox(0, 0, ()), "problem": str(error), "verdicts": {}}
    lines = [line for case in listed.cases if wanted.lets(line := line_of(case, visit.person))]
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

"""The inbox: everything that waits for people, live."""

from typing import Any

from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.cases import Cases, verdicts_of
from groundstop_console.domain.cases import Inbox, Wanted, inbox, line_of
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
        total, _ = await Cases(visit.desk.bus, visit.person).open()
    except RequestFailed:
        total = 0
    return visit.page("parts/count.html", total=total)


async def _context(visit: Visit) -> dict[str, Any]:
    wanted = Wanted(**{name: visit.query(name)[:200] for name in FILTERS})
    limit = min(max(PAGE, int(visit.query("limit") or PAGE) if visit.query("limit").isdigit() else PAGE), 1_000)
    try:
        total, cases = await Cases(visit.desk.bus, visit.person).open(wanted.tenant)
    except RequestFailed as error:
        return {"inbox": Inbox(0, 0, ()), "wanted": wanted, "problem": str(error), "limit": limit, "verdicts": {}}
    lines = [line_of(case, visit.person) for case in cases]
    verdicts = {str(case.get("case")): verdicts_of(case) for case in cases}
    return {
        "inbox": inbox(lines, wanted, total, limit),
        "wanted": wanted,
        "problem": "",
        "limit": limit,
        "verdicts": verdicts,
    }

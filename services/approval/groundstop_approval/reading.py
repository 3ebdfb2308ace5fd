"""Commands that only read: the inbox, one case, its briefing, its look-alikes."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
from groundstop.errors import RequestFailed
from groundstop.events import CaseOpened

from groundstop_approval.briefing import briefing
from groundstop_approval.cases import Entry
from groundstop_approval.context import Act, Context, number_of, text_of
from groundstop_approval.moves import kind_of_work
from groundstop_approval.people import Person
from groundstop_approval.previews import preview_of
from groundstop_approval.reach import is_theirs
from groundstop_approval.rows import decided_row, masked_call, row
from groundstop_approval.rules import may_decide
from groundstop_approval.state import MODELS, CaseState
from groundstop_approval.tasks import summary_of

PAGE = 100
PAGE_MAX = 1000
ALIKE_MAX = 200
AGENTS_MAX = 50
FILTERS = ("tenant", "agent", "task", "kind", "risk", "tool")
SHOWN = (*MODELS, CaseOpened.kind)
ORDERS = ("oldest", "newest", "expiring")


def make_reading(context: Context) -> dict[str, Act]:
    """The commands of this room."""

    async def list_cases(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        limit = int(number_of(body, "limit", PAGE, 1, PAGE_MAX))
        found = _ordered(list(_matching(context, person, body)), text_of(body, "order", "oldest"))
        start = _start(found, text_of(body, "after"))
        now = context.clock()
        states = _mine(context, person, found[start:]) if body.get("mine") else _states(found[start:])
        page = list(islice(states, limit + 1))
        return {
            "total": len(found),
            "counts": _counts(context, person, text_of(body, "tenant")),
            "cases": [row(state, now) for state in page[:limit]],
            "next": page[limit - 1].opened.case if len(page) > limit else None,
            "seq": context.cases.seq,
            "at": now.isoformat(),
        }

    async def get_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        state = await context.log.state(opened)
        return {
            "case": row(state, context.clock()),
            "decided": decided_row(state),
            "history": await _history(context, state),
        }

    async def get_briefing(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        state, now = await context.log.state(opened), context.clock()
        context.reads.began(opened.case, person.name, now)
        may = may_decide(state, person, context.directory, now)
        similar = await context.similar.to(state)
        tool = context.catalogue.get(state.call.tool)
        told = briefing(state, tool, now, may, similar)
        told["preview"] = await preview_of(context.log.nc, state, tool)
        if opened.case_kind == "handoff":
            told["summary"] = await summary_of(context.log, context.pausing, opened.tenant, opened.task, opened.at)
        return told

    async def alike(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        wanted = kind_of_work(await context.log.state(opened))
        same = [
            state
            for _, entry in context.cases.all()
            if (entry.tenant, entry.kind, entry.tool, entry.risk) == wanted[:4]
            and kind_of_work(state := entry.state()) == wanted
        ]
        now = context.clock()
        return {"total": len(same), "cases": [row(state, now) for state in same[:ALIKE_MAX]]}

    return {"case.list": list_cases, "case.get": get_case, "case.briefing": get_briefing, "case.alike": alike}


def _matching(context: Context, person: Person, body: dict[str, Any]) -> Iterator[tuple[str, Entry]]:
    wanted = {name: value for name in FILTERS if (value := text_of(body, name))}
    needle = text_of(body, "text").lower().encode()
    for case, entry in context.cases.all():
        if (
            is_theirs(person, entry.tenant, entry.agent)
            and all(getattr(entry, name) == value for name, value in wanted.items())
            and (not needle or needle in entry.raw.lower())
        ):
            yield case, entry


def _ordered(found: list[tuple[str, Entry]], order: str) -> list[tuple[str, Entry]]:
    if order not in ORDERS:
        raise RequestFailed("invalid_request", f"order: expected {', '.join(ORDERS)}, got {order[:40]!r}")
    if order == "expiring":
        return sorted(found, key=lambda item: item[1].expires_at)
    return found if order == "oldest" else found[::-1]


def _start(found: list[tuple[str, Entry]], after: str) -> int:
    """Where the page begins; from the beginning when the case that it follows has been decided meanwhile."""
    return next((index + 1 for index, (case, _) in enumerate(found) if case == after), 0) if after else 0


def _states(found: list[tuple[str, Entry]]) -> Iterator[CaseState]:
    return (entry.state() for _, entry in found)


def _mine(context: Context, person: Person, found: list[tuple[str, Entry]]) -> Iterator[CaseState]:
    now = context.clock()
    return (state for state in _states(found) if may_decide(state, person, context.directory, now)[0])


def _counts(context: Context, person: Person, tenant: str) -> dict[str, dict[str, int]]:
    """Open cases, of one tenant when it is given, by kind, risk and agent (the AGENTS_MAX that have most)."""
    open_cases = [
        entry
        for _, entry in context.cases.all()
        if tenant in ("", entry.tenant) and is_theirs(person, entry.tenant, entry.agent)
    ]
    found = {name: Counter(str(getattr(entry, name)) for entry in open_cases) for name in ("kind", "risk", "agent")}
    return {name: dict(counted.most_common(AGENTS_MAX)) for name, counted in found.items()}


async def _history(context: Context, state: CaseState) -> list[dict[str, Any]]:
    opened = state.opened
    pattern = f"gs.case.*.{opened.tenant}.{opened.agent}.{opened.intent}.{opened.case_kind}"
    found = sorted(await context.log.newest([pattern, pattern + ".>"]), key=lambda stored: stored.seq)
    facts = []
    for stored in found:
        kind = ".".join(stored.subject.split(".", 3)[1:3])
        read = context.log.fact(MODELS.get(kind, CaseOpened), stored) if kind in SHOWN else None
        if read is None:
            continue
        fact = orjson.loads(stored.payload)
        if "call" in fact:
            fact["call"] = masked_call(fact["call"])[0]
        if "proposal" in fact:
            fact["proposal"]["arguments"] = masked_call(fact["proposal"])[0]["arguments"]
        fact.pop("diff", None)
        if state.decided is None:
            fact.pop("drill", None)
        facts.append({"kind": kind, "seq": stored.seq, **fact})
    return facts

"""Commands that only read: the inbox, one case, its briefing, its look-alikes."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import orjson
from groundstop.commands.cases import (
    BriefCase,
    Briefing,
    CaseDetails,
    CaseList,
    CasesAlike,
    Counts,
    FindCasesAlike,
    GetCase,
    HistoryEntry,
    ListCases,
    Order,
)
from groundstop.events import CaseOpened

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.commands.previews import preview_of
from groundstop_approval.commands.reach import is_theirs
from groundstop_approval.domain.people import Person
from groundstop_approval.domain.rules import may_decide
from groundstop_approval.domain.state import MODELS, CaseState
from groundstop_approval.domain.transitions import kind_of_work
from groundstop_approval.projections.inbox import Entry
from groundstop_approval.projections.tasks import summary_of
from groundstop_approval.views.briefing import briefing
from groundstop_approval.views.rows import decision_shown, masked_json, row

ALIKE_MAX = 200
AGENTS_MAX = 50
FILTERS = ("tenant", "agent", "task", "kind", "risk", "tool")
SHOWN = (*MODELS, CaseOpened.kind)


def make_reading(context: Context) -> Acts:
    """The commands of this room."""

    async def list_cases(person: Person, asked: ListCases) -> CaseList:
        found = _ordered(list(_matching(context, person, asked)), asked.order)
        start = _start(found, asked.after)
        now = context.clock()
        states = _mine(context, person, found[start:]) if asked.mine else _states(found[start:])
        page = list(islice(states, asked.limit + 1))
        return CaseList(
            total=len(found),
            counts=_counts(context, person, asked.tenant),
            cases=tuple(row(state, now) for state in page[: asked.limit]),
            next=page[asked.limit - 1].opened.case if len(page) > asked.limit else None,
            seq=context.cases.seq,
            at=now,
        )

    async def get_case(person: Person, asked: GetCase) -> CaseDetails:
        opened = await context.find(asked.case, person)
        state = await context.log.state(opened)
        return CaseDetails(
            case=row(state, context.clock()),
            decided=decision_shown(state),
            history=await _history(context, state),
        )

    async def get_briefing(person: Person, asked: BriefCase) -> Briefing:
        opened = await context.find(asked.case, person)
        state, now = await context.log.state(opened), context.clock()
        context.reads.began(opened.case, person.name, now)
        may = may_decide(state, person, context.directory, now)
        similar = await context.similar.to(state)
        tool = context.catalogue.get(state.call.tool)
        preview = await preview_of(context.log.nc, state, tool)
        summary = None
        if opened.case_kind == "handoff":
            summary = await summary_of(context.log, context.pausing, opened.tenant, opened.task, opened.at)
        return briefing(state, tool, now, may, similar, preview, summary)

    async def alike(person: Person, asked: FindCasesAlike) -> CasesAlike:
        opened = await context.find(asked.case, person)
        wanted = kind_of_work(await context.log.state(opened))
        same = [
            state
            for _, entry in context.cases.all()
            if (entry.tenant, entry.kind, entry.tool, entry.risk) == wanted[:4]
            and kind_of_work(state := entry.state()) == wanted
        ]
        now = context.clock()
        return CasesAlike(total=len(same), cases=tuple(row(state, now) for state in same[:ALIKE_MAX]))

    return (
        ListCases.handled_by(list_cases),
        GetCase.handled_by(get_case),
        BriefCase.handled_by(get_briefing),
        FindCasesAlike.handled_by(alike),
    )


def _matching(context: Context, person: Person, asked: ListCases) -> Iterator[tuple[str, Entry]]:
    wanted = {name: value for name in FILTERS if (value := getattr(asked, name))}
    needle = asked.text.lower().encode()
    for case, entry in context.cases.all():
        if (
            is_theirs(person, entry.tenant, entry.agent)
            and all(getattr(entry, name) == value for name, value in wanted.items())
            and (not needle or needle in entry.raw.lower())
        ):
            yield case, entry


def _ordered(found: list[tuple[str, Entry]], order: Order) -> list[tuple[str, Entry]]:
    if order is Order.EXPIRING:
        return sorted(found, key=lambda item: item[1].expires_at)
    return found if order is Order.OLDEST else found[::-1]


def _start(found: list[tuple[str, Entry]], after: str) -> int:
    """Where the page begins; from the beginning when the case that it follows has been decided meanwhile."""
    return next((index + 1 for index, (case, _) in enumerate(found) if case == after), 0) if after else 0


def _states(found: list[tuple[str, Entry]]) -> Iterator[CaseState]:
    return (entry.state() for _, entry in found)


def _mine(context: Context, person: Person, found: list[tuple[str, Entry]]) -> Iterator[CaseState]:
    now = context.clock()
    return (state for state in _states(found) if may_decide(state, person, context.directory, now)[0])


def _counts(context: Context, person: Person, tenant: str) -> Counts:
    """Open cases, of one tenant when it is given, by kind, risk and agent (the AGENTS_MAX that have most)."""
    open_cases = [
        entry
        for _, entry in context.cases.all()
        if tenant in ("", entry.tenant) and is_theirs(person, entry.tenant, entry.agent)
    ]
    found = {name: Counter(str(getattr(entry, name)) for entry in open_cases) for name in ("kind", "risk", "agent")}
    return Counts(**{name: dict(counted.most_common(AGENTS_MAX)) for name, counted in found.items()})


async def _history(context: Context, state: CaseState) -> tuple[HistoryEntry, ...]:
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
            fact["call"]["arguments"] = masked_json(fact["call"]["arguments"])
        if "proposal" in fact:
            fact["proposal"]["arguments"] = masked_json(fact["proposal"]["arguments"])
        fact.pop("diff", None)
        if state.decided is None:
            fact.pop("drill", None)
        facts.append(HistoryEntry.model_validate({**fact, "kind": kind, "seq": stored.seq}))
    return tuple(facts)

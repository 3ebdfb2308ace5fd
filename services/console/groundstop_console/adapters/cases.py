"""Cases by command, in a person's name: what the inbox, the case page and the decisions ask."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.commands.cases import (
    BriefCase,
    Briefing,
    CaseDetails,
    CaseRow,
    DecideCase,
    DecidedMany,
    DecideManyCases,
    Decision,
    EditCase,
    EditedCase,
    FindCasesAlike,
    GetCase,
    ListCases,
)
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode

from groundstop_console.adapters.bus import Bus
from groundstop_console.domain.cases import Wanted
from groundstop_console.domain.people import Person

LIST_MAX = 1_000
ASKED = ("kind", "risk", "agent", "tenant")
"""Filters that approval applies; words are looked for here, in what is left after masking."""


class Changed(RequestFailed):
    """What the person was shown is not what the case holds now."""

    def __init__(self) -> None:
        super().__init__("changed", "this case has changed since you opened it; nothing was decided. Read it again")


@dataclass(frozen=True, slots=True)
class Listed:
    """``found`` matched, the oldest are in ``cases``; ``counts`` are of all open cases, by kind, risk and agent."""

    found: int = 0
    cases: Sequence[CaseRow] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def _added(counts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for one in counts:
        for name, part in one.items():
            sums.setdefault(name, Counter()).update(part)
    return {name: dict(counted.most_common()) for name, counted in sums.items()}


@dataclass(frozen=True, slots=True)
class Cases:
    """Asks the approval service on behalf of ``person``; what is of a tenant they may not see does not exist."""

    bus: Bus
    person: Person

    async def open(self, wanted: Wanted, limit: int) -> Listed:
        """The oldest ``limit`` open cases that are ``wanted`` (all but the words in it), and how many there are."""
        if wanted.tenant and not self.person.sees(wanted.tenant):
            return Listed()
        tenants = (wanted.tenant,) if wanted.tenant or self.person.everywhere else self.person.tenants
        parts = [await self._listed(replace(wanted, tenant=tenant), limit) for tenant in tenants]
        cases = sorted((case for part in parts for case in part.cases), key=lambda case: case.at)
        return Listed(sum(part.found for part in parts), cases[:limit], _added(part.counts for part in parts))

    async def _listed(self, wanted: Wanted, limit: int) -> Listed:
        where = {name: value for name in ASKED if (value := getattr(wanted, name))}
        answer = await self.bus.ask(self.person, ListCases(limit=min(limit, LIST_MAX), **where))
        return Listed(answer.total, answer.cases, answer.counts.model_dump())

    async def get(self, case: str) -> CaseDetails:
        """The case. Raises RequestFailed(not_found) also for what is another tenant's."""
        found = await self._asked(GetCase(case=case))
        self._check_mine(found.case)
        return found

    async def briefing(self, case: str) -> Briefing | CaseDetails:
        """The briefing, or what case.get answers where there is none."""
        try:
            found = await self._asked(BriefCase(case=case))
        except RequestFailed as error:
            if error.code != ErrorCode.UNAVAILABLE:
                raise
            return await self.get(case)
        self._check_mine(found.case)
        return found

    async def _asked(self, asked: Command[A]) -> A:
        """The service's answer. What it does not know is said in the words of what is another tenant's."""
        try:
            return await self.bus.ask(self.person, asked)
        except RequestFailed as error:
            if error.code != ErrorCode.NOT_FOUND:
                raise
            raise _no_case(str(asked.body()["case"])) from error

    def _check_mine(self, case: CaseRow) -> None:
        if not self.person.sees(case.tenant):
            raise _no_case(case.case)

    async def alike(self, case: str) -> list[CaseRow]:
        """Cases that can be decided together with one that the person may see."""
        found = await self.tell(FindCasesAlike, case)
        return [one for one in found.cases if self.person.sees(one.tenant)]

    async def decide_many(self, chosen: Sequence[Mapping[str, str]], verdict: str, note: str) -> DecidedMany:
        """One decision for each. Raises RequestFailed(not_found) when one is another tenant's."""
        for one in () if self.person.everywhere else chosen:
            await self.get(one["case"])
        return await self.bus.ask(self.person, DecideManyCases(cases=list(chosen), verdict=verdict, note=note))

    async def exactly(self, case: str, digest: str) -> CaseRow:
        """The case, if its call is still the one that was shown. Raises Changed."""
        found = (await self.get(case)).case
        if not digest or found.call.digest != digest:
            raise Changed
        return found

    async def decide(self, case: str, digest: str, verdict: str, note: str, answer: Any = None) -> Decision:
        """Decide exactly what was shown. Raises Changed, RequestFailed."""
        found = await self.exactly(case, digest)
        body = {"case": found.case, "digest": digest, "verdict": verdict, "note": note}
        return await self.bus.ask(self.person, DecideCase(**body | ({} if answer is None else {"answer": answer})))

    async def edit(self, asked: EditCase) -> EditedCase:
        """Change the call of a case that was just read here, or see what that would come to."""
        return await self.bus.ask(self.person, asked)

    async def tell(self, asked: type[Command[A]], case: str, **fields: Any) -> A:
        """Any other command about a case the person may see."""
        found = (await self.get(case)).case
        return await self.bus.ask(self.person, asked(case=found.case, **fields))


def _no_case(case: str) -> RequestFailed:
    return RequestFailed(ErrorCode.NOT_FOUND, f"There is no case {case[:80]!r}.")


def verdicts_of(case: CaseRow) -> tuple[str, ...]:
    """What may be decided about a case."""
    return tuple(case.verdicts)

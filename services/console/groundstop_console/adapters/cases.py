"""Cases by command, in a person's name: what the inbox, the case page and the decisions ask."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundstop.errors import RequestFailed
from groundstop.words import ErrorCode

from groundstop_console.adapters.bus import Bus
from groundstop_console.domain.cases import Wanted
from groundstop_console.domain.people import Person

LIST_MAX = 1_000
ASKED = ("kind", "risk", "agent", "tenant")
"""Filters that approval applies; words are looked for here, in what is left after masking."""
VERDICTS = {
    "approval": ("approved", "denied"),
    "confirmation": ("approved", "denied"),
    "clarification": ("answered", "denied"),
    "handoff": ("given_back", "taken_over"),
    "manual": ("answered", "denied"),
    "reconciliation": ("happened", "did_not_happen", "cannot_tell"),
}
"""What each kind can be decided as, where the service does not say so itself."""


class Changed(RequestFailed):
    """What the person was shown is not what the case holds now."""

    def __init__(self) -> None:
        super().__init__("changed", "this case has changed since you opened it; nothing was decided. Read it again")


@dataclass(frozen=True, slots=True)
class Listed:
    """``found`` matched, the oldest are in ``cases``; ``counts`` are of all open cases, by kind, risk and agent."""

    found: int = 0
    cases: Sequence[dict[str, Any]] = ()
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
        cases = sorted((case for part in parts for case in part.cases), key=lambda case: str(case.get("at")))
        return Listed(sum(part.found for part in parts), cases[:limit], _added(part.counts for part in parts))

    async def _listed(self, wanted: Wanted, limit: int) -> Listed:
        where = {name: value for name in ASKED if (value := getattr(wanted, name))}
        answer = await self.bus.ask(self.person, "case.list", limit=min(limit, LIST_MAX), **where)
        return Listed(int(answer.get("total", 0)), list(answer.get("cases", ())), dict(answer.get("counts") or {}))

    async def get(self, case: str) -> dict[str, Any]:
        """``{"case", "decided", …}``. Raises RequestFailed(not_found) also for what is another tenant's."""
        return self._mine(await self._asked("case.get", case), case)

    async def briefing(self, case: str) -> dict[str, Any]:
        """The briefing, or what case.get answers where there is none."""
        try:
            return self._mine(await self._asked("case.briefing", case), case)
        except RequestFailed as error:
            if error.code != "unavailable":
                raise
        return await self.get(case)

    async def _asked(self, verb: str, case: str) -> dict[str, Any]:
        """The service's answer. What it does not know is said in the words of what is another tenant's."""
        try:
            return await self.bus.ask(self.person, verb, case=case)
        except RequestFailed as error:
            if error.code != "not_found":
                raise
            raise _no_case(case) from error

    def _mine(self, answer: dict[str, Any], case: str) -> dict[str, Any]:
        if not self.person.sees(str((answer.get("case") or {}).get("tenant", ""))):
            raise _no_case(case)
        return answer

    async def alike(self, case: str) -> list[dict[str, Any]]:
        """Cases that can be decided together with one that the person may see."""
        found = await self.tell("case.alike", case)
        return [one for one in found.get("cases", ()) if self.person.sees(str(one.get("tenant", "")))]

    async def decide_many(self, chosen: Sequence[Mapping[str, str]], verdict: str, note: str) -> dict[str, Any]:
        """One decision for each. Raises RequestFailed(not_found) when one is another tenant's."""
        for one in () if self.person.everywhere else chosen:
            await self.get(one["case"])
        return await self.bus.ask(self.person, "case.decide_many", cases=list(chosen), verdict=verdict, note=note)

    async def exactly(self, case: str, digest: str) -> dict[str, Any]:
        """The case, if its call is still the one that was shown. Raises Changed."""
        found: dict[str, Any] = (await self.get(case))["case"]
        if not digest or (found.get("call") or {}).get("digest") != digest:
            raise Changed
        return found

    async def decide(self, case: str, digest: str, verdict: str, note: str, answer: Any = None) -> dict[str, Any]:
        """Decide exactly what was shown. Raises Changed, RequestFailed."""
        found = await self.exactly(case, digest)
        body = {"case": found["case"], "digest": digest, "verdict": verdict, "note": note}
        return await self.bus.ask(self.person, "case.decide", **body | ({} if answer is None else {"answer": answer}))

    async def edit(self, case: str, **body: Any) -> dict[str, Any]:
        """Change the call of a case that was just read here, or see what that would come to."""
        return await self.bus.ask(self.person, "case.edit", case=case, **body)

    async def tell(self, verb: str, case: str, **body: Any) -> dict[str, Any]:
        """Any other command about a case the person may see."""
        found = (await self.get(case))["case"]
        return await self.bus.ask(self.person, verb, case=found["case"], **body)


def _no_case(case: str) -> RequestFailed:
    return RequestFailed(ErrorCode.NOT_FOUND, f"There is no case {case[:80]!r}.")


def verdicts_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be decided about a case."""
    return tuple(case.get("verdicts") or VERDICTS.get(str(case.get("case_kind")), ()))

"""Cases by command, in a person's name: what the inbox, the case page and the decisions ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundstop.errors import RequestFailed

from groundstop_console.adapters.bus import Bus
from groundstop_console.domain.people import Person

LIST_MAX = 1_000
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
class Cases:
    """Asks the approval service on behalf of ``person``; what is of a tenant they may not see does not exist."""

    bus: Bus
    person: Person

    async def open(self, tenant: str = "") -> tuple[int, list[dict[str, Any]]]:
        """How many are open, and the oldest LIST_MAX of them."""
        if self.person.everywhere or tenant:
            if tenant and not self.person.sees(tenant):
                return 0, []
            return await self._listed(tenant)
        parts = [await self._listed(own) for own in self.person.tenants]
        cases = sorted((case for _, some in parts for case in some), key=lambda case: str(case.get("at")))
        return sum(total for total, _ in parts), cases[:LIST_MAX]

    async def _listed(self, tenant: str) -> tuple[int, list[dict[str, Any]]]:
        where = {"tenant": tenant} if tenant else {}
        answer = await self.bus.ask(self.person, "case.list", limit=LIST_MAX, **where)
        return int(answer.get("total", 0)), list(answer.get("cases", ()))

    async def get(self, case: str) -> dict[str, Any]:
        """``{"case", "decided", …}``. Raises RequestFailed(not_found) also for what is another tenant's."""
        return self._mine(await self.bus.ask(self.person, "case.get", case=case), case)

    async def briefing(self, case: str) -> dict[str, Any]:
        """The briefing, or what case.get answers where there is none."""
        try:
            return self._mine(await self.bus.ask(self.person, "case.briefing", case=case), case)
        except RequestFailed as error:
            if error.code != "unavailable":
                raise
        return await self.get(case)

    def _mine(self, answer: dict[str, Any], case: str) -> dict[str, Any]:
        if not self.person.sees(str((answer.get("case") or {}).get("tenant", ""))):
            raise RequestFailed("not_found", f"no case {case!r}")
        return answer

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

    async def tell(self, verb: str, case: str, **body: Any) -> dict[str, Any]:
        """Any other command about a case the person may see."""
        found = (await self.get(case))["case"]
        return await self.bus.ask(self.person, verb, case=found["case"], **body)


def verdicts_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be decided about a case."""
    return tuple(case.get("verdicts") or VERDICTS.get(str(case.get("case_kind")), ()))

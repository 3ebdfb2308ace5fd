"""What every command needs, built once in app.py; and finding the case that a person means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groundstop import subjects
from groundstop.callers import Caller
from groundstop.catalogue import Catalogue
from groundstop.clock import Clock
from groundstop.commands import Handled
from groundstop.errors import RequestFailed
from groundstop.events import CaseOpened
from groundstop.policy_holder import JudgeHolder
from groundstop.vocabulary import ErrorCode

from groundstop_approval.commands.identity import Identity
from groundstop_approval.commands.reach import is_theirs
from groundstop_approval.domain.people import Directory, Person
from groundstop_approval.projections.case_log import CaseLog
from groundstop_approval.projections.inbox import Cases, case_id_parts, names
from groundstop_approval.projections.pauses import Pausing
from groundstop_approval.projections.similar import Similar

READS_KEPT = 20_000

Acts = tuple[Handled[Person], ...]
"""Commands and their handlers; each is told which person asks."""


@dataclass(slots=True)
class Reads:
    """When somebody first asked for a briefing: what ``read_s`` of their decision counts from. Kept in memory."""

    at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def began(self, case: str, person: str, now: datetime) -> None:
        """``person`` reads ``case`` now, if not before."""
        while len(self.at) >= READS_KEPT:
            self.at.pop(next(iter(self.at)))
        self.at.setdefault((case, person), now)

    def seconds(self, case: str, person: str, now: datetime) -> float | None:
        """How long they have had it, None when they never asked."""
        began = self.at.get((case, person))
        return None if began is None else (now - began).total_seconds()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything commands are made of."""

    log: CaseLog
    cases: Cases
    identity: Identity
    directory: Directory
    holder: JudgeHolder
    catalogue: Catalogue
    similar: Similar
    pausing: Pausing
    clock: Clock
    reads: Reads = field(default_factory=Reads)

    def asker(self, verb: str, caller: Caller, body: Mapping[str, Any]) -> Person:
        """The person behind a request."""
        return self.identity.asker(verb, caller, body, self.clock())

    async def find(self, text: str, person: Person) -> CaseOpened:
        """The case ``text`` means, open or ended, if it is the person's to see.

        Raises RequestFailed (not_found, ambiguous).
        """
        found = [entry for entry in self.cases.find(text) if is_theirs(person, entry.tenant, entry.agent)]
        if len(found) > 1:
            raise RequestFailed(ErrorCode.AMBIGUOUS, f"{text!r} may mean {', '.join(names(found[:5]))}")
        if found:
            return CaseOpened.model_validate_json(found[0].raw)
        stored = [opened for opened in await self._in_log(text) if is_theirs(person, opened.tenant, opened.agent)]
        if not stored:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"no case {text!r}")
        whose = {f"{opened.tenant}.{opened.agent}.{opened.case}" for opened in stored}
        if len({name.rpartition(".")[0] for name in whose}) > 1:
            raise RequestFailed(ErrorCode.AMBIGUOUS, f"{text!r} may mean {', '.join(sorted(whose)[:5])}")
        return stored[-1]  # an intent's newest case is the one that may still be open

    async def _in_log(self, name: str) -> list[CaseOpened]:
        """Ended cases, and those the fold has not reached yet, by their full id or their intent's."""
        *whose, case = name.split(".")
        tenant, agent = (subjects.token(part, "case") for part in whose) if len(whose) == 2 else ("*", "*")
        intent, kind = case_id_parts(case) or (case, None)
        subjects.token(intent if len(whose) in (0, 2) else name, "case")
        pattern = subjects.pattern(
            "case.opened", *((kind.value,) if kind else ()), tenant=tenant, agent=agent, intent=intent
        )
        return self.log.facts(CaseOpened, await self.log.newest([pattern]))

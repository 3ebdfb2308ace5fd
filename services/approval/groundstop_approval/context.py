"""What every command needs, built once in app.py; and finding the case that a person means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groundstop import subjects
from groundstop.bus.commands import Command
from groundstop.callers import Caller
from groundstop.catalogue import Catalogue
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.events import CaseOpened

from groundstop_approval.caselog import CaseLog
from groundstop_approval.cases import Cases, case_id_parts, names
from groundstop_approval.identity import Identity
from groundstop_approval.judging import Judging
from groundstop_approval.pausing import Pausing
from groundstop_approval.people import Directory, Person
from groundstop_approval.reach import is_theirs
from groundstop_approval.similar import Similar

READS_KEPT = 20_000

Act = Callable[[Person, dict[str, Any]], Awaitable[dict[str, Any]]]


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
    judging: Judging
    catalogue: Catalogue
    similar: Similar
    pausing: Pausing
    clock: Clock
    reads: Reads = field(default_factory=Reads)

    def commands(self, acts: dict[str, Act]) -> dict[str, Command]:
        """The acts as commands: each is told who asks."""
        return {verb: self._command(verb, act) for verb, act in acts.items()}

    def _command(self, verb: str, act: Act) -> Command:
        async def command(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
            return await act(self.identity.asker(verb, caller, body, self.clock()), body)

        return command

    async def find(self, name: Any, person: Person) -> CaseOpened:
        """The case ``name`` means, open or ended, if it is the person's to see.

        Raises RequestFailed (not_found, ambiguous).
        """
        text = str(name or "")
        found = [entry for entry in self.cases.find(text) if is_theirs(person, entry.tenant, entry.agent)]
        if len(found) > 1:
            raise RequestFailed("ambiguous", f"{text!r} may mean {', '.join(names(found[:5]))}")
        if found:
            return CaseOpened.model_validate_json(found[0].raw)
        stored = [opened for opened in await self._in_log(text) if is_theirs(person, opened.tenant, opened.agent)]
        if not stored:
            raise RequestFailed("not_found", f"no case {text!r}")
        whose = {f"{opened.tenant}.{opened.agent}.{opened.case}" for opened in stored}
        if len({name.rpartition(".")[0] for name in whose}) > 1:
            raise RequestFailed("ambiguous", f"{text!r} may mean {', '.join(sorted(whose)[:5])}")
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


def text_of(body: dict[str, Any], name: str, default: str = "", chars_max: int = 20_000) -> str:
    """A text of a body. Raises RequestFailed(invalid_request) for anything else, or when it is too long."""
    value = body.get(name, default)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > chars_max:
        raise RequestFailed("invalid_request", f"{name}: expected a text of at most {chars_max} characters")
    return value


def number_of(body: dict[str, Any], name: str, default: float, least: float, most: float) -> float:
    """A number of a body within bounds. Raises RequestFailed(invalid_request)."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise RequestFailed("invalid_request", f"{name}: expected a number from {least:g} to {most:g}, got {value!r}")
    return value


def require(body: dict[str, Any], *names: str) -> list[str]:
    """Texts that must be there. Raises RequestFailed(invalid_request) naming the first that is missing."""
    found = [text_of(body, name) for name in names]
    for name, value in zip(names, found, strict=True):
        if not value:
            raise RequestFailed("invalid_request", f"{name} is missing")
    return found

"""What one person may know: every page gets its facts here, and has no other way to them.

A person may be tied to tenants. What is of another tenant does not exist for them: it is left out of lists and counts,
and asking for it by name is answered in the words of what never was.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from groundstop.client import record as saying
from groundstop.client.operator import Operator
from groundstop.client.undo import CompletedAction, UndoResult, halt_named
from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.commands.grants import GetGrant, Grant, GrantDetails, ListGrants
from groundstop.commands.tasks import ListTasks, TaskWaiting
from groundstop.errors import RequestFailed
from groundstop.events import Control, ExecutorHalted, Halt, IntentSubmitted
from groundstop.vocabulary import ErrorCode

from groundstop_console.adapters import undoing
from groundstop_console.adapters.bus import BusAway
from groundstop_console.adapters.cases import Cases
from groundstop_console.adapters.fanout import Listener
from groundstop_console.adapters.policies import Versions, versions
from groundstop_console.adapters.record import TIMEOUT_S
from groundstop_console.app_state import AppState
from groundstop_console.domain.aside import Traced, traced
from groundstop_console.domain.intent_view import Row
from groundstop_console.domain.names import names_of
from groundstop_console.domain.people import Person, tenant_condition
from groundstop_console.domain.sight import concerns, controls_for, halts_for, policy_for

TENANTS = "{tenants}"
"""Where a question to the record says that it is answered from a person's tenants alone."""


@dataclass(frozen=True, slots=True)
class TenantView:
    """The state as ``person`` may see it."""

    app_state: AppState
    person: Person

    # intents and tasks

    def rows(self) -> list[Row]:
        """The intents that are remembered, the newest first."""
        return [row for row in self.app_state.live.newest() if self.person.sees(row.tenant)]

    def in_flight(self) -> list[Row]:
        """What executors are running now, the oldest first."""
        return [row for row in self.app_state.live.in_flight() if self.person.sees(row.tenant)]

    def names(self) -> Mapping[str, Sequence[str]]:
        """Names to choose from in forms."""
        return names_of(self.rows())

    async def trace(self, intent: str) -> Traced:
        """Every fact of one intent. Raises RequestFailed(not_found)."""
        found = traced(await self.app_state.bus.facts_of(intent), self.person.sees)
        if found is None:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"The log holds nothing about intent {intent[:80]!r}.")
        return found

    async def rate(self, intent: str, rating: str, comment: str) -> bool:
        """This person's thumb about an intent they see. False when they have said so before. Raises RequestFailed."""
        submitted, bus = await self._submission(intent), self.app_state.bus
        return await saying.feedback(bus.intake, self.app_state.clock, self.person.name, submitted, rating, comment)

    async def record_cost(self, intent: str, **cost: Any) -> bool:
        """What an intent they see has cost. False when this entry was there. Raises RequestFailed."""
        submitted, bus = await self._submission(intent), self.app_state.bus
        return await saying.record_cost(bus.intake, self.app_state.clock, self.person.name, submitted, **cost)

    async def _submission(self, intent: str) -> IntentSubmitted:
        """What was proposed, in a tenant they see: two tenants' agents may choose one id."""
        for step in (await self.trace(intent)).steps:
            if step.kind == IntentSubmitted.kind:
                return IntentSubmitted.model_validate(step.fact)
        raise RequestFailed(ErrorCode.NOT_FOUND, f"The log does not hold what was proposed as {intent[:80]!r}.")

    async def handoffs(self) -> list[TaskWaiting]:
        """Tasks that people were asked to take over; none while nobody answers."""
        try:
            listed = (await self.app_state.bus.ask(self.person, ListTasks())).tasks
        except RequestFailed:
            return []
        return [one for one in listed if self.person.sees(one.tenant)]

    # cases and grants

    @property
    def cases(self) -> Cases:
        """Cases, in this person's name."""
        return Cases(self.app_state.bus, self.person)

    async def grants(self) -> list[Grant]:
        """All grants, the newest first."""
        answer = await self.app_state.bus.ask(self.person, ListGrants(all=True))
        return [one for one in reversed(answer.grants) if self.person.sees(one.tenant)]

    async def grant(self, name: str) -> GrantDetails:
        """A grant and its uses. Raises RequestFailed(not_found)."""
        unknown = RequestFailed(ErrorCode.NOT_FOUND, f"There is no grant {name[:80]!r}.")
        try:
            found = await self.app_state.bus.ask(self.person, GetGrant(grant=name))
        except RequestFailed as error:
            if error.code != ErrorCode.NOT_FOUND:
                raise
            raise unknown from error
        if not self.person.sees(found.grant.tenant) or found.grant.grant != name:
            raise unknown
        return found

    async def ask(self, tenant: str, asked: Command[A]) -> A:
        """A command about something of ``tenant``, in this person's name. Raises RequestFailed(not_found)."""
        if not self.person.sees(tenant):
            raise RequestFailed(ErrorCode.NOT_FOUND, f"Nothing is known of tenant {tenant[:80]!r}.")
        return await self.app_state.bus.ask(self.person, asked)

    # controls

    def halts(self) -> list[Halt]:
        """The halts in force that are theirs to know."""
        return halts_for(self.person, self.rows(), self.app_state.live.halts)

    def history(self, at_most: int) -> list[tuple[Control, list[ExecutorHalted]]]:
        """What was done with halts, the newest first, with what executors reported."""
        seen = controls_for(self.person, self.rows(), self.app_state.live.controls)[:at_most]
        return [(control, self._reports(control.control)) for control in seen]

    def _reports(self, control: str) -> list[ExecutorHalted]:
        reports = self.app_state.live.reports.get(control, [])
        if self.person.everywhere:
            return reports
        own = {row.intent for row in self.rows()}
        return [
            one.model_copy(update={"in_flight": tuple(f for f in one.in_flight if f.intent in own)}) for one in reports
        ]

    def roster(self) -> list[dict[str, Any]]:
        """Executors, each with what it is running of theirs and how many halts it has not heard of."""
        if self.person.everywhere:
            return self.app_state.live.roster()
        flying = [row.executor for row in self.in_flight()]
        return [beat | {"in_flight": flying.count(beat["executor"])} for beat in self.app_state.live.roster()]

    async def halt(self, control: str) -> Halt:
        """A halt in force or lifted, by its name. Raises RequestFailed(not_found)."""
        found = await halt_named(self.app_state.bus.log, control)
        if found is None or not concerns(self.person, self.rows(), found.scope, found.tenant):
            raise RequestFailed(ErrorCode.NOT_FOUND, f"There never was a halt {control[:80]!r}.")
        return found

    async def done_before(self, halt: Halt) -> tuple[list[CompletedAction], int]:
        """What was done in the scope of a halt, newest first, and how many facts could not be read."""
        aside: list[Any] = []
        found = await undoing.done_before(self.app_state.bus, halt, self.person.sees, aside)
        for stored in aside:
            self.app_state.live.aside.put(stored)
        return found, len(aside)

    async def take_back(self, chosen: Sequence[CompletedAction]) -> list[UndoResult]:
        """Undo what was chosen."""
        return await undoing.take_back(self.app_state.bus, self.person, chosen)

    def operator(self, people: int = 1) -> Operator:
        """The controls in this person's name. Raises BusAway."""
        if not self.app_state.bus.up:
            raise BusAway
        return self.app_state.bus.operator(self.person, people)

    # the record and the policy

    async def record(self, sql: str) -> Sequence[dict[str, Any]]:
        """The answer to a question that says TENANTS where it has to be narrowed. Raises RecordProblem."""
        assert TENANTS in sql, "a question to the record that no tenant narrows"
        return await self.app_state.record.rows(sql.replace(TENANTS, tenant_condition(self.person)))

    async def record_of(
        self, tenant: str, sql: str, parameters: Mapping[str, Any] | None = None, timeout_s: float = TIMEOUT_S
    ) -> Sequence[dict[str, Any]]:
        """The answer to a question about one tenant, bound as ``{tenant:String}``; no rows for who does not see it."""
        assert "{tenant:String}" in sql, "a question to the record that no tenant narrows"
        if not self.person.sees(tenant):
            return ()
        return await self.app_state.record.rows(sql, {**(parameters or {}), "tenant": tenant}, timeout_s)

    async def policies(self) -> Versions:
        """The policy in force and the one before it, without what is for other tenants alone."""
        found = await versions(self.app_state.bus, self.app_state.settings.policy, self.app_state.logger)
        for stored in found.aside:
            self.app_state.live.aside.put(stored)
        return found.narrowed(lambda policy: policy_for(self.person, policy), notes=self.person.everywhere)

    # what changes

    def listening(self) -> AbstractContextManager[Listener]:
        """News of what this person sees. Raises TooManyListeners."""
        return self.app_state.fanout.listening(self.person.sees)

    @property
    def caught_up(self) -> bool:
        """True when what the log held has been read."""
        return self.app_state.live.caught_up

    def set_aside(self) -> int:
        """How many facts of theirs could not be read since the console looked."""
        return self.app_state.live.aside.count(self.person.sees)

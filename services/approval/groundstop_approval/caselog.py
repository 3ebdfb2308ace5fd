"""The log as cases use it: a change of a case or a grant is stored only if it follows the newest one its writer saw.

The server compares sequences, so two people who act on one case at the same moment never act on different states.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from groundstop import subjects
from groundstop.errors import RequestFailed
from groundstop.events import CaseDecided, CaseFact, CaseOpened, Fact
from groundstop.log import Log, PubAck
from groundstop.log.wire import (
    EXPECTED_SEQ,
    EXPECTED_SUBJECT,
    SCHEDULE,
    SCHEDULE_NEXT,
    SCHEDULE_TARGET,
    SCHEDULER,
)

from groundstop_approval.state import CaseState, fold

TRIES = 12
C = TypeVar("C", bound=CaseFact)


def changes_of(case: CaseFact) -> str:
    """The pattern of everything that happens to a case after it was opened."""
    return f"gs.case.*.{case.tenant}.{case.agent}.{case.intent}.{case.case_kind}.>"


class CaseLog(Log):
    """A Log with the three writes that cases need besides publish_once."""

    async def state(self, opened: CaseOpened) -> CaseState:
        """What the log says about a case now."""
        return fold(opened, await self.newest([changes_of(opened)]))

    async def follow(self, fact: CaseFact, state: CaseState) -> PubAck:
        """Store ``fact`` if nothing happened to the case since ``state``; a decision removes the expiry timer, too."""
        checks = {EXPECTED_SEQ: str(state.seq), EXPECTED_SUBJECT: changes_of(fact)}
        if isinstance(fact, CaseDecided):
            checks |= removing(fact)
        return await self.publish_checked(fact, checks)

    async def after(self, fact: Fact, seq: int, pattern: str) -> PubAck:
        """Store ``fact`` if ``seq`` is still the newest sequence that matches ``pattern``."""
        return await self.publish_checked(fact, {EXPECTED_SEQ: str(seq), EXPECTED_SUBJECT: pattern})

    async def change(
        self, opened: CaseOpened, move: Callable[[CaseState], C | None]
    ) -> tuple[C | None, CaseState, int]:
        """Apply ``move`` to the case as it is and store what it answers; asked again when somebody else was faster.

        Returns the fact (None when there was nothing to do), the state it was made from and its sequence. What ``move``
        raises is raised. Raises RequestFailed(unavailable) after TRIES lost races.
        """
        for _ in range(TRIES):
            state = await self.state(opened)
            fact = move(state)
            if fact is None:
                return None, state, state.seq
            ack = await self.follow(fact, state)
            if ack.stored:
                return fact, state, ack.seq
        raise RequestFailed("unavailable", f"case {opened.case} changed {TRIES} times meanwhile; try again")

    async def schedule_at(self, timer: Fact, target: str, at: datetime) -> PubAck:
        """Store ``timer`` now, once, and have the server store its target at ``at``."""
        when = at.isoformat().replace("+00:00", "Z")
        return await self.publish_checked(timer, {SCHEDULE: f"@at {when}", SCHEDULE_TARGET: target, EXPECTED_SEQ: "0"})

    async def opened(self, tenant: str, agent: str, intent: str, kind: str) -> CaseOpened | None:
        """The opening of one case."""
        return await self.last_fact(CaseOpened, subjects.subject("case.opened", tenant, agent, intent, kind))


def removing(fact: CaseFact) -> dict[str, str]:
    """Headers with which the server removes the case's expiry timer, if it is still there, as it stores ``fact``."""
    timer = subjects.subject("timer.case", fact.tenant, fact.agent, fact.intent, fact.case_kind.value)
    return {SCHEDULE_NEXT: "purge", SCHEDULER: timer}

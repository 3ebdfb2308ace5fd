"""The log as cases use it: a change of a case or a grant is stored only if it follows the newest one its writer saw.

The server compares sequences, so two people who act on one case at the same moment never act on different states.
"""

from collections.abc import Callable
from typing import TypeVar

from groundstop import subjects
from groundstop.errors import RequestFailed
from groundstop.events import CaseDecided, CaseFact, CaseOpened
from groundstop.log import Log, PubAck
from groundstop.vocabulary import ErrorCode

from groundstop_approval.domain.state import CaseState, fold

TRIES = 12
C = TypeVar("C", bound=CaseFact)


def changes_of(case: CaseFact) -> str:
    """The pattern of everything that happens to a case after it was opened."""
    return f"gs.case.*.{case.tenant}.{case.agent}.{case.intent}.{case.case_kind}.>"


class CaseLog(Log):
    """A Log that knows what a case is."""

    async def state(self, opened: CaseOpened) -> CaseState:
        """What the log says about a case now."""
        return fold(opened, await self.newest([changes_of(opened)]), self.fact)

    async def act(self, fact: CaseFact, state: CaseState) -> PubAck:
        """Store ``fact`` if nothing happened to the case since ``state``."""
        store = self.decide if isinstance(fact, CaseDecided) else self.follow
        return await store(fact, state.seq, changes_of(fact))  # type: ignore[arg-type]  # decide is there for decisions

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
            ack = await self.act(fact, state)
            if ack.stored:
                return fact, state, ack.seq
        raise RequestFailed(ErrorCode.UNAVAILABLE, f"case {opened.case} changed {TRIES} times meanwhile; try again")

    async def opened(self, tenant: str, agent: str, intent: str, kind: str) -> CaseOpened | None:
        """The opening of one case."""
        return await self.last_fact(CaseOpened, subjects.subject("case.opened", tenant, agent, intent, kind))

"""What people and agents ask of approval: cases, grants, hand-offs. Mixed into Client; see docs/reference/commands.md.

Every method raises RequestFailed with the codes listed there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.commands.cases import (
    BriefCase,
    Briefing,
    CaseRow,
    ClaimCase,
    ClaimState,
    DecidedMany,
    DecideManyCases,
    Decision,
    EditCase,
    EditedCase,
    FindCasesAlike,
    ReleaseCase,
    RespondToCase,
    WithdrawCase,
)
from groundstop.commands.grants import GiveGrant, Grant, ListGrants, RevokeGrant
from groundstop.commands.tasks import GivenBack, GiveTaskBack, HandedOff, HandOffTask
from groundstop.identity.faces import Face

__all__ = ["Face", "People"]


class Asks(Protocol):
    """What these methods need of a client."""

    tenant: str
    agent: str

    async def ask(self, command: Command[A]) -> A: ...


class People:
    """The commands of people as methods. Answers are the models of groundstop.commands."""

    async def briefing(self: Asks, case: str) -> Briefing:
        """What a person should know before deciding; it starts the clock of how long they read."""
        return await self.ask(BriefCase(case=case))

    async def edit(
        self: Asks, case: str, arguments: Mapping[str, Any], note: str, *, digest: str = "", dry_run: bool = False
    ) -> EditedCase:
        """Approve another call than was proposed. ``dry_run`` only says how it would be judged."""
        return await self.ask(EditCase(case=case, arguments=dict(arguments), note=note, digest=digest, dry_run=dry_run))

    async def respond(self: Asks, case: str, answer: Any, note: str = "") -> Decision:
        """Answer in the tool's place, or answer a question."""
        return await self.ask(RespondToCase(case=case, answer=answer, note=note))

    async def claim(self: Asks, case: str, *, take: bool = False) -> ClaimState:
        """Work on a case, so that nobody else does; ``take`` takes it from somebody."""
        return await self.ask(ClaimCase(case=case, take=take))

    async def release(self: Asks, case: str) -> ClaimState:
        """Let others have it."""
        return await self.ask(ReleaseCase(case=case))

    async def withdraw(self: Asks, case: str, note: str = "") -> Decision:
        """Take a proposal back; for its agent, its user and its owner."""
        return await self.ask(WithdrawCase(case=case, note=note))

    async def alike(self: Asks, case: str) -> list[CaseRow]:
        """Open cases that can be decided together with this one."""
        return list((await self.ask(FindCasesAlike(case=case))).cases)

    async def decide_many(self: Asks, cases: Sequence[str], verdict: str, note: str = "") -> DecidedMany:
        """Decide look-alikes in one go; each gets a decision of its own."""
        return await self.ask(DecideManyCases(cases=list(cases), verdict=verdict, note=note))

    async def grant(self: Asks, agent: str, tool: str, **terms: Any) -> Grant:
        """Give a standing grant; terms: condition, uses, ttl_s or until, note, tenant."""
        return await self.ask(GiveGrant(**{"tenant": self.tenant, **terms, "agent": agent, "tool": tool}))

    async def grants(self: Asks, *, ended: bool = False, **where: str) -> list[Grant]:
        """Grants in force, or all of them."""
        return list((await self.ask(ListGrants(all=ended, **where))).grants)

    async def revoke(self: Asks, grant: str, note: str) -> Grant:
        """End a grant at once."""
        return await self.ask(RevokeGrant(grant=grant, note=note))

    async def handoff(
        self: Asks, task: str, reason: str, *, agent: str = "", user: str = "", handoff: str = ""
    ) -> HandedOff:
        """Ask for a person. When it returns, nothing of the task executes until it is given back.

        The answer's ``handoff`` is an id whose outcome says what came of it: ``await client.outcome_of(...)``. With an
        id of its own (``handoff``) the request may be repeated.
        """
        whose = agent or self.agent
        return await self.ask(
            HandOffTask(tenant=self.tenant, task=task, reason=reason, agent=whose, user=user, id=handoff)
        )

    async def give_back(self: Asks, case: str, note: str) -> GivenBack:
        """End the pause of a handed-off task."""
        return await self.ask(GiveTaskBack(case=case, note=note))

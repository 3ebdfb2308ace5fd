"""The grants in force, a fold over the log; each use is checked and counted by the log itself."""

from collections.abc import Iterator
from datetime import datetime

from groundstop.bus.keys import Keys
from groundstop.catalogue import Catalogue
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.events import GrantUsed, IntentAdmitted, Need
from groundstop.log import Stored
from groundstop.log.follow import Follower
from groundstop.vocabulary import ErrorCode
from structlog.typing import FilteringBoundLogger

from groundstop_approval.domain.grants import (
    GrantState,
    after,
    fold,
    giver_of,
    use,
    why_giver_not,
    why_not,
    why_tool_not,
)
from groundstop_approval.domain.people import Directory
from groundstop_approval.projections.case_log import TRIES, CaseLog


class Grants:
    """Every grant by id, and the ways to use and to end one."""

    def __init__(
        self,
        log: CaseLog,
        clock: Clock,
        logger: FilteringBoundLogger,
        directory: Directory,
        catalogue: Catalogue,
        keys: Keys,
    ) -> None:
        self._directory = directory
        self._catalogue = catalogue
        self._keys = keys
        self._log = log
        self._clock = clock
        self._logger = logger
        self._known: dict[str, GrantState] = {}
        self._follower = Follower(log, ("gs.grant.>",), self.apply, logger)

    async def start(self) -> None:
        """Fold what the log holds, then keep following it."""
        await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def apply(self, stored: Stored) -> None:
        """Fold one fact in."""
        grant = stored.subject.split(".")[5]
        state = after(self._known.get(grant), stored, self._log.believed)
        if state is not None:
            self._known[grant] = state

    def all(self) -> Iterator[GrantState]:
        """Every grant, oldest first."""
        return iter(self._known.values())

    async def find(self, name: str) -> GrantState:
        """The grant ``name`` or the only one that begins so, as the log has it. Raises RequestFailed."""
        meant = [grant for grant in self._known if grant == name or (name and grant.startswith(name))]
        if len(meant) > 1 and name not in meant:
            raise RequestFailed(ErrorCode.AMBIGUOUS, f"{name!r} may mean {', '.join(meant[:5])}")
        if not meant:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"no grant {name!r}")
        return await self.now(self._known[name if name in meant else meant[0]])

    async def now(self, state: GrantState) -> GrantState:
        """The grant as the log has it at this moment."""
        return fold(await self._log.newest([state.given.changes()]), self._log.fact) or state

    async def cover(self, held: IntentAdmitted, need: Need) -> bool:
        """True when a grant covers the intent and its use is recorded, now or by an earlier delivery."""
        key = (held.tenant, held.agent, held.call.tool)
        for known in list(self._known.values()):
            if (known.given.tenant, known.given.agent, known.given.tool) == key and await self._use(known, held, need):
                return True
        return False

    async def _use(self, known: GrantState, held: IntentAdmitted, need: Need) -> bool:
        for _ in range(TRIES):
            state = await self.now(known)
            if any(used.cleared_intent == held.intent for used in state.uses):
                return True
            now = self._clock()
            if why := self._why_not(state, held, need, now):
                self._logger.info("grant_does_not_cover", grant=state.given.grant, intent=held.intent, why=why)
                return False
            fact: GrantUsed = use(state, held, now)
            # The server stores it only if nothing was used or revoked since `state`: never one use too many.
            if (await self._log.follow(fact, state.seq, fact.changes())).stored:
                self._logger.info("grant_used", grant=fact.grant, number=fact.number)
                return True
        return False

    def _why_not(self, state: GrantState, held: IntentAdmitted, need: Need, now: datetime) -> str:
        given = state.given
        giver = giver_of(given, self._directory)
        if self._keys.ended(given.by, now):
            return f"the identity of {given.by} was revoked"
        return (
            why_not(state, held.proposal, held.call, held.judgement, need, now, giver)
            or why_giver_not(given, held.proposal, giver, self._directory)
            or why_tool_not(given, held.call, self._catalogue.get(held.call.tool))
        )

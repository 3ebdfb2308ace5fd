"""Carries out a plan: the next attempt, the check of an unclear effect, or the last outcome."""

from groundstop.bus.message import Delivery, Wait
from groundstop.catalogue import Catalogue, Tool
from groundstop.events import IntentCleared, Outcome
from groundstop.vocabulary import Reason, Status

from groundstop_executor.attempt.claims import RUNNING_WAIT_S, Claims, halted_wait
from groundstop_executor.attempt.lifecycle import AttemptLifecycle
from groundstop_executor.attempt.records import Facts, Records
from groundstop_executor.attempt.runner import AttemptRunner
from groundstop_executor.attempt.task_pauses import TaskPauses
from groundstop_executor.breakers import Breakers
from groundstop_executor.domain import (
    NO_ATTEMPTS,
    Attempts,
    End,
    Failure,
    Lost,
    Nothing,
    Plan,
    Probe,
    Start,
    StillRunning,
    after,
    may_repeat,
    target_of,
)

BROKEN_WAIT_S_MAX = 2.0


class PlanExecution:
    """Carries out the plans of one executor (groundstop_executor.domain)."""

    def __init__(
        self,
        lifecycle: AttemptLifecycle,
        catalogue: Catalogue,
        attempt_runner: AttemptRunner,
        claims: Claims,
        records: Records,
        breakers: Breakers,
        pauses: TaskPauses,
    ) -> None:
        self._lifecycle = lifecycle
        self._catalogue = catalogue
        self._attempt_runner = attempt_runner
        self._claims = claims
        self._records = records
        self._breakers = breakers
        self._pauses = pauses

    async def execute(
        self, move: Plan, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts, delivery: Delivery
    ) -> Facts:
        """What is to be recorded last, if anything. Raises Wait when it has to be asked for again."""
        match move:
            case Nothing():
                return None
            case End():
                return await self._ended(move, cleared, chain[0], attempts)
            case StillRunning():
                raise Wait(RUNNING_WAIT_S)
            case Lost():
                return await self._lost(move.attempt, cleared, chain, attempts)
            case Probe():
                return await self._probe(move, cleared, chain, attempts, delivery)
            case Start(wait_s=wait_s) if wait_s > 0:
                raise Wait(wait_s)
            case Start():
                tool = self._usable(move.tool, chain, attempts)
                return await self._lifecycle.attempt(move.attempt, cleared, tool, chain, attempts, delivery)

    def end(self, cleared: IntentCleared, end: End, attempts: Attempts = NO_ATTEMPTS) -> Outcome:
        """The outcome of what was not done, or not certainly."""
        return self._records.end(cleared, end, attempts.newest, attempts.tried)

    async def _ended(self, end: End, cleared: IntentCleared, tool: Tool, attempts: Attempts) -> Facts:
        """The last word: a person is asked where the tool wants one, and the rest of the task waits where it should."""
        if end.used_up and tool.manual:
            return self._records.exhausted(cleared, end, attempts.newest)
        outcome = self.end(cleared, end, attempts)
        await self._pauses.after(outcome, tool)
        return outcome

    def _usable(self, name: str, chain: tuple[Tool, ...], attempts: Attempts) -> Tool:
        """The tool ``name``, or while it is broken the next fallback that is not. Raises Wait when all are."""
        at = next((place for place, tool in enumerate(chain) if tool.name == name), 0)
        last = at + 1 if attempts.uncertain else len(chain)
        for tool in chain[at:last]:
            if self._breakers.wait_s(tool.name) == 0.0:
                return tool
        raise Wait(min(self._breakers.wait_s(chain[at].name), BROKEN_WAIT_S_MAX))

    async def _lost(self, attempt: int, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts) -> Facts:
        """Somebody died between claim and record. Never guess: repeat what may be repeated, else find out or say so."""
        started = attempts.started[attempt]
        tool = self._catalogue.get(started.tool) or chain[0]
        message = f"executor {started.executor} was lost during attempt {attempt}"
        failure = Failure(Reason.EXECUTOR_LOST, message, uncertain=True)
        if not may_repeat(tool) and not tool.verify:
            return await self._ended(End(Status.UNKNOWN, failure.reason_code, message), cleared, tool, attempts)
        following = after(failure, attempts, chain, tool)
        retry_in_s = None if following.ceiling_s is None else 0.0
        await self._records.failed(cleared, tool, attempt, failure, retry_in_s)
        raise Wait(0.0)

    async def _probe(
        self, move: Probe, cleared: IntentCleared, chain: tuple[Tool, ...], attempts: Attempts, delivery: Delivery
    ) -> Facts:
        """Did it happen? A yes is the outcome, a no lets it go on, and nobody guesses otherwise."""
        if self._claims.halted(target_of(cleared)):
            raise halted_wait(delivery.tries)
        if move.wait_s > 0:
            raise Wait(move.wait_s)
        tool = self._catalogue.get(attempts.failed[attempts.newest].tool) or chain[0]
        answer = await self._attempt_runner.verify(tool, cleared, attempts.newest, None)
        if answer is None:
            reason = f"{move.reason}; {tool.name} could not tell whether it took effect"
            return await self._ended(End(Status.UNKNOWN, Reason.EFFECT_UNKNOWN, reason), cleared, tool, attempts)
        if answer:
            return self._records.succeeded(cleared, tool, attempts, None, reason_code=Reason.VERIFIED, verified=True)
        return await self.execute(move.otherwise, cleared, chain, attempts, delivery)

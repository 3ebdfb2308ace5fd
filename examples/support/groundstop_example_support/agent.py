"""The agent: works through the tickets of a day, proposing every tool call to Groundstop and doing none itself.

It works at a few tickets at a time. A proposal that waits for a person gives its place at the desk to the next ticket;
the ticket goes on when the outcome comes.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import Outcome
from groundstop.vocabulary import Status
from pydantic import ValidationError

from groundstop_example_support.tickets import Day, Step, Ticket, filled

World = Callable[[Mapping[str, Any]], Awaitable[None]]


class Handle(Protocol):
    """A submitted intent."""

    @property
    def intent(self) -> str:
        """Its id."""

    async def outcome(self, timeout_s: float) -> Outcome:
        """The outcome. Raises TimeoutError when there is none yet; may be asked again."""


class Client(Protocol):
    """What the agent needs of Groundstop: groundstop.client.Client has it."""

    async def submit(
        self,
        tool: str,
        arguments: dict[str, Any],
        *,
        task: str,
        step: int,
        confidence: float | None,
        reasoning: str,
        assumptions: Sequence[str],
        user: str,
    ) -> Handle:
        """Propose a call. Raises BadInput or ValidationError for what cannot even be proposed."""

    async def turn(self, text: str, *, task: str, user: str) -> str:
        """Record what the customer wrote: whom they are and what they want comes from there."""

    async def feedback(self, intent: str, rating: str, comment: str = "") -> bool:
        """Pass on the customer's thumb, ``up`` or ``down``."""


class Spectator(Protocol):
    """Who watches the agent work; groundstop_example_support.narrate.Narrator says it in words."""

    def opened(self, ticket: Ticket) -> None:
        """The agent takes a ticket."""

    def happened(self, ticket: Ticket, world: Mapping[str, Any]) -> None:
        """A system changes its behaviour."""

    def waiting(self, ticket: Ticket, step: Step, intent: str) -> None:
        """A proposal has no outcome yet; the agent turns to other tickets."""

    def ended(self, ticket: Ticket, step: Step, ending: "Ending") -> None:
        """A proposal has its outcome."""

    def closed(self, ticket: Ticket, finished: bool) -> None:
        """The ticket is worked off, or given up."""

    def quiet(self, tally: "Tally") -> None:
        """Only people can move what is left; the agent waits for them."""


@dataclass(frozen=True)
class Ending:
    """How a proposal ended: the part of an outcome that the agent reacts to."""

    status: Status
    reason: str = ""
    result: Any = None
    attempts: int = 0
    retry_after_s: float | None = None
    intent: str = ""

    @classmethod
    def of(cls, outcome: Outcome) -> "Ending":
        """From the fact."""
        return cls(
            status=outcome.status,
            reason=outcome.reason,
            result=outcome.result,
            attempts=outcome.attempts,
            retry_after_s=outcome.retry_after_s,
            intent=outcome.intent,
        )


@dataclass(frozen=True)
class Manner:
    """How the agent works. Times in seconds."""

    at_once: int = 4
    think_s: float = 0.4
    patience_s: float = 2.0
    give_up_s: float = 86_400.0
    throttled_max_s: float = 10.0
    settle_s: float = 6.0


@dataclass
class Tally:
    """What became of the day: endings counted, tickets that still wait, and all intents in order of submission."""

    endings: Counter[Status] = field(default_factory=Counter)
    waiting: dict[str, str] = field(default_factory=dict)
    intents: list[str] = field(default_factory=list)


class Agent:
    """Works one day. ``run`` makes the tasks of this day differ from those of any other.

    ``senders`` is whose mail a ticket is, by order: what the ticket's letter says in its From line.
    """

    def __init__(
        self,
        client: Client,
        day: Day,
        spectator: Spectator,
        world: World,
        clock: Clock,
        run: str,
        manner: Manner | None = None,
        senders: Mapping[str, str] | None = None,
    ) -> None:
        self._client, self._day, self._spectator, self._world = client, day, spectator, world
        self._clock, self._run, self._manner = clock, run, manner or Manner()
        self._senders = senders or {}
        self._desk = asyncio.Semaphore(self._manner.at_once)
        self._moved = asyncio.Event()
        self._last: dict[str, str] = {}
        self.tally = Tally()

    async def work(self, *, stay: bool = True) -> Tally:
        """Work all tickets. With ``stay`` until the last has ended; else until only people can move what is left."""
        tasks = [asyncio.create_task(self._work(ticket)) for ticket in self._day.tickets]
        for task in tasks:
            task.add_done_callback(lambda _: self._moved.set())
        try:
            await self._watch_over(tasks, stay)
        finally:
            for task in tasks:
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return self.tally

    async def _watch_over(self, tasks: Sequence["asyncio.Task[None]"], stay: bool) -> None:
        """Return when all is done or, unless we ``stay``, when nothing that only waits has moved for ``settle_s``."""
        said: dict[str, str] = {}
        while open_tasks := [task for task in tasks if not task.done()]:
            waiting = self.tally.waiting
            only_waiting = len(open_tasks) <= len(waiting) and waiting != said
            self._moved.clear()
            try:
                async with asyncio.timeout(self._manner.settle_s if only_waiting else None):
                    await self._moved.wait()
            except TimeoutError:
                if not stay:
                    return
                said = dict(waiting)
                self._spectator.quiet(self.tally)

    async def _work(self, ticket: Ticket) -> None:
        async with self._desk:
            self._spectator.opened(ticket)
            sender = self._senders.get(ticket.order, "")
            letter = f"From: {sender}\nSubject: {ticket.subject}\n\n{ticket.text}"
            await self._client.turn(letter, task=self._task(ticket), user=sender)
            known = {"order": ticket.order, "text": ticket.text}
            finished = await self._steps(ticket, list(ticket.steps), known)
            await self._thumb(ticket, finished)
            self._spectator.closed(ticket, finished)

    async def _thumb(self, ticket: Ticket, finished: bool) -> None:
        """The customer's own: content when the ticket was worked off. Said of what was done last for it."""
        if last := self._last.get(ticket.id):
            await self._client.feedback(last, "up" if finished else "down", ticket.subject)

    def _task(self, ticket: Ticket) -> str:
        return f"{ticket.id}-{self._run}"

    async def _steps(self, ticket: Ticket, steps: list[Step], known: dict[str, Any]) -> bool:
        """Take the steps in turn; a reaction goes before what is left. False when the agent gives the ticket up."""
        left = [single for step in steps for single in step.proposals()]
        number = 0
        while left:
            step, *left = left
            if step.world is not None:
                await self._let_happen(ticket, filled(step.world, known))
                continue
            number += 1
            asked = step.model_copy(update={"arguments": filled(step.arguments, known)})
            ending = await self._propose(ticket, asked, number)
            if ending is None:
                return False
            if isinstance(ending.result, Mapping):
                known.update(ending.result)
            reaction = self._day.reaction(step, ending.status)
            if reaction is None:
                return False
            if not ending.status.good:
                # Whoever was told no does not say the same thing again: the rest of the series goes, the ticket stays.
                left = _without_series(left, step)
            left = [*(single for more in reaction for single in more.proposals()), *left]
        return True

    async def _let_happen(self, ticket: Ticket, world: Mapping[str, Any]) -> None:
        self._spectator.happened(ticket, world)
        await self._world(world)

    async def _propose(self, ticket: Ticket, step: Step, number: int) -> Ending | None:
        """Propose until it is not throttled any more; None when no outcome came before the agent gave up."""
        for again in range(step.again + 1):
            await self._clock.sleep(self._manner.think_s)
            ending = await self._submit(ticket, step, number)
            if ending is None:
                return None
            self.tally.endings[ending.status] += 1
            self._spectator.ended(ticket, step, ending)
            wait_s = ending.retry_after_s or 0.0
            if ending.status is not Status.THROTTLED or again == step.again or wait_s > self._manner.throttled_max_s:
                break
            await self._clock.sleep(wait_s)
        return ending

    async def _submit(self, ticket: Ticket, step: Step, number: int) -> Ending | None:
        try:
            handle = await self._client.submit(
                step.tool,
                step.arguments,
                task=self._task(ticket),
                step=number,
                confidence=step.confidence,
                reasoning=step.reasoning,
                assumptions=step.assumptions,
                user=ticket.order,
            )
        except (BadInput, ValidationError) as error:
            return Ending(Status.REFUSED, str(error))
        self.tally.intents.append(handle.intent)
        self._last[ticket.id] = handle.intent
        try:
            return Ending.of(await handle.outcome(self._manner.patience_s))
        except TimeoutError:
            return await self._outcome_later(ticket, step, handle)

    async def _outcome_later(self, ticket: Ticket, step: Step, handle: Handle) -> Ending | None:
        """Leave the desk to others until the outcome comes."""
        self._spectator.waiting(ticket, step, handle.intent)
        self.tally.waiting[ticket.id] = handle.intent
        self._desk.release()
        self._moved.set()
        try:
            ending = Ending.of(await handle.outcome(self._manner.give_up_s))
        except TimeoutError:
            ending = None
        finally:
            await self._desk.acquire()
        # What is cancelled while it waits stays in the list of what waits.
        del self.tally.waiting[ticket.id]
        self._moved.set()
        return ending


def _without_series(left: list[Step], step: Step) -> list[Step]:
    """``left`` without its beginning that repeats ``step`` exactly."""
    for index, other in enumerate(left):
        if other != step:
            return left[index:]
    return []

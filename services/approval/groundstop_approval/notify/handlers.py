"""From facts to messages: each target is told of each event once, and that is recorded.

A message that a target does not take is tried again, later and later; then it is recorded that it was not delivered.
The fact waits meanwhile in the notifier's own durable, so nothing else waits for it and a restart loses nothing.
Between delivery and record there is a gap that no protocol closes: a kill there repeats the message, its key the same.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from groundstop import subjects
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery, Wait
from groundstop.clock import Clock
from groundstop.events import (
    CaseDecided,
    CaseEscalated,
    CaseFact,
    CaseOpened,
    CaseReminded,
    Control,
    Fact,
    NotificationSent,
    Outcome,
    ReviewerAlarmed,
)
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.loops import TaskSet
from structlog.typing import FilteringBoundLogger

from groundstop_approval.domain.notifications import Notifications
from groundstop_approval.domain.people import Directory
from groundstop_approval.notify.affected import affected
from groundstop_approval.notify.deliver import NotDelivered, channel, deliver
from groundstop_approval.notify.plan import Note, notes
from groundstop_approval.notify.text import Event, event_of, words

ACTOR = "notifier"
AT_ONCE = 8
STOP_S = 12.0
TOO_OLD = timedelta(days=1)
BACKOFF_S = 0.5
BACKOFF_MAX_S = 300.0
TASKS_SHOWN = 20

Send = Callable[[Note, Event, str, str, datetime], None]
MODELS: tuple[type[Fact], ...] = (
    CaseOpened,
    CaseReminded,
    CaseEscalated,
    CaseDecided,
    Outcome,
    Control,
    ReviewerAlarmed,
)


class Notifier:
    """Tells the targets of ``settings``. ``send`` delivers one message and is run in a thread."""

    def __init__(
        self,
        log: Log,
        settings: Notifications,
        directory: Directory,
        clock: Clock,
        logger: FilteringBoundLogger,
        send: Send = deliver,
    ) -> None:
        self._log = log
        self._settings = settings
        self._directory = directory
        self._clock = clock
        self._logger = logger
        self._send = send
        self._room = asyncio.Semaphore(AT_ONCE)
        self._sending = TaskSet()

    async def start(self) -> None:
        """Nothing to begin: facts arrive by the consumer."""

    async def stop(self) -> None:
        """Let what is being delivered be recorded: a message cut off between the two would be sent again."""
        await self._sending.wait(STOP_S)

    def routes(self) -> dict[str, Route]:
        """One handler for every kind of fact that somebody may be told of."""
        return {model.kind: Route(model, self.on_fact) for model in MODELS}

    async def on_fact(self, fact: Fact, delivery: Delivery) -> None:
        """Tell everybody who has not been told. Raises Wait while a target does not answer."""
        if not self._settings.rules or self._clock() - fact.at > TOO_OLD:
            return
        opened = await self._opened(fact)
        event = event_of(fact, opened)
        if event is None or not any(event.name in rule.events for rule in self._settings.rules):
            return
        people, tasks = await self._affected(fact)
        planned = notes(event, opened, people, self._settings, self._directory)
        shown = ", ".join(tasks[:TASKS_SHOWN])
        title, body = words(event, self._settings, {"tasks": f"Tasks: {shown}" if shown else ""})
        works = [self._sending.start(self._tell(note, event, title, body, delivery.tries)) for note in planned]
        told = await asyncio.gather(*(asyncio.shield(work) for work in works))
        if not all(told):
            raise Wait(min(BACKOFF_MAX_S, BACKOFF_S * 2.0 ** min(delivery.tries, 20)))

    async def _opened(self, fact: Fact) -> CaseOpened | None:
        if isinstance(fact, CaseOpened):
            return fact
        if not isinstance(fact, CaseFact):
            return None
        where = (fact.tenant, fact.agent, fact.intent, fact.case_kind.value)
        return await self._log.last_fact(CaseOpened, subjects.subject("case.opened", *where))

    async def _affected(self, fact: Fact) -> tuple[list[str], list[str]]:
        if not isinstance(fact, Control):
            return [], []
        return await affected(self._log, fact, self._directory)

    async def _tell(self, note: Note, event: Event, title: str, body: str, tries: int) -> bool:
        """True when the target has been told, now or before, or has been given up."""
        if await self._log.last(subjects.notification(note.key)) is not None:
            return True
        error = ""
        async with self._room:
            try:
                await asyncio.to_thread(self._send, note, event, title, body, self._clock())
            except NotDelivered as problem:
                error = str(problem)
        if error and tries < self._settings.tries_max:
            self._logger.warning("not_delivered", target=note.target, event_name=event.name, tries=tries, error=error)
            return False
        await self._log.publish_once(self._sent(note, event, tries, error))
        return True

    def _sent(self, note: Note, event: Event, tries: int, error: str) -> NotificationSent:
        return NotificationSent(
            id=derived_id(note.key, "notification.sent"),
            at=self._clock(),
            cause=event.id,
            actor=ACTOR,
            key=note.key,
            event=event.name,
            event_id=event.id,
            target=note.target,
            channel=channel(note.where),
            about=event.about,
            ok=not error,
            tries=tries,
            error=error,
        )

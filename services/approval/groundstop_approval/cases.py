"""The inbox: open cases, a fold over the log that follows it. Every replica has its own; none owns anything."""

import asyncio
import contextlib
from collections.abc import Iterable

from groundstop import subjects
from groundstop.events import CaseDecided, CaseOpened
from groundstop.log import Log, Stored
from groundstop.words import CaseKind
from structlog.typing import FilteringBoundLogger

FOLLOWED = (*(subjects.pattern("case.opened", kind) for kind in CaseKind), subjects.pattern("case.decided"))


def case_id_parts(case: str) -> tuple[str, CaseKind] | None:
    """Intent and kind of a case id (``<intent>-<kind>``), or None when it has no such form."""
    intent, _, kind = case.rpartition("-")
    return (intent, CaseKind(kind)) if intent and kind in tuple(CaseKind) else None


class Cases:
    """Open cases by id, oldest first."""

    def __init__(self, log: Log, logger: FilteringBoundLogger) -> None:
        self._log = log
        self._logger = logger
        self._open: dict[str, CaseOpened] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fold what the log holds, then keep following it."""
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._follow(ready), name="cases")
        await ready.wait()

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self, ready: asyncio.Event) -> None:
        async with self._log.read(patterns=FOLLOWED) as reader:
            async for stored in reader.until_now():
                self.apply(stored)
            ready.set()
            self._logger.info("cases_folded", open=len(self._open))
            async for stored in reader:
                self.apply(stored)

    def apply(self, stored: Stored) -> None:
        """Fold one fact in."""
        if stored.subject.startswith("gs.case.opened."):
            opened = CaseOpened.model_validate_json(stored.payload)
            self._open[opened.case] = opened
        else:
            self._open.pop(CaseDecided.model_validate_json(stored.payload).case, None)

    def all(self) -> Iterable[CaseOpened]:
        """The open cases, oldest first."""
        return self._open.values()

    def find(self, name: str) -> list[CaseOpened]:
        """The open cases that ``name`` may mean: a case id, an intent id, or the beginning of one."""
        if exact := self._open.get(name):
            return [exact]
        return [opened for case, opened in self._open.items() if opened.intent == name or case.startswith(name)]

"""A fold over the log that keeps following it: what every projection in a service is made of."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from groundstop.errors import BadInput
from groundstop.log import Log, Stored
from groundstop.log.set_aside import SetAside
from groundstop.loops import keep
from groundstop.vocabulary import Reason
from structlog.typing import FilteringBoundLogger

Apply = Callable[[Stored], None]
UNKNOWN_MAX = 1000
"""Facts that wait for a list which names their signer."""


def passing_over(apply: Apply, logger: FilteringBoundLogger, aside: SetAside | None = None) -> Apply:
    """``apply``, but what it cannot take is logged and left out.

    A fact is never deleted: one that ended a fold would end it again at every start, and the projection would stand
    still for good. Whoever decides by a fact reads it from the log again, and judges it there.
    """

    def tried(stored: Stored) -> None:
        try:
            apply(stored)
        except Exception as error:
            if aside is not None:
                aside.note(stored, error)
            logger.error("fact_passed_over", seq=stored.seq, subject=stored.subject[:200], error=repr(error)[:500])

    return tried


class Follower:
    """Hands every matching fact to ``apply``, in order: first what the log holds, then what comes.

    ``from_seq`` or ``since`` (seconds since 1970) leaves out what is older. A fact that ``apply`` raises at is passed
    over with a log line; should following itself end by an error, so does the process.
    """

    def __init__(
        self,
        log: Log,
        patterns: Sequence[str],
        apply: Apply,
        logger: FilteringBoundLogger,
        *,
        from_seq: int = 1,
        since: float | None = None,
    ) -> None:
        self._log = log
        self._patterns = patterns
        self._take = apply
        self._apply = passing_over(self._or_wait, logger, log.aside)
        self._unknown: deque[Stored] = deque(maxlen=UNKNOWN_MAX)
        self._logger = logger
        self._from_seq = from_seq
        self._since = since
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when what the log holds is folded in. Raises what reading raised meanwhile."""
        caught_up = asyncio.Event()
        if self._log.belief is not None:
            self._log.belief.listen(self._again)
        self._following = asyncio.create_task(self._follow(caught_up), name=f"follow {' '.join(self._patterns)[:80]}")
        waiting = asyncio.create_task(caught_up.wait())
        await asyncio.wait((self._following, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._following.done():
            self._following.result()
        keep(self._following, self._logger)

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def _or_wait(self, stored: Stored) -> None:
        """A key that nobody has heard of may have been issued a moment ago: its list is on the way."""
        try:
            self._take(stored)
        except BadInput as error:
            if error.reason is Reason.UNKNOWN_SIGNER:
                self._unknown.append(stored)
            raise

    def _again(self) -> None:
        waiting = list(self._unknown)
        self._unknown.clear()
        for stored in waiting:
            self._log.aside.take_back(stored)
            self._apply(stored)

    async def _follow(self, caught_up: asyncio.Event) -> None:
        async with self._log.read(self._from_seq, self._patterns, since=self._since) as reader:
            async for stored in reader.until_now():
                self._apply(stored)
            caught_up.set()
            async for stored in reader:
                self._apply(stored)

"""A circuit breaker per tool, shared by all executors through the log.

Several failures in a row break a tool: nobody starts it until a time that the fact names. After that one attempt at a
time per executor probes it; one success mends it, one failure breaks it again for twice as long. Failures are counted
where they happen; that a tool is broken is a fact, folded by everybody.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import BreakerFact, ToolBroken, ToolMended
from groundstop.ids import derived_id
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower, passing_over
from groundstop.log.wire import EXPECTED_SEQ, EXPECTED_SUBJECT
from groundstop.loops import TaskSet
from structlog.typing import FilteringBoundLogger

FAILURES_MAX = 5
OPEN_S = 5.0
OPEN_S_MAX = 300.0
PROBE_S = 1.0
"""After its time is up a broken tool gets one attempt in so many seconds, per executor."""
PATTERNS = ("gs.tool.broken.*", "gs.tool.mended.*")


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one tool. ``seq`` is the newest fact about it, ``failures`` those in a row seen here."""

    seq: int = 0
    until: datetime | None = None
    opened: int = 0
    failures: int = 0
    probed_at: float = -1e9


def open_s(opened: int) -> float:
    """How long a tool stays broken when it is found so for the ``opened``-th time in a row."""
    return min(OPEN_S_MAX, OPEN_S * 2.0 ** (opened - 1))


class Breakers:
    """All breakers, as this executor sees them. ``worked`` and ``wait_s`` are on the way of every attempt: no I/O."""

    def __init__(self, name: str, log: Log, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._name = name
        self._log = log
        self._clock = clock
        self._logger = logger
        self._breakers: dict[str, Breaker] = {}
        self._follower: Follower | None = None
        self._tasks = TaskSet()

    async def start(self) -> None:
        """Read what is broken now, then follow."""
        learn = passing_over(self.learn, self._logger, self._log.aside)
        newest = await self._log.newest(PATTERNS)
        for stored in newest:
            learn(stored)
        behind = 1 + max((stored.seq for stored in newest), default=0)
        self._follower = Follower(self._log, PATTERNS, self.learn, self._logger, from_seq=behind)
        await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        if self._follower is not None:
            await self._follower.stop()
        await self._tasks.stop()

    def gauges(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters: 1 while a tool is broken, and its failures in a row as seen here."""
        for tool, known in list(self._breakers.items()):
            yield "breaker_open", {"tool": tool}, float(known.until is not None)
            yield "tool_failures_in_a_row", {"tool": tool}, float(known.failures)

    def learn(self, stored: Stored) -> None:
        """Take in one fact; an older one than is known changes nothing."""
        model = ToolBroken if stored.subject.startswith("gs.tool.broken.") else ToolMended
        fact: BreakerFact = model.model_validate_json(stored.payload)
        known = self._breakers.get(fact.tool, Breaker())
        if stored.seq <= known.seq:
            return
        if isinstance(fact, ToolBroken):
            self._breakers[fact.tool] = Breaker(stored.seq, fact.until, fact.opened)
        else:
            self._breakers[fact.tool] = Breaker(stored.seq)

    def wait_s(self, tool: str) -> float:
        """0 when ``tool`` may be started now, otherwise seconds until it is worth asking again.

        A broken tool whose time is up is given to the first who asks, as the probe.
        """
        known = self._breakers.get(tool)
        if known is None or known.until is None:
            return 0.0
        left_s = (known.until - self._clock()).total_seconds()
        if left_s > 0:
            return left_s
        now = self._clock.monotonic()
        if now - known.probed_at < PROBE_S:
            return PROBE_S
        self._breakers[tool] = replace(known, probed_at=now)
        return 0.0

    def worked(self, tool: str) -> None:
        """An attempt succeeded."""
        known = self._breakers.get(tool)
        if known is None or (known.until is None and known.failures == 0):
            return
        self._breakers[tool] = replace(known, failures=0)
        if known.until is not None:
            mended = ToolMended(tool=tool, **self._head(tool, known, "mended"))
            self._tasks.keep(self._mended(mended, known), "breakers", self._logger)

    async def _mended(self, mended: ToolMended, known: Breaker) -> None:
        """What the log does not take now is written at the next success: the tool counts as broken until then."""
        with contextlib.suppress(GroundstopError):
            await self._write(mended, known)

    async def failed(self, tool: str, error: str) -> None:
        """An attempt failed in a way that another try may mend. Enough of them in a row break the tool."""
        known = self._breakers.get(tool, Breaker())
        known = self._breakers[tool] = replace(known, failures=known.failures + 1)
        half_open = known.until is not None and self._clock() >= known.until
        if not half_open and (known.until is not None or known.failures < FAILURES_MAX):
            return
        opened = known.opened + 1
        broken = ToolBroken(
            tool=tool,
            until=self._clock() + timedelta(seconds=open_s(opened)),
            failures=known.failures,
            opened=opened,
            error=error[:2000],
            **self._head(tool, known, "broken"),
        )
        with contextlib.suppress(GroundstopError):
            await self._write(broken, known)

    def _head(self, tool: str, known: Breaker, what: str) -> dict[str, object]:
        return {
            "id": derived_id(f"{tool}:{known.seq}", f"tool.{what}"),
            "at": self._clock(),
            "actor": self._name,
        }

    async def _write(self, fact: BreakerFact, known: Breaker) -> None:
        """Only behind the newest fact we know: of several executors that find the same, one writes it."""
        checks = {
            EXPECTED_SEQ: str(known.seq),
            EXPECTED_SUBJECT: f"gs.tool.*.{subjects.tool_token(fact.tool)}",
        }
        ack = await self._log.publish_checked(fact, checks)
        if ack.stored:
            self.learn(Stored(fact.subject(), ack.seq, 0, fact.model_dump_json().encode()))

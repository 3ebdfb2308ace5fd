"""From the log into the ledger. The ledger's own end is the only cursor there is."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.log import Log, Stored
from groundstop.log.reader import Reader
from groundstop.loops import supervised_task
from groundstop.record.chain import ChainTip, chained
from groundstop.subjects import CHAIN_WRITER
from structlog.typing import FilteringBoundLogger

from groundstop_audit.domain import rows
from groundstop_audit.heads import Heads
from groundstop_audit.leader import RecordLeader, Superseded
from groundstop_audit.ledger import Ledger
from groundstop_audit.sealer import Sealer

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
DRAIN_S = 5.0
QUIET_S = 3.0
"""How long a writer that does not answer must not have written before its place is taken."""
WINDOW = 8192
"""How many messages are read ahead while a batch is being inserted."""
INSERT_BYTES_MAX = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows ready to be inserted as one part, and the chain's tip behind them."""

    rows: list[bytes]
    after: int
    """The sequence that they follow."""
    tip: ChainTip
    telling: int
    """How many of the rows are more than the record speaking of itself (signed heads)."""
    logged_ns: int


def batches(messages: list[Stored], tip: ChainTip, now: datetime) -> Iterator[Batch]:
    """The rows of ``messages`` chained to ``tip``, in batches that one insert can carry."""
    for begin, end in pairwise(_cuts(messages)):
        part = messages[begin:end]
        after = tip.seq
        made, tip = chained(rows(part, after, now), tip)
        telling = sum(not message.subject.startswith("gs.chain.") for message in part)
        yield Batch(made, after, tip, telling, part[-1].time_ns)


def _cuts(messages: list[Stored]) -> Iterator[int]:
    """Where to cut so that no batch is larger than INSERT_BYTES_MAX, unless one message alone is."""
    size = 0
    yield 0
    for number, message in enumerate(messages):
        size += len(message.payload) + 512
        if size > INSERT_BYTES_MAX and number:
            yield number
            size = len(message.payload) + 512
    if messages:
        yield len(messages)


class Writer:
    """Reads and builds rows while a batch is being inserted; ``batch`` messages at most, or what came in ``wait_s``."""

    def __init__(
        self,
        log: Log,
        ledger: Ledger,
        heads: Heads,
        sole: RecordLeader,
        sealer: Sealer,
        clock: Clock,
        logger: FilteringBoundLogger,
        *,
        batch: int,
        wait_s: float,
    ) -> None:
        self._log = log
        self._ledger = ledger
        self._heads = heads
        self._sole = sole
        self._sealer = sealer
        self._clock = clock
        self._logger = logger
        self._batch = batch
        self._wait_s = wait_s
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._newest, self._rows, self._lag_s = 0, 0, 0.0
        self._failures = 0
        self._failing_since: float | None = None
        self.problem = ""
        """What keeps the record from growing, for ``groundstop status``; empty while all is well."""

    def gauges(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """For groundstop.bus.meters: how far the record is, and how far behind."""
        yield "record_newest_seq", {}, float(self._newest)
        since = self._failing_since
        yield "record_lag_seconds", {}, self._lag_s + (0.0 if since is None else self._clock.monotonic() - since)
        yield "record_failing", {}, float(since is not None)
        yield "record_rows_total", {}, float(self._rows)
        yield "record_writing", {}, float(bool(self._sole.seq))

    async def start(self) -> None:
        """Begin where the ledger ends."""
        self._task = supervised_task(self._run(), "audit-writer", self._logger)

    async def stop(self) -> None:
        """Write what was read, then stop; whoever stands by stops at once."""
        self._stopping.set()
        if self._task is not None:
            if not self._sole.seq:
                self._task.cancel()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._task, DRAIN_S)
        await self._ledger.close()

    async def _run(self) -> None:
        """Whatever goes wrong, begin again where the ledger really ends."""
        while not self._stopping.is_set():
            try:
                await self._sole.hold()
                tip = await self._ledger.open()
                if self._sole.doubted:
                    tip = await self._ledger.quiet(tip, self._sole.seq, QUIET_S)
                await self._write_from(tip)
            except Superseded as error:
                self._works()  # to stand by is no failure
                self._logger.warning("superseded", error=str(error))
            except GroundstopError as error:
                delay_s = self._fails(str(error)[:500])
                self._logger.warning("ledger_unavailable", error=self.problem, retry_in_s=delay_s)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), delay_s)

    def _fails(self, problem: str) -> float:
        """Remember why; how long to wait. A ledger on a full disk opens, so that is no success."""
        self.problem, self._failures = problem, self._failures + 1
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
        return RETRY_S[min(self._failures, len(RETRY_S)) - 1]

    def _works(self) -> None:
        """Something was written, or nothing is left to write."""
        self.problem, self._failures, self._failing_since = "", 0, None

    async def _write_from(self, tip: ChainTip) -> None:
        self._logger.info("ledger_open", newest=tip.seq, hash=tip.hash.hex())
        inserting: asyncio.Task[None] | None = None
        async with Reader(self._log.nc, self._clock, tip.seq + 1, window=max(WINDOW, self._batch)) as reader:
            try:
                while not self._stopping.is_set():
                    messages, superseded = self._ours(await reader.batch(self._batch, self._wait_s))
                    for batch in batches(self._sealer.sealed(messages), tip, self._clock()):
                        if inserting is not None:
                            await inserting
                        inserting = asyncio.create_task(self._append(batch))
                        tip = batch.tip
                    if superseded:
                        raise Superseded("another process writes the record now")
                    if not messages:
                        if inserting is not None:
                            await inserting
                            inserting = None
                        self._works()
                        await self._heads.idle()
            finally:
                if inserting is not None:
                    await inserting
        await self._heads.sign(tip)

    def _ours(self, messages: list[Stored]) -> tuple[list[Stored], bool]:
        """What is ours to write of ``messages``, and whether that is the last: a newer writer is named in them."""
        for number, message in enumerate(messages, 1):
            if message.subject == CHAIN_WRITER and message.seq > self._sole.seq:
                return messages[:number], True
        return messages, False

    async def _append(self, batch: Batch) -> None:
        began = self._clock.monotonic()
        await self._ledger.append(batch.rows, batch.after)
        self._works()
        await self._heads.grown(batch.tip, batch.telling)
        self._newest, self._rows = batch.tip.seq, self._rows + len(batch.rows) // 2
        self._lag_s = self._clock().timestamp() - batch.logged_ns / 1e9
        self._logger.debug(
            "batch",
            rows=len(batch.rows) // 2,
            newest=batch.tip.seq,
            lag_s=round(self._lag_s, 3),
            took_ms=round((self._clock.monotonic() - began) * 1e3, 1),
        )

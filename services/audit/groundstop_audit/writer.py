"""From the log into the ledger. The ledger's own end is the only cursor there is."""

import asyncio
import contextlib
from datetime import UTC, datetime

from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.log import Log, Stored
from structlog.typing import FilteringBoundLogger

from groundstop_audit.domain import rows
from groundstop_audit.ledger import Ledger

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
DRAIN_S = 5.0


class Writer:
    """Reads on while a batch is being inserted. Batches hold at most ``batch`` messages or what came in ``wait_s``."""

    def __init__(
        self, log: Log, ledger: Ledger, clock: Clock, logger: FilteringBoundLogger, *, batch: int, wait_s: float
    ) -> None:
        self._log = log
        self._ledger = ledger
        self._clock = clock
        self._logger = logger
        self._batch = batch
        self._wait_s = wait_s
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin where the ledger ends."""
        self._task = asyncio.create_task(self._run(), name="audit-writer")

    async def stop(self) -> None:
        """Write what was read, then stop."""
        self._stopping = True
        if self._task is not None:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._task, DRAIN_S)
        await self._ledger.close()

    async def _run(self) -> None:
        """Whatever goes wrong, begin again where the ledger really ends."""
        failures = 0
        while not self._stopping:
            try:
                newest = await self._ledger.open()
                failures = 0
                await self._write_from(newest)
            except GroundstopError as error:
                delay_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                failures += 1
                self._logger.warning("ledger_unavailable", error=str(error)[:500], retry_in_s=delay_s)
                await self._clock.sleep(delay_s)

    async def _write_from(self, newest: int) -> None:
        self._logger.info("ledger_open", newest=newest)
        async with self._log.read(newest + 1) as reader:
            while not self._stopping:
                batch = await reader.batch(self._batch, self._wait_s)
                if batch:
                    await self._append(batch, newest)
                    newest = batch[-1].seq

    async def _append(self, batch: list[Stored], after_seq: int) -> None:
        began = self._clock.monotonic()
        now = self._clock()
        made = list(rows(batch, after_seq, now))
        await self._ledger.append(made)
        self._logger.debug(
            "batch",
            rows=len(made),
            newest=batch[-1].seq,
            lag_s=round((now - datetime.fromtimestamp(batch[-1].time_ns / 1e9, UTC)).total_seconds(), 3),
            took_ms=round((self._clock.monotonic() - began) * 1e3, 1),
        )

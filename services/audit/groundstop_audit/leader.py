"""One writer at a time, decided by the log: whom the newest ``chain.writer`` names writes the record, others stand by.

A newcomer asks the named writer whether it lives (the server answers at once when nobody listens any more) and takes
over only from one that is gone: it writes its own ``chain.writer`` with the sequence of the one that it replaces, so of
two newcomers one wins. A writer that was frozen for a while and comes back reads in the log itself that it was
replaced; what it still had in hand is stopped by the ledger's tip, which is not where it was (Ledger.append).
"""

import socket

import nats.errors
from groundstop import subjects
from groundstop.callers import command, commands_of, service_caller
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import ChainWriter
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.log.wire import EXPECTED_SEQ
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

SERVICE = "audit"
ANSWER_S = 1.0
TRIES = 2
"""How often, and how long each time, a writer that is still connected is given to answer."""
AGAIN_S = 1.0


class Superseded(GroundstopError):
    """Another process writes the record now."""


class RecordLeader:
    """Whether this process is the writer. ``me`` is drawn anew for every process."""

    def __init__(self, log: Log, clock: Clock, logger: FilteringBoundLogger, me: str) -> None:
        self.me = me
        self.seq = 0
        """Where in the log it says that we write; 0 while it does not."""
        self.doubted = False
        """True when the writer that we replaced is connected but did not answer: it may still have a batch in hand."""
        self._log = log
        self._clock = clock
        self._logger = logger

    async def start(self) -> None:
        """Begin to answer those who ask whether we live."""
        await self._log.nc.subscribe(commands_of(f"writer.{self.me}"), cb=self._alive)

    async def stop(self) -> None:
        """Nothing to end: the connection's end is what others notice."""

    async def _alive(self, message: Msg) -> None:
        await message.respond(b'{"writing": true}')

    async def hold(self) -> None:
        """Return once the log says that this process writes. Waits for as long as another one lives."""
        told = ""
        while True:
            stored = await self._log.last(subjects.CHAIN_WRITER)
            standing = None if stored is None else _writer_in(stored.payload)
            if stored is not None and standing is not None and standing.writer == self.me:
                self.seq = stored.seq
                return
            self.seq = 0
            if standing is not None and await self._lives(standing.writer):
                if told != standing.writer:
                    self._logger.warning("standing_by", writer=standing.writer, host=standing.host)
                    told = standing.writer
                await self._clock.sleep(AGAIN_S)
            else:
                await self._take_over(0 if stored is None else stored.seq)

    async def _lives(self, writer: str) -> bool:
        question = command(service_caller(SERVICE), f"writer.{writer}")
        self.doubted = False
        for _ in range(TRIES):
            try:
                await self._log.nc.request(question, b"", timeout=ANSWER_S)
                return True
            except nats.errors.NoRespondersError:
                return False
            except nats.errors.TimeoutError:
                continue
        self.doubted = True
        return False

    async def _take_over(self, replaced_seq: int) -> None:
        """Write our name behind that of the writer that is gone. When somebody was faster, the next look shows it."""
        fact = ChainWriter(
            id=derived_id(f"{self.me}:{replaced_seq}", ChainWriter.kind), at=self._clock(), actor=SERVICE,
            stream=subjects.STREAM, writer=self.me, host=socket.gethostname(),
        )  # fmt: skip
        await self._log.publish_checked(fact, {EXPECTED_SEQ: str(replaced_seq)})


def _writer_in(payload: bytes) -> ChainWriter | None:
    """Whom a message names; None for what names nobody, and may be taken over from."""
    try:
        return ChainWriter.model_validate_json(payload)
    except ValueError:
        return None

"""The console's one connection to the bus: requests in a person's name, the log, the controls."""

import asyncio
import contextlib
from collections.abc import Callable

import nats.errors
import orjson
import rfc8785
from groundstop import natspy, subjects
from groundstop.callers import ANY_TENANT, Caller, command
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.errors import RequestFailed
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import signer_from
from groundstop.log import Log, Stored
from groundstop.log.intake import Intake
from groundstop.settings import Settings
from groundstop.vocabulary import ErrorCode
from nats.aio.client import Client
from structlog.typing import FilteringBoundLogger

from groundstop_console.adapters.signing import FACE, Signer
from groundstop_console.domain.people import Person

REQUEST_TIMEOUT_S = 5.0
CONNECT_AGAIN_S = 0.5
CALLER = Caller(FACE, ANY_TENANT, FACE)


class BusAway(RequestFailed):
    """There is no connection to the bus, so nothing can be asked and nothing decided."""

    def __init__(self) -> None:
        super().__init__("bus_away", "the console has lost the bus; it tries again by itself")


class Bus:
    """Connects in the background and for ever; ``up`` says whether it is connected now."""

    def __init__(self, settings: Settings, signer: Signer, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._logger = logger
        self._nc: Client | None = None
        self._log: Log | None = None
        self.changed: Callable[[], None] = lambda: None

    @property
    def up(self) -> bool:
        """True while connected."""
        return self._nc is not None and bool(self._nc.is_connected)

    @property
    def nc(self) -> Client:
        """The connection. Raises BusAway before the first one."""
        if self._nc is None:
            raise BusAway
        return self._nc

    @property
    def log(self) -> Log:
        """The log. Raises BusAway while there is no connection."""
        if self._log is None or not self.up:
            raise BusAway
        return self._log

    @property
    def intake(self) -> Intake:
        """Where the console says what people have told it. Raises BusAway while there is no connection."""
        return self.log.intake(CALLER)

    async def start(self) -> None:
        """Connect; returns when connected for the first time."""
        while True:
            with contextlib.suppress(OSError, nats.errors.Error, TimeoutError):
                await self._connect()
                return
            await self._clock.sleep(CONNECT_AGAIN_S)

    async def _connect(self) -> None:
        connection = await natspy.connect(
            **connection_options(self._settings),
            name="console",
            connect_timeout=3,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,  # seconds; fractions work
            ping_interval=1,
            max_outstanding_pings=2,
            disconnected_cb=self._moved,
            reconnected_cb=self._moved,
            error_cb=self._on_error,
        )
        log = Log(connection, self._clock, signer=signer_from(self._settings), face=True)
        await log.start()
        self._nc, self._log = connection, log
        await self._moved()

    async def _moved(self) -> None:
        self._logger.info("bus", up=self.up)
        self.changed()

    async def _on_error(self, error: Exception) -> None:
        self._logger.warning("bus_error", error=repr(error))

    async def stop(self) -> None:
        """Disconnect."""
        if self._log is not None and self.up:
            await self._log.stop()
        if self._nc is not None:
            with contextlib.suppress(nats.errors.Error, asyncio.CancelledError):
                await self._nc.close()

    async def ask(self, person: Person, asked: Command[A]) -> A:
        """A command for ``person``, signed. Raises BusAway, or RequestFailed with the service's answer."""
        if not self.up:
            raise BusAway
        subject, body = command(CALLER, asked.verb), asked.body()
        try:
            body = self._signer.signed(person, asked.verb, body, self._clock())
        except rfc8785.CanonicalizationError as error:
            raise RequestFailed(ErrorCode.INVALID_REQUEST, f"this cannot be sent exactly: {error}") from error
        try:
            reply = await self.nc.request(subject, orjson.dumps(body), timeout=REQUEST_TIMEOUT_S)
        except nats.errors.NoRespondersError as error:
            raise RequestFailed(ErrorCode.UNAVAILABLE, "the service that answers this is not running") from error
        except (TimeoutError, nats.errors.Error) as error:
            raise RequestFailed(
                ErrorCode.TIMEOUT, f"no answer in {REQUEST_TIMEOUT_S:g} s; look before you try again"
            ) from error
        return asked.read(orjson.loads(reply.data))

    def operator(self, person: Person, people: int = 1) -> Operator:
        """The controls in the name of ``person``; ``people`` have to agree to lift what they halt."""
        people = max(people, self._settings.resume_people or 1)
        return Operator(self.nc, self.log, self._clock, person.name, people, caller=CALLER)

    @property
    def settings(self) -> Settings:
        """How to reach this bus, for a connection of one's own."""
        return self._settings

    async def facts_of(self, intent: str) -> list[Stored]:
        """Every message about one intent, of whatever tenant, not read yet."""
        return await self.log.newest(subjects.everything_of(subjects.token(intent, "intent")))

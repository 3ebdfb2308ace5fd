"""Answers the commands about controls on a plain connection: what a guard does, beside its other work."""

import contextlib
from collections.abc import AsyncIterator

import nats.errors
import orjson
from groundstop.bus.answering import answered, the_caller
from groundstop.bus.control_commands import QUEUE, ControlCommands
from groundstop.callers import commands_of
from groundstop.clock import Clock
from groundstop.identity.signatures import Keyring
from groundstop.log.control_store import ControlStore
from groundstop.loops import TaskSet
from nats.aio.client import Client
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

WAITING_MAX = 64
"""Requests that are dealt with at a time; more are not answered, and whoever asks is heard by somebody else."""


class ControlServer:
    """Serves one control store. Each request is dealt with in a task of its own: none waits for another one's log."""

    def __init__(self, nc: Client, control_store: ControlStore, logger: FilteringBoundLogger) -> None:
        self._nc = nc
        self._commands = {command.verb: command for command in ControlCommands(control_store).commands()}
        self._logger = logger
        self._tasks = TaskSet()

    async def start(self) -> None:
        """Begin to answer."""
        for verb in self._commands:
            await self._nc.subscribe(commands_of(verb), queue=QUEUE, cb=self._hear)

    async def stop(self) -> None:
        """Drop what is being dealt with: who asked asks again."""
        await self._tasks.stop()

    async def _hear(self, message: Msg) -> None:
        if len(self._tasks) < WAITING_MAX:
            self._tasks.start(self._deal_with(message))

    async def _deal_with(self, message: Msg) -> None:
        verb = message.subject.split(".", 5)[-1]
        answer = await answered(self._commands[verb], the_caller, message.subject, message.data, self._logger)
        with contextlib.suppress(nats.errors.Error, OSError):
            await message.respond(orjson.dumps(answer))


@contextlib.asynccontextmanager
async def serving_controls(
    nc: Client, clock: Clock, ring: Keyring | None, logger: FilteringBoundLogger
) -> AsyncIterator[ControlStore]:
    """Answer on ``nc`` for as long as the block lasts: for who has no guard and no approval beside them."""
    control_store = ControlStore(nc, clock, ring)
    server = ControlServer(nc, control_store, logger)
    await server.start()
    await nc.flush()
    try:
        yield control_store
    finally:
        await server.stop()

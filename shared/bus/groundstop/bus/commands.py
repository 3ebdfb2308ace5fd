"""Requests to a service, ``gs.cmd.<role>.<tenant>.<name>.<verb>``: core messages with a JSON answer, by FastStream.

Who asks is in the subject, which the server's permissions guarantee; nothing in the body can change it.
An answer is a JSON object; a refusal is ``{"error": {"code", "message", ...}}``. What may be asked and answered is
declared in groundstop.commands.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic

import orjson
from faststream.nats import NatsBroker
from groundstop.bus.answering import Asker, W, answered
from groundstop.callers import commands_of
from groundstop.commands import Handled
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

AT_ONCE_MAX = 64
"""Requests for one verb that are dealt with at a time: one that waits for the log keeps nobody else waiting."""


class CommandServer(Generic[W]):
    """Answers ``commands`` on behalf of a service; replicas share the load. Handlers are told who asks by ``asker``."""

    def __init__(
        self,
        broker: NatsBroker,
        service: str,
        commands: Sequence[Handled[W]],
        asker: Asker[W],
        logger: FilteringBoundLogger,
    ) -> None:
        self._broker = broker
        self._service = service
        self._commands = commands
        self._asker = asker
        self._logger = logger
        self._subscribers: list[Any] = []

    async def start(self) -> None:
        """Begin to answer."""
        for command in self._commands:
            subscriber = self._broker.subscriber(
                commands_of(command.verb),
                queue=self._service,
                title=f"{self._service}: {command.verb}",
                decoder=_undecoded,
                max_workers=AT_ONCE_MAX,
            )
            subscriber(self._handler(command))
            await subscriber.start()
            self._subscribers.append(subscriber)

    async def stop(self) -> None:
        """Take no more requests."""
        for subscriber in self._subscribers:
            await subscriber.stop()

    def _handler(self, command: Handled[W]) -> Callable[[Any], Awaitable[bytes]]:
        async def handle(_: Any) -> bytes:
            message: Msg = self._broker.context.get_local("message").raw_message
            return orjson.dumps(await answered(command, self._asker, message.subject, message.data, self._logger))

        return handle


async def _undecoded(message: Any) -> Any:
    return message.body

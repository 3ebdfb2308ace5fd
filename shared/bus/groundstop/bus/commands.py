"""Requests to a service, ``gs.cmd.<role>.<tenant>.<name>.<verb>``: core messages with a JSON answer, by FastStream.

Who asks is in the subject, which the server's permissions guarantee; nothing in the body can change it.
An answer is a JSON object; a refusal is ``{"error": {"code", "message", ...}}``. What may be asked and answered is
declared in groundstop.commands.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import orjson
from faststream.nats import NatsBroker
from groundstop.callers import Caller, caller_of, commands_of
from groundstop.commands import Handled
from groundstop.errors import BadInput, GroundstopError, RequestFailed
from groundstop.verbs import check_may_ask
from groundstop.vocabulary import ErrorCode
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

AT_ONCE_MAX = 64
"""Requests for one verb that are dealt with at a time: one that waits for the log keeps nobody else waiting."""

W = TypeVar("W")
Asker = Callable[[str, Caller, Mapping[str, Any]], W]
"""Who is behind a request: of the verb, the caller and the body as it came, which a face may have signed."""


def the_caller(verb: str, caller: Caller, body: Mapping[str, Any]) -> Caller:
    """The asker of a service that knows callers alone."""
    return caller


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
            answer = await answered(command, self._asker, message.subject, message.data, self._logger)
            self._logger.info("command", subject=message.subject[:200], error=answer.get("error", {}).get("code"))
            return orjson.dumps(answer)

        return handle


async def _undecoded(message: Any) -> Any:
    return message.body


async def answered(
    command: Handled[W], asker: Asker[W], subject: str, data: bytes, logger: FilteringBoundLogger
) -> dict[str, Any]:
    """The answer to one request, or its error."""
    try:
        return await _answer(command, asker, subject, data)
    except Exception as error:
        logger.error("command_failed", subject=subject[:200], error=repr(error), exc_info=True)
        return _error(ErrorCode.FAILED, f"{command.verb} failed here: {type(error).__name__}")


async def _answer(command: Handled[W], asker: Asker[W], subject: str, data: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data or b"{}")
        if not isinstance(body, dict):
            raise RequestFailed(ErrorCode.INVALID_REQUEST, f"expected a JSON object, got {type(body).__name__}")
        caller = caller_of(subject)
        check_may_ask(caller, command.verb)
        return await command.answer(asker(command.verb, caller, body), body)
    except orjson.JSONDecodeError as error:
        return _error(ErrorCode.INVALID_REQUEST, f"not JSON: {error}")
    except RequestFailed as error:
        return _error(error.code, str(error), **error.answer)
    except BadInput as error:
        return _error(error.reason.value, str(error))
    except GroundstopError as error:
        return _error(ErrorCode.FAILED, str(error))
    except (ValueError, TypeError) as error:
        return _error(ErrorCode.INVALID_REQUEST, str(error)[:1000])


def _error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}

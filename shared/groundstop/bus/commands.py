"""Requests to a service, ``gs.cmd.<role>.<tenant>.<name>.<verb>``: core messages with a JSON answer, by FastStream.

Who asks is in the subject, which the server's permissions guarantee; nothing in the body can change it.
An answer is a JSON object; a refusal is ``{"error": {"code", "message", ...}}``.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

from groundstop.callers import Caller, caller_of, commands_of
from groundstop.errors import BadInput, GroundstopError, RequestFailed
from groundstop.verbs import check_may_ask

AT_ONCE_MAX = 64
"""Requests for one verb that are dealt with at a time: one that waits for the log keeps nobody else waiting."""

Command = Callable[[Caller, dict[str, Any]], Awaitable[dict[str, Any]]]


class CommandServer:
    """Answers ``commands`` (verb to handler of caller and body) on behalf of a service; replicas share the load."""

    def __init__(
        self, broker: NatsBroker, service: str, commands: Mapping[str, Command], logger: FilteringBoundLogger
    ) -> None:
        self._broker = broker
        self._service = service
        self._commands = commands
        self._logger = logger
        self._subscribers: list[Any] = []

    async def start(self) -> None:
        """Begin to answer."""
        for verb, command in self._commands.items():
            subscriber = self._broker.subscriber(
                commands_of(verb),
                queue=self._service,
                title=f"{self._service}: {verb}",
                decoder=_undecoded,
                max_workers=AT_ONCE_MAX,
            )
            subscriber(self._handler(verb, command))
            await subscriber.start()
            self._subscribers.append(subscriber)

    async def stop(self) -> None:
        """Take no more requests."""
        for subscriber in self._subscribers:
            await subscriber.stop()

    def _handler(self, verb: str, command: Command) -> Callable[[Any], Awaitable[bytes]]:
        async def handle(_: Any) -> bytes:
            message: Msg = self._broker.context.get_local("message").raw_message
            subject = message.subject
            answer = await self._answered(verb, command, subject, message.data)
            self._logger.info("command", subject=subject[:200], error=answer.get("error", {}).get("code"))
            return orjson.dumps(answer)

        return handle

    async def _answered(self, verb: str, command: Command, subject: str, data: bytes) -> dict[str, Any]:
        try:
            return await _answer(verb, command, subject, data)
        except Exception as error:
            self._logger.error("command_failed", subject=subject[:200], error=repr(error), exc_info=True)
            return _error("failed", f"{verb} failed here: {type(error).__name__}")


async def _undecoded(message: Any) -> Any:
    return message.body


async def _answer(verb: str, command: Command, subject: str, data: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data or b"{}")
        if not isinstance(body, dict):
            raise RequestFailed("invalid_request", f"expected a JSON object, got {type(body).__name__}")
        caller = caller_of(subject)
        check_may_ask(caller, verb)
        return await command(caller, body)
    except orjson.JSONDecodeError as error:
        return _error("invalid_request", f"not JSON: {error}")
    except RequestFailed as error:
        return _error(error.code, str(error), **error.answer)
    except BadInput as error:
        return _error(error.reason.value, str(error))
    except GroundstopError as error:
        return _error("failed", str(error))
    except (ValueError, TypeError) as error:
        return _error("invalid_request", str(error)[:1000])


def _error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}

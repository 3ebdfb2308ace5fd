"""The answer to one request, whichever connection it came by: checked, handled, and every failure told as a code."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
from groundstop.callers import Caller, caller_of
from groundstop.commands import Handled
from groundstop.errors import BadInput, GroundstopError, RequestFailed
from groundstop.verbs import check_may_ask
from groundstop.vocabulary import ErrorCode
from structlog.typing import FilteringBoundLogger

W = TypeVar("W")
Asker = Callable[[str, Caller, Mapping[str, Any]], W]
"""Who is behind a request: of the verb, the caller and the body as it came, which a face may have signed."""


def the_caller(verb: str, caller: Caller, body: Mapping[str, Any]) -> Caller:
    """The asker of a service that knows callers alone."""
    return caller


async def answered(
    command: Handled[W], asker: Asker[W], subject: str, data: bytes, logger: FilteringBoundLogger
) -> dict[str, Any]:
    """The answer to one request, or its error; one log line says which."""
    try:
        answer = await _answer(command, asker, subject, data)
    except RequestFailed as error:
        answer = _error(error.code, str(error), **error.answer)
    except BadInput as error:
        answer = _error(error.reason.value, str(error))
    except GroundstopError as error:
        answer = _error(ErrorCode.FAILED, str(error))
    except (ValueError, TypeError) as error:
        answer = _error(ErrorCode.INVALID_REQUEST, str(error)[:1000])
    except Exception as error:
        logger.error("command_failed", subject=subject[:200], error=repr(error), exc_info=True)
        answer = _error(ErrorCode.FAILED, f"{command.verb} failed here: {type(error).__name__}")
    logger.info("command", subject=subject[:200], error=answer.get("error", {}).get("code"))
    return answer


async def _answer(command: Handled[W], asker: Asker[W], subject: str, data: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data or b"{}")
    except orjson.JSONDecodeError as error:
        raise RequestFailed(ErrorCode.INVALID_REQUEST, f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestFailed(ErrorCode.INVALID_REQUEST, f"expected a JSON object, got {type(body).__name__}")
    caller = caller_of(subject)
    check_may_ask(caller, command.verb)
    return await command.answer(asker(command.verb, caller, body), body)


def _error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}

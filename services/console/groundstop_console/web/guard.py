"""What no request may do, whatever it asks: name a host that is not this console, or send more than a form holds."""

from collections.abc import Iterable

from groundstop.hosts import is_ours
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 512 * 1024

TOO_LARGE = Response("too large", 413, {"connection": "close"})
"""Ends the connection: the rest of a body would be read to its end otherwise."""


class TooLarge(Exception):
    """The body has more than BODY_BYTES_MAX bytes."""


class Guard:
    """ASGI middleware: 421 for a foreign ``Host``, 413 for a body that is too long, whatever length it declares."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_ours(headers.get("host", ""), self._hosts):
            await Response("This console has another name.", 421)(scope, receive, send)
            return
        if not 0 <= declared(headers.get("content-length", "0")) <= BODY_BYTES_MAX:
            await TOO_LARGE(scope, receive, send)
            return
        await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        came, started = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > BODY_BYTES_MAX:
                raise TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLarge:
            if not started:
                await TOO_LARGE(scope, receive, send)


def declared(length: str) -> int:
    """The length a request declares; -1 for what is no number."""
    return int(length) if length.isascii() and length.isdigit() and len(length) <= 20 else -1

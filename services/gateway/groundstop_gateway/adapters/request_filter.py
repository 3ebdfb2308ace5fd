"""What the gateway answers to on HTTP at all: requests to its own names, and pages of its own or of this host."""

from urllib.parse import urlsplit

from groundstop.hosts import host_of, is_ours, origin_of
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from groundstop_gateway.settings import LOOPBACK, Http

HEADER_BYTES_MAX = 32 * 1024
RESUMES = b"last-event-id"
"""Nothing is kept that could be resumed: who asks for it gets what comes. The transport itself answers nothing."""


class RequestFilter:
    """ASGI middleware: 421 for a foreign ``Host``, 403 for a foreign ``Origin``, 431 for headers that are too long.

    The MCP transport has such a check of its own, for loopback alone and not on every route.
    """

    def __init__(self, app: ASGIApp, http: Http) -> None:
        self._app = app
        names = (host_of(urlsplit(http.resource).netloc), http.host, *http.hosts)
        self._names = frozenset(name.lower() for name in names if name)
        self._origins = frozenset(filter(None, map(origin_of, (http.resource, *http.origins))))
        self._local = http.host in LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope))
        kept = [pair for pair in scope["headers"] if pair[0].lower() != RESUMES]
        await (refusal or self._app)({**scope, "headers": kept}, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        if sum(len(name) + len(value) for name, value in headers.raw) > HEADER_BYTES_MAX:
            return Response("The headers are too long.", 431)
        if len(headers.getlist("host")) != 1 or not is_ours(headers["host"], self._names):
            return Response("This gateway has another name.", 421)
        if not all(map(self._may_ask, headers.getlist("origin"))):
            return Response("Pages of this origin may not ask here.", 403)
        return None

    def _may_ask(self, origin: str) -> bool:
        """Pages of this host may ask a gateway that listens to this host alone: who puts one here may run programs."""
        named = origin_of(origin)
        return bool(named) and (named in self._origins or (self._local and host_of(urlsplit(named).netloc) in LOOPBACK))

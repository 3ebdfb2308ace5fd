"""A tool that is one HTTP request, declared in the catalogue."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import orjson
from groundstop.catalogue import EffectUnknown, HttpCall, Tool, ToolContext, ToolFailed

from groundstop_executor.isolation.runner import Gate
from groundstop_executor.remote.picking import picked
from groundstop_executor.secrets import Resolve, hidden, resolved

_IN_URL = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
CONNECT_S = 5.0
ERROR_CHARS_MAX = 500


def url_of(call: HttpCall, arguments: Mapping[str, Any]) -> tuple[str, set[str]]:
    """The address with its arguments filled in, each as one piece of a path, and their names. Raises ToolFailed."""
    used = set(_IN_URL.findall(call.url))
    if missing := used - set(arguments):
        raise ToolFailed(f"the url needs {', '.join(sorted(missing))}", retryable=False)
    pieces = {name: str(arguments[name]) for name in used}
    if any(piece in ("", ".", "..") for piece in pieces.values()):
        raise ToolFailed("an argument in the url may be neither empty nor dots", retryable=False)
    url = _IN_URL.sub(lambda found: quote(pieces[found[1]], safe=""), call.url)
    allowed = {host.lower() for host in call.hosts} or {_host(_IN_URL.sub("x", call.url))}
    if _host(url) not in allowed:
        raise ToolFailed(f"{_host(url)} is not a host that this tool may speak to", retryable=False)
    return url, used


def _host(url: str) -> str:
    parts = urlsplit(url)
    return (parts.netloc.rpartition("@")[2] or "").lower()


class HttpTools:
    """Sends requests for one executor, over connections that are kept."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._http = httpx.AsyncClient(follow_redirects=False, trust_env=False)

    async def start(self) -> None:
        """Connections are made when they are needed."""

    async def stop(self) -> None:
        """Close them."""
        await self._http.aclose()

    async def run(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, gate: Gate) -> Any:
        """The answer. Raises ToolFailed when nothing happened, EffectUnknown when the answer does not tell."""
        call = tool.http
        assert call is not None, "only tools with an http entry come here"
        secrets: list[str] = []
        request = self._request(tool, call, arguments, context, secrets)
        gate.check()
        gate.begin()
        try:
            return hidden(await self._exchange(tool, call, request), secrets)
        except (ToolFailed, EffectUnknown) as error:
            error.args = (hidden(str(error), secrets),)
            raise

    def _request(
        self, tool: Tool, call: HttpCall, arguments: dict[str, Any], context: ToolContext, secrets: list[str]
    ) -> httpx.Request:
        url, used = url_of(call, arguments)
        headers = {name: str(resolved(value, self._resolve, secrets)) for name, value in call.headers.items()}
        headers |= {call.key_header: context.idempotency_key, "Groundstop-Intent": context.intent}
        headers |= {"Groundstop-Attempt": str(context.attempt), "Groundstop-Tool": tool.name}
        rest = {name: value for name, value in arguments.items() if name not in used}
        in_query = call.method in ("GET", "HEAD", "DELETE") or call.body == "none"
        query = rest if in_query else {name: rest.pop(name) for name in call.query if name in rest}
        body: dict[str, Any] = {} if in_query else {"data" if call.body == "form" else "json": rest}
        try:
            return self._http.build_request(
                call.method,
                url,
                params=query or None,
                headers=headers,
                timeout=httpx.Timeout(tool.timeout_s, connect=min(CONNECT_S, tool.timeout_s)),
                **body,
            )
        except (ValueError, TypeError, httpx.InvalidURL) as error:
            raise ToolFailed(f"this is no request: {error}", retryable=False) from error

    async def _exchange(self, tool: Tool, call: HttpCall, request: httpx.Request) -> Any:
        try:
            answer = await self._http.send(request, stream=True)
            try:
                body = await _body(answer, call.answer_bytes_max)
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ToolFailed(f"{tool.name} cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise EffectUnknown(f"{tool.name} got the request, but its answer was lost: {error!r}") from error
        _judge(tool, call, answer, body)
        return picked(_value(answer, body), call.result)


async def _body(answer: httpx.Response, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > bytes_max:
            raise EffectUnknown(f"its answer is longer than {bytes_max} bytes")
    return bytes(body)


def _judge(tool: Tool, call: HttpCall, answer: httpx.Response, body: bytes) -> None:
    """Raise what a status means: 4xx that nothing happened, any other 5xx does not say (RFC 9110, section 15)."""
    status = answer.status_code
    if status < 300 or status in call.happened_on:
        return
    said = f"{tool.name} answered {status}: {body[:ERROR_CHARS_MAX].decode('utf-8', 'replace')}"
    if status in call.nothing_on:
        raise ToolFailed(said)
    if status < 500:
        raise ToolFailed(said, retryable=False)
    raise EffectUnknown(said)


def _value(answer: httpx.Response, body: bytes) -> Any:
    if not body:
        return None
    try:
        return (
            orjson.loads(body) if "json" in answer.headers.get("content-type", "") else body.decode("utf-8", "replace")
        )
    except ValueError:
        return body.decode("utf-8", "replace")

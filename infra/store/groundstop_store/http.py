"""The ClickHouse HTTP protocol as an ASGI application over one engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from groundstop_store.codecs import encoder
from groundstop_store.engine import Engine
from groundstop_store.errors import StoreError, without_paths
from groundstop_store.lanes import READ_VERBS, Lane, lane_of, make_lanes
from groundstop_store.log import Log
from groundstop_store.names import Guard
from groundstop_store.reply import coding_of, failure, headers_of, last_words, start, whole
from groundstop_store.request import read_ask
from groundstop_store.users import Passwords, authenticate
from groundstop_store.work import Answer, Ask, begin

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")

T = TypeVar("T")
Watch = asyncio.Task[None]


@dataclass
class Store:
    """The composition of one face: engine, guard, passwords, worker threads, and an `instance` name for query ids."""

    engine: Engine
    readers: Guard
    passwords: Passwords
    instance: str
    log: Log
    workers: ThreadPoolExecutor
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lanes: dict[str, Lane] = field(default_factory=make_lanes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry: every path of the protocol that clients use."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if scope["path"] in ("/ping", "/replicas_status"):
            await (await self._ping())(scope, receive, send)
        elif scope["path"] not in ("/", "/query"):
            text = f"There is no handle {scope['path']}\nUse / or /ping for health checks.\n"
            await Response(text, 404)(scope, receive, send)
        else:
            await self._serve(request, send)

    async def _ping(self) -> Response:
        alive = await self._in_thread(self.engine.alive)
        return Response("Ok.\n", 200) if alive else Response("The engine does not answer.\n", 503)

    async def _serve(self, request: Request, send: Send) -> None:
        """One statement: read, run, answer; an error before the first byte becomes a status, a later one a trailer."""
        mark = f"{self.instance}-{next(self.numbers)}"
        query_id = request.query_params.get("query_id") or request.headers.get("x-clickhouse-query-id") or mark
        try:
            user = authenticate(request.headers, request.query_params, self.passwords)
            self._check_origin(request)
            if request.method in ("GET", "HEAD") and "query" not in request.query_params:
                return await Response("Ok.\n")(request.scope, request.receive, send)
            ask = await read_ask(request, user, mark)
            async with self.lanes[lane_of(user.name, ask.verb)].slot():
                await self._answer(request, send, ask, query_id)
        except ClientDisconnect:
            self.log("request_abandoned", query_id=query_id)
        except StoreError as error:
            self.log("request_refused", query_id=query_id, code=error.code)
            told = without_paths(error, self.engine.folder)
            await failure(told, query_id, self.engine.version)(request.scope, request.receive, send)

    def _check_origin(self, request: Request) -> None:
        """Without passwords only local programs may ask: a web page in a local browser is not one."""
        host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
        if not self.passwords and ("origin" in request.headers or host not in _LOOPBACK):
            raise StoreError(516, "AUTHENTICATION_FAILED", "Requests of web pages need a password")

    async def _answer(self, request: Request, send: Send, ask: Ask, query_id: str) -> None:
        watch = asyncio.create_task(self._kill_on_disconnect(request.receive, ask))
        answer: Answer | None = None
        try:
            answer = await self._in_thread(lambda: begin(self.engine, self.readers, ask))
            coding = coding_of(request.headers.get("accept-encoding", ""), ask.params)
            headers = headers_of(answer, query_id, ask.mark)
            if answer.rest is None:
                return await whole(answer, headers, coding, send)
            await self._streamed(answer, headers, coding, ask.mark, send, watch)
        finally:
            watch.cancel()
            if answer is not None:
                self.log("query", mark=ask.mark, user=ask.user.name, verb=ask.verb, **vars(answer.session.counters))
                await self._in_thread(answer.close)

    async def _streamed(
        self, answer: Answer, headers: dict[str, str], coding: str | None, tag: str, send: Send, watch: Watch
    ) -> None:
        packer = encoder(coding) if coding else None
        await send(start(200, headers, coding))
        try:
            async for chunk in self._chunks(answer, watch):
                packed = packer.feed(chunk) if packer else chunk
                if packed:
                    await send({"type": "http.response.body", "body": packed, "more_body": True})
        except StoreError as error:
            if watch.done():
                return  # nobody is left to be told
            told = without_paths(error, self.engine.folder)
            await send({"type": "http.response.body", "body": last_words(packer, tag, told), "more_body": True})
            raise ConnectionAbortedError("the query failed after its first bytes were sent") from error
        await send({"type": "http.response.body", "body": packer.finish() if packer else b""})

    async def _chunks(self, answer: Answer, watch: Watch) -> AsyncIterator[bytes]:
        """The head, then each block as the engine makes it; nobody reads ahead of the socket."""
        yield answer.head
        rest = answer.rest
        while rest is not None and not watch.done():
            block = await self._in_thread(lambda: next(rest, None))
            if block is None:
                return
            yield block

    async def _kill_on_disconnect(self, receive: Receive, ask: Ask) -> None:
        """End the query of a reader that went away; a write goes on to its end, as it does on a server."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.log("client_gone", mark=ask.mark, verb=ask.verb)
        if ask.verb in READ_VERBS:
            await self._in_thread(lambda: self.engine.kill(ask.mark))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.workers, work)

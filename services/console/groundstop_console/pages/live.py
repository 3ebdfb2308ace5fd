"""The stream that tells a browser what has changed, and that the console and the bus are still there."""

from collections.abc import AsyncIterator

import orjson
from starlette.responses import Response, StreamingResponse

from groundstop_console.adapters.fanout import TooManyListeners
from groundstop_console.web.request_context import COOKIE, RequestContext

BEAT_S = 2.0
PAUSE_S = 0.35
"""No browser is told more often than this: a flood of facts becomes a few refreshes a second."""
PROJECTED = frozenset({"cases"})
"""Topics whose pages are read from another service, which may fold the fact after the console has: told twice."""


async def stream(ctx: RequestContext) -> Response:
    """Server-sent events: ``beat`` with the names of what has changed, if anything has."""
    return StreamingResponse(_events(ctx), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _events(ctx: RequestContext) -> AsyncIterator[bytes]:
    app_state, cookie = ctx.app_state, ctx.request.cookies.get(COOKIE, "")
    try:
        with ctx.view.listening() as listener:
            yield _event(ctx, ["cases", "intents", "controls", "roster", "flights"])
            again: frozenset[str] = frozenset()
            while not app_state.closing:
                changed = await listener.wait(BEAT_S)
                topics, again = sorted({*changed, *again}), PROJECTED.intersection(changed)
                if app_state.person_of(app_state.sessions.find(cookie)) is None:
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
                yield _event(ctx, topics)
                await app_state.clock.sleep(PAUSE_S)
    except TooManyListeners:
        app_state.logger.warning("too_many_listeners")


def _event(ctx: RequestContext, topics: list[str]) -> bytes:
    app_state = ctx.app_state
    said = {"changed": topics, "now": app_state.clock().timestamp(), "bus": app_state.reads}
    return b"event: beat\ndata: " + orjson.dumps(said) + b"\n\n"

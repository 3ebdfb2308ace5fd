"""The stream that tells a browser what has changed, and that the console and the bus are still there."""

from collections.abc import AsyncIterator

import orjson
from starlette.responses import Response, StreamingResponse

from groundstop_console.adapters.fanout import TooManyListeners
from groundstop_console.web.visit import COOKIE, Visit

BEAT_S = 2.0
PAUSE_S = 0.35
"""No browser is told more often than this: a flood of facts becomes a few refreshes a second."""
PROJECTED = frozenset({"cases"})
"""Topics whose pages are read from another service, which may fold the fact after the console has: told twice."""


async def stream(visit: Visit) -> Response:
    """Server-sent events: ``beat`` with the names of what has changed, if anything has."""
    return StreamingResponse(_events(visit), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _events(visit: Visit) -> AsyncIterator[bytes]:
    desk, cookie = visit.desk, visit.request.cookies.get(COOKIE, "")
    try:
        with visit.view.listening() as listener:
            yield _event(visit, ["cases", "intents", "controls", "roster", "flights"])
            again = PROJECTED
            while not desk.closing:
                changed = await listener.wait(BEAT_S)
                topics, again = sorted({*changed, *again}), PROJECTED.intersection(changed)
                if desk.person_of(desk.sessions.find(cookie)) is None:
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
                yield _event(visit, topics)
                await desk.clock.sleep(PAUSE_S)
    except TooManyListeners:
        desk.logger.warning("too_many_listeners")


def _event(visit: Visit, topics: list[str]) -> bytes:
    desk = visit.desk
    said = {"changed": topics, "now": desk.clock().timestamp(), "bus": desk.reads}
    return b"event: beat\ndata: " + orjson.dumps(said) + b"\n\n"

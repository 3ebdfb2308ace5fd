"""For the launcher and for load balancers."""

from starlette.responses import JSONResponse, Response

from groundstop_console.web.visit import Visit


async def alive(_: Visit) -> Response:
    """The process answers."""
    return JSONResponse({"service": "console", "alive": True})


async def ready(visit: Visit) -> Response:
    """200 when it has the bus and has read what it needs, else 503."""
    desk = visit.desk
    return JSONResponse({"service": "console", "ready": desk.reads, "bus": desk.bus_up}, 200 if desk.reads else 503)

"""For the launcher and for load balancers."""

from starlette.responses import JSONResponse, Response

from groundstop_console.web.request_context import RequestContext


async def alive(_: RequestContext) -> Response:
    """The process answers."""
    return JSONResponse({"service": "console", "alive": True})


async def ready(ctx: RequestContext) -> Response:
    """200 when it has the bus and has read what it needs, else 503."""
    app_state = ctx.app_state
    return JSONResponse(
        {"service": "console", "ready": app_state.reads, "bus": app_state.bus_up}, 200 if app_state.reads else 503
    )

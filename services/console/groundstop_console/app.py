"""The composition root of the console."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from groundstop import logs
from groundstop.clock import Clock
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from structlog.typing import FilteringBoundLogger

from groundstop_console.adapters.accounts import Accounts
from groundstop_console.adapters.bus import Bus
from groundstop_console.adapters.fanout import Fanout
from groundstop_console.adapters.live import Live
from groundstop_console.adapters.oidc import Oidc
from groundstop_console.adapters.record import Record
from groundstop_console.adapters.sessions import Sessions
from groundstop_console.adapters.sign_in_limits import SignInLimits
from groundstop_console.adapters.signing import Signer
from groundstop_console.app_state import AppState
from groundstop_console.settings import ConsoleSettings
from groundstop_console.web.guard import Guard
from groundstop_console.web.headers import SafeHeaders
from groundstop_console.web.rendering import STATIC, Renderer
from groundstop_console.web.request_context import COOKIE, Endpoint, RequestContext, serve
from groundstop_console.web.table import ENDPOINTS

DATA = Path(".groundstop")


def make_app_state(settings: ConsoleSettings, base_url: str, clock: Clock, logger: FilteringBoundLogger) -> AppState:
    """Everything pages use, not started yet."""
    folder = settings.data or DATA
    folder.mkdir(parents=True, exist_ok=True)
    bus, fanout = Bus(settings, Signer(folder), clock, logger), Fanout()
    return AppState(
        settings=settings,
        clock=clock,
        logger=logger,
        bus=bus,
        live=Live(bus, fanout, clock, logger),
        record=Record(settings.clickhouse_dsn),
        accounts=Accounts(folder, clock),
        sessions=Sessions(folder, clock, settings.console_session_hours),
        door=SignInLimits(clock),
        fanout=fanout,
        renderer=Renderer(clock),
        oidc=Oidc(settings, base_url, clock) if settings.console_oidc_issuer else None,
        base_url=base_url,
        secure=base_url.startswith("https://"),
        folder=folder,
    )


def make_app(app_state: AppState) -> Starlette:
    """The web application around the state; starts and stops it."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await app_state.live.start()
        app_state.invite_first_admin()
        try:
            yield
        finally:
            await app_state.live.stop()
            await app_state.bus.stop()
            await app_state.record.stop()
            if app_state.oidc is not None:
                await app_state.oidc.stop()

    routes = [_route(endpoint, app_state) for endpoint in ENDPOINTS]
    return Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(SafeHeaders, secure=app_state.secure), Middleware(Guard, hosts=app_state.hosts)],
        exception_handlers={
            404: _page_for(app_state, 404),
            405: _page_for(app_state, 405),
            500: _page_for(app_state, 500),
        },
        lifespan=lifespan,
    )


def _route(endpoint: Endpoint, app_state: AppState) -> Route:
    async def answer(request: Request) -> Response:
        return await serve(endpoint, app_state, request)

    return Route(endpoint.path, answer, methods=[endpoint.method])


_SORRY = {
    404: ("Not found", "There is no such page."),
    405: ("Not found", "This page does not support the method."),
    500: (
        "Internal error",
        "The error is in the console’s log. The action may or may not have happened: check before you repeat it.",
    ),
}


def _page_for(app_state: AppState, status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, _: Exception) -> Response:
        session = app_state.sessions.find(request.cookies.get(COOKIE, ""))
        ctx = RequestContext(app_state, request, FormData(), session, app_state.person_of(session))
        title, text = _SORRY[status]
        return ctx.page("problem.html", status, title=title, text=text)

    return answer


def make(settings: ConsoleSettings, base_url: str) -> tuple[Starlette, AppState]:
    """The application and its state, with the logs set up."""
    app_state = make_app_state(settings, base_url, Clock(), logs.configure("console", settings.log_level))
    return make_app(app_state), app_state

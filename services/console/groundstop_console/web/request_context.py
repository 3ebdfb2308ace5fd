"""One request as a page sees it, and the endpoints' guard: session, role, forged forms."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from groundstop.errors import BadInput, GroundstopError, RequestFailed
from groundstop.hosts import origin_of
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.sessions import Session
from groundstop_console.adapters.throttle import place_of
from groundstop_console.app_state import AppState
from groundstop_console.domain.people import Person, Role
from groundstop_console.view import TenantView
from groundstop_console.web.guard import BODY_BYTES_MAX

COOKIE = "gs_session"
BROWSER = "gs_browser"
STATUS_OF = {
    "bus_away": 503,
    "unavailable": 503,
    "timeout": 504,
    "not_found": 404,
    "not_allowed": 403,
    "changed": 409,
    "already_decided": 409,
    "expired": 409,
}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks for what. ``form`` is empty for anything but a POST; ``session`` and ``person`` belong together."""

    app_state: AppState
    request: Request
    form: FormData
    session: Session | None = None
    someone: Person | None = None

    @property
    def person(self) -> Person:
        """Who is signed in; endpoints with a role always have somebody."""
        assert self.someone is not None, "only public endpoints have no person"
        return self.someone

    @property
    def view(self) -> TenantView:
        """What they may know: the only way to facts that a page has."""
        return TenantView(self.app_state, self.person)

    @property
    def place(self) -> str:
        """Where the request is from, as limits count it."""
        return place_of(self.request.client.host if self.request.client else "?")

    @property
    def partial(self) -> bool:
        """True when a page asks for a part of itself."""
        return self.request.headers.get("hx-request") == "true"

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default)

    def field(self, name: str, default: str = "") -> str:
        """A text field of the form."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A rendered page, or part of one."""
        said = self.app_state.flashes.take(self.session) if self.session is not None and not self.partial else None
        return self.app_state.renderer.response(template, status, ctx=self, said=said, **context)

    def say(self, text: str, tone: str = "good") -> None:
        """A sentence for the next page."""
        if self.session is not None:
            self.app_state.flashes.say(self.session, tone, text)

    def done(self, text: str, then: str, **more: Any) -> Response:
        """After a command: a message where the page is, or on the page that comes next."""
        if self.partial:
            return told("done", {"text": text, **more})
        self.say(text)
        return RedirectResponse(then, 303)

    def refused(self, text: str, then: str, status: int = 409) -> Response:
        """After a command that did not go through."""
        if self.partial:
            return told("problem", {"text": text}, status)
        self.say(text, "bad")
        return RedirectResponse(then, 303)


def told(event: str, detail: Mapping[str, Any], status: int = 200) -> Response:
    """An answer without content that raises an event in the page."""

    return Response(status_code=status, headers={"HX-Trigger": json.dumps({event: dict(detail)}), "HX-Reswap": "none"})


Handler = Callable[[RequestContext], Awaitable[Response]]


class Reach(StrEnum):
    """What of tenants an endpoint is about: nothing, all that the person sees, or one thing that may be another's."""

    NOTHING = "nothing of any tenant"
    OWN = "their own tenants"
    ONE = "one tenant; 404 to others"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table of endpoints. ``role`` None: open to everybody, with its own guard for forms."""

    method: str
    path: str
    role: Role | None
    handler: Handler
    reach: Reach


async def serve(endpoint: Endpoint, app_state: AppState, request: Request) -> Response:
    """The answer to one request: guarded, handled, its errors turned into pages."""
    session = app_state.sessions.find(request.cookies.get(COOKIE, ""))
    person = app_state.person_of(session)
    if endpoint.role is not None and (session is None or person is None):
        return _to_sign_in(request)
    form = FormData()
    if endpoint.method == "POST":
        form = await request.form(max_files=0, max_fields=500, max_part_size=BODY_BYTES_MAX)
        if not from_here(request, app_state) or not _token_fits(endpoint, app_state, request, form, session):
            app_state.logger.warning("forged_form", path=request.url.path)
            ctx = RequestContext(app_state, request, FormData(), session, person)
            return _problem(ctx, 403, "This form is too old or did not come from this console. Go back and try again.")
    ctx = RequestContext(app_state, request, form, session, person)
    if endpoint.role is not None and person is not None and not person.may(endpoint.role):
        return _problem(ctx, 403, f"This needs the role {endpoint.role}; yours is {person.role}.")
    return await _handled(endpoint, ctx)


async def _handled(endpoint: Endpoint, ctx: RequestContext) -> Response:
    try:
        return await endpoint.handler(ctx)
    except RequestFailed as error:
        return _problem(ctx, STATUS_OF.get(error.code, 409), str(error))
    except (BadInput, GroundstopError) as error:
        return _problem(ctx, 422, str(error))


def _token_fits(
    endpoint: Endpoint, app_state: AppState, request: Request, form: FormData, session: Session | None
) -> bool:
    """A form must carry the session's token, or before signing in the one made for this browser."""
    sent = request.headers.get("x-csrf-token") or form.get("csrf") or ""
    if endpoint.role is None:
        browser = request.cookies.get(BROWSER, "")
        expected = app_state.sessions.form_token(browser) if browser else ""
    else:
        expected = session.csrf if session is not None else ""
    return bool(expected) and isinstance(sent, str) and hmac.compare_digest(sent.encode(), expected.encode())


def from_here(request: Request, app_state: AppState) -> bool:
    """True when the browser says that the request comes from this very site, or says nothing about it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or ours(origin, request.headers.get("host", ""), app_state)


def ours(origin: str, host: str, app_state: AppState) -> bool:
    """True for the origin of this console: under its own address, or under the name it was asked by.

    Where browsers come over https, a page that came without it is somebody else's.
    """
    scheme, _, place = origin_of(origin).partition("://")
    same = bool(place) and place in (host.lower(), urlsplit(app_state.base_url).netloc.lower())
    return same and scheme in (("https",) if app_state.secure else ("http", "https"))


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if request.method != "GET" or "text/event-stream" in request.headers.get("accept", ""):
        return Response("sign in first", 401)
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(where)}", 303)


def _problem(ctx: RequestContext, status: int, text: str) -> Response:
    if ctx.partial:
        return told("problem", {"text": text}, status)
    return ctx.page("problem.html", status, title=_TITLES.get(status, "The request failed"), text=text)


_TITLES = {403: "Not allowed", 404: "Not found", 503: "Not reachable", 504: "No answer"}


def safe_next(where: str) -> str:
    """A path of this console to go on to; anything else leads to the inbox."""
    plain = where.startswith("/") and not where.startswith(("//", "/\\")) and where.isprintable()
    return where if plain else "/inbox"


def as_json(value: Any) -> str:
    """Indented JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()

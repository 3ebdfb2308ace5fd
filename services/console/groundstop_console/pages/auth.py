"""Coming in and going out: signing in with a password or a provider, the first administrator, invitations."""

import secrets
from typing import Any

from groundstop.errors import GroundstopError
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.people import Person, password_problem
from groundstop_console.domain.times import span
from groundstop_console.web.request_context import BROWSER, COOKIE, RequestContext, safe_next

WRONG = "Wrong user name or password."
USED = "This link was used before or has expired."


def _open_page(ctx: RequestContext, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form for somebody who is not signed in: the form's token is bound to a cookie of this browser."""
    browser = ctx.request.cookies.get(BROWSER, "") or secrets.token_urlsafe(24)
    token = ctx.app_state.sessions.form_token(browser)
    response = ctx.page(template, status, form_token=token, oidc=ctx.app_state.oidc is not None, **context)
    _set_cookie(ctx, response, BROWSER, browser)
    return response


def _set_cookie(ctx: RequestContext, response: Response, name: str, value: str, samesite: Any = "strict") -> None:
    response.set_cookie(name, value, httponly=True, secure=ctx.app_state.secure, samesite=samesite, path="/")


def _signed_in(ctx: RequestContext, name: str, where: str, person: Person | None = None) -> Response:
    ctx.app_state.logger.info("signed_in", person=name)
    response = RedirectResponse(where, 303)
    _set_cookie(ctx, response, COOKIE, ctx.app_state.sessions.begin(name, person))
    return response


async def sign_in_page(ctx: RequestContext) -> Response:
    """The form."""
    if ctx.someone is not None:
        return RedirectResponse("/inbox", 303)
    first = ctx.app_state.accounts.empty and ctx.app_state.oidc is None
    ctx.app_state.invite_first_admin()  # a new link in the file, should the one before have become too old
    return _open_page(
        ctx, "sign_in.html", next=safe_next(ctx.query("next", "/inbox")), problem="", name="", first=first
    )


async def sign_in(ctx: RequestContext) -> Response:
    """Check a name and a password, slowly and not too often."""
    app_state, name, where = ctx.app_state, ctx.field("name")[:64], safe_next(ctx.field("next", "/inbox"))
    form = {"next": where, "name": name, "first": False}
    if (wait_s := app_state.door.wait_s(name, ctx.place)) > 0:
        problem = f"Too many attempts. Try again in {span(wait_s)}."
        return _open_page(ctx, "sign_in.html", 429, problem=problem, **form)
    app_state.door.knocked(name, ctx.place)
    password = str(ctx.form.get("password", ""))[:2048]
    person = await app_state.door.hashing(app_state.accounts.check, name, password)
    if person is None:
        app_state.logger.warning("sign_in_failed", person=name)
        return _open_page(ctx, "sign_in.html", 401, problem=WRONG, **form)
    app_state.door.opened(name, ctx.place)
    return _signed_in(ctx, person.name, where)


async def sign_out(ctx: RequestContext) -> Response:
    """End this session."""
    ctx.app_state.sessions.end(ctx.request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


async def join_page(ctx: RequestContext) -> Response:
    """What a link with a token leads to: choosing a name, if it is open, and a password."""
    token = ctx.query("token")
    invited = ctx.app_state.accounts.invitation(token)
    if invited is None:
        return ctx.page("problem.html", 404, title="This link does not work", text="It was used before or has expired.")
    return _open_page(ctx, "join.html", token=token, invited=invited, problem="", name=invited.name)


async def join(ctx: RequestContext) -> Response:
    """Make the account and sign in. The link is taken before the slow hash: two at once are not two administrators."""
    token, password = ctx.field("token"), str(ctx.form.get("password", ""))
    accounts = ctx.app_state.accounts
    invited = accounts.invitation(token)
    if invited is None:
        raise GroundstopError(USED)
    name = invited.name or ctx.field("name")
    problem = password_problem(password, name) or _differs(ctx, password) or _taken(ctx, invited.name, name)
    try:
        person = Person(name=name, role=invited.role, tenants=invited.tenants)
    except ValidationError:
        problem = "The user name may have letters, digits, - and _, at most 64 of them."
    if problem:
        return _open_page(ctx, "join.html", 422, token=token, invited=invited, problem=problem, name=name)
    await _join(ctx, token, person, password)
    ctx.app_state.sessions.end_all_of(name)
    ctx.app_state.forget_admin_link()
    return _signed_in(ctx, name, "/inbox")


async def _join(ctx: RequestContext, token: str, person: Person, password: str) -> None:
    accounts = ctx.app_state.accounts
    invited = accounts.take(token)
    if invited is None:
        raise GroundstopError(USED)
    try:
        hashed = await ctx.app_state.door.hashing(accounts.hashed, password)
    except BaseException:
        accounts.give_back(token, invited)
        raise
    if problem := accounts.join(invited, person.model_copy(update={"password": hashed})):
        raise GroundstopError(problem)


def _differs(ctx: RequestContext, password: str) -> str:
    return "" if ctx.form.get("again", "") == password else "The two passwords differ."


def _taken(ctx: RequestContext, invited: str, name: str) -> str:
    return "" if invited or ctx.app_state.accounts.find(name) is None else "This user name is taken."


async def oidc_start(ctx: RequestContext) -> Response:
    """On to the identity provider."""
    if ctx.app_state.oidc is None:
        raise GroundstopError("No identity provider is configured.")
    if not ctx.app_state.door.passing(ctx.place):
        raise GroundstopError("Too many attempts. Try again in a minute.")
    browser = secrets.token_urlsafe(24)
    where = await ctx.app_state.oidc.begin(browser, safe_next(ctx.query("next", "/inbox")))
    response = RedirectResponse(where, 303)
    # The provider sends the browser back from another site, which a strict cookie would not survive.
    _set_cookie(ctx, response, OIDC_BROWSER, browser, "lax")
    return response


OIDC_BROWSER = "gs_oidc"


async def oidc_finish(ctx: RequestContext) -> Response:
    """Back from it."""
    if ctx.app_state.oidc is None:
        raise GroundstopError("No identity provider is configured.")
    if ctx.query("error"):
        raise GroundstopError(f"The identity provider refused the sign-in: {ctx.query('error')[:100]}")
    browser = ctx.request.cookies.get(OIDC_BROWSER, "")
    person, where = await ctx.app_state.oidc.finish(browser, ctx.query("state"), ctx.query("code"))
    begun = _signed_in(ctx, person.name, where, person)
    # A page in between: the strict session cookie is not sent on a redirect that began at another site.
    response = ctx.page("welcome.html", where=where)
    for name, value in begun.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    response.delete_cookie(OIDC_BROWSER, path="/")
    return response

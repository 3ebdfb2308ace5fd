"""Coming in and going out: signing in with a password or a provider, the first administrator, invitations."""

import secrets
from typing import Any

from groundstop.errors import GroundstopError
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.people import Person, password_problem
from groundstop_console.domain.times import span
from groundstop_console.web.visit import BROWSER, COOKIE, Visit, safe_next

WRONG = "Wrong user name or password."
USED = "This link was used before or has expired."


def _open_page(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form for somebody who is not signed in: the form's token is bound to a cookie of this browser."""
    browser = visit.request.cookies.get(BROWSER, "") or secrets.token_urlsafe(24)
    token = visit.desk.sessions.form_token(browser)
    response = visit.page(template, status, form_token=token, oidc=visit.desk.oidc is not None, **context)
    _set_cookie(visit, response, BROWSER, browser)
    return response


def _set_cookie(visit: Visit, response: Response, name: str, value: str, samesite: Any = "strict") -> None:
    response.set_cookie(name, value, httponly=True, secure=visit.desk.secure, samesite=samesite, path="/")


def _signed_in(visit: Visit, name: str, where: str, person: Person | None = None) -> Response:
    visit.desk.logger.info("signed_in", person=name)
    response = RedirectResponse(where, 303)
    _set_cookie(visit, response, COOKIE, visit.desk.sessions.begin(name, person))
    return response


async def sign_in_page(visit: Visit) -> Response:
    """The form."""
    if visit.someone is not None:
        return RedirectResponse("/inbox", 303)
    first = visit.desk.accounts.empty and visit.desk.oidc is None
    visit.desk.invite_first_admin()  # a new link in the file, should the one before have become too old
    return _open_page(
        visit, "sign_in.html", next=safe_next(visit.query("next", "/inbox")), problem="", name="", first=first
    )


async def sign_in(visit: Visit) -> Response:
    """Check a name and a password, slowly and not too often."""
    desk, name, where = visit.desk, visit.field("name")[:64], safe_next(visit.field("next", "/inbox"))
    form = {"next": where, "name": name, "first": False}
    if (wait_s := desk.door.wait_s(name, visit.place)) > 0:
        problem = f"Too many attempts. Try again in {span(wait_s)}."
        return _open_page(visit, "sign_in.html", 429, problem=problem, **form)
    desk.door.knocked(name, visit.place)
    password = str(visit.form.get("password", ""))[:2048]
    person = await desk.door.hashing(desk.accounts.check, name, password)
    if person is None:
        desk.logger.warning("sign_in_failed", person=name)
        return _open_page(visit, "sign_in.html", 401, problem=WRONG, **form)
    desk.door.opened(name, visit.place)
    return _signed_in(visit, person.name, where)


async def sign_out(visit: Visit) -> Response:
    """End this session."""
    visit.desk.sessions.end(visit.request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


async def join_page(visit: Visit) -> Response:
    """What a link with a token leads to: choosing a name, if it is open, and a password."""
    token = visit.query("token")
    invited = visit.desk.accounts.invitation(token)
    if invited is None:
        return visit.page(
            "problem.html", 404, title="This link does not work", text="It was used before or has expired."
        )
    return _open_page(visit, "join.html", token=token, invited=invited, problem="", name=invited.name)


async def join(visit: Visit) -> Response:
    """Make the account and sign in. The link is taken before the slow hash: two at once are not two administrators."""
    token, password = visit.field("token"), str(visit.form.get("password", ""))
    accounts = visit.desk.accounts
    invited = accounts.invitation(token)
    if invited is None:
        raise GroundstopError(USED)
    name = invited.name or visit.field("name")
    problem = password_problem(password, name) or _differs(visit, password) or _taken(visit, invited.name, name)
    try:
        person = Person(name=name, role=invited.role, tenants=invited.tenants)
    except ValidationError:
        problem = "The user name may have letters, digits, - and _, at most 64 of them."
    if problem:
        return _open_page(visit, "join.html", 422, token=token, invited=invited, problem=problem, name=name)
    await _join(visit, token, person, password)
    visit.desk.sessions.end_all_of(name)
    visit.desk.forget_admin_link()
    return _signed_in(visit, name, "/inbox")


async def _join(visit: Visit, token: str, person: Person, password: str) -> None:
    accounts = visit.desk.accounts
    invited = accounts.take(token)
    if invited is None:
        raise GroundstopError(USED)
    try:
        hashed = await visit.desk.door.hashing(accounts.hashed, password)
    except BaseException:
        accounts.give_back(token, invited)
        raise
    if problem := accounts.join(invited, person.model_copy(update={"password": hashed})):
        raise GroundstopError(problem)


def _differs(visit: Visit, password: str) -> str:
    return "" if visit.form.get("again", "") == password else "The two passwords differ."


def _taken(visit: Visit, invited: str, name: str) -> str:
    return "" if invited or visit.desk.accounts.find(name) is None else "This user name is taken."


async def oidc_start(visit: Visit) -> Response:
    """On to the identity provider."""
    if visit.desk.oidc is None:
        raise GroundstopError("No identity provider is configured.")
    if not visit.desk.door.passing(visit.place):
        raise GroundstopError("Too many attempts. Try again in a minute.")
    browser = secrets.token_urlsafe(24)
    where = await visit.desk.oidc.begin(browser, safe_next(visit.query("next", "/inbox")))
    response = RedirectResponse(where, 303)
    # The provider sends the browser back from another site, which a strict cookie would not survive.
    _set_cookie(visit, response, OIDC_BROWSER, browser, "lax")
    return response


OIDC_BROWSER = "gs_oidc"


async def oidc_finish(visit: Visit) -> Response:
    """Back from it."""
    if visit.desk.oidc is None:
        raise GroundstopError("No identity provider is configured.")
    if visit.query("error"):
        raise GroundstopError(f"The identity provider refused the sign-in: {visit.query('error')[:100]}")
    browser = visit.request.cookies.get(OIDC_BROWSER, "")
    person, where = await visit.desk.oidc.finish(browser, visit.query("state"), visit.query("code"))
    begun = _signed_in(visit, person.name, where, person)
    # A page in between: the strict session cookie is not sent on a redirect that began at another site.
    response = visit.page("welcome.html", where=where)
    for name, value in begun.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    response.delete_cookie(OIDC_BROWSER, path="/")
    return response

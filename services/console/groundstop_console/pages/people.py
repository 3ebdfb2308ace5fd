"""People: who may come in, with which role and for which tenants. For administrators."""

from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.people import Person, Role
from groundstop_console.web.request_context import RequestContext

NOT_YOURS = "You may change only people of your own tenants."


async def page(ctx: RequestContext) -> Response:
    """Everybody with a local account."""
    return ctx.page("people.html", people=_within_reach(ctx), link="", invited="")


def _within_reach(ctx: RequestContext) -> list[Person]:
    """Who is of no other tenants than the administrator who asks."""
    return [person for person in ctx.app_state.accounts.all() if ctx.person.reaches(person.tenants)]


async def invite(ctx: RequestContext) -> Response:
    """A new person, or a new password for one: a link that works once."""
    accounts, name = ctx.app_state.accounts, ctx.field("name")
    known = accounts.find(name)
    try:
        asked = Person(
            name=name,
            role=Role(ctx.field("role") or (known.role if known else Role.VIEWER)),
            tenants=_listed(ctx.field("tenants")),
            groups=_listed(ctx.field("groups")),
        )
    except (ValidationError, ValueError):
        return ctx.refused(
            "A name may have letters, digits, - and _; the role must be one of the four.", "/people", 422
        )
    person = known or asked
    if not ctx.person.reaches((*person.tenants, *asked.tenants)):
        return ctx.refused(NOT_YOURS, "/people", 403)
    if known is None:
        accounts.put(person)
    token = accounts.invite(person.name, person.role, person.tenants)
    ctx.app_state.logger.info("invited", person=person.name, by=ctx.person.name)
    link = f"{ctx.app_state.base_url}/join?token={token}"
    return ctx.page("people.html", people=_within_reach(ctx), link=link, invited=person.name)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in text.replace(",", " ").split() if part))


async def change(ctx: RequestContext) -> Response:
    """Another role, other tenants, or locked out."""
    accounts = ctx.app_state.accounts
    person = accounts.find(ctx.path("name"))
    if person is None or not ctx.person.reaches(person.tenants):
        raise RequestFailed(ErrorCode.NOT_FOUND, "There is no person of this name.")
    try:
        changed = Person.model_validate(
            person.model_dump()
            | {
                "role": ctx.field("role", person.role),
                "tenants": _listed(ctx.field("tenants")),
                "groups": _listed(ctx.field("groups")),
                "active": ctx.field("active", "yes") == "yes",
            }
        )
    except ValidationError:
        return ctx.refused("Roles are one of four; tenants and groups have letters, digits, - and _.", "/people", 422)
    if person.name == ctx.person.name and not changed.may(Role.ADMIN):
        return ctx.refused("You cannot remove your own admin role. Ask another administrator.", "/people", 422)
    if not ctx.person.reaches(changed.tenants):
        return ctx.refused(NOT_YOURS, "/people", 403)
    accounts.put(changed)
    if not changed.active:
        accounts.void(person.name)
        ctx.app_state.sessions.end_all_of(person.name)
    ctx.app_state.logger.info("person_changed", person=person.name, by=ctx.person.name, role=changed.role)
    ctx.say(f"{person.name} is {changed.role if changed.active else 'locked out'} now.")
    return RedirectResponse("/people", 303)

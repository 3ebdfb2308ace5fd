"""People: who may come in, with which role and for which tenants. For administrators."""

from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from groundstop_console.domain.people import Person, Role
from groundstop_console.web.visit import Visit

NOT_YOURS = "You may change only people of your own tenants."


async def page(visit: Visit) -> Response:
    """Everybody with a local account."""
    return visit.page("people.html", people=_within_reach(visit), link="", invited="")


def _within_reach(visit: Visit) -> list[Person]:
    """Who is of no other tenants than the administrator who asks."""
    return [person for person in visit.desk.accounts.all() if visit.person.reaches(person.tenants)]


async def invite(visit: Visit) -> Response:
    """A new person, or a new password for one: a link that works once."""
    accounts, name = visit.desk.accounts, visit.field("name")
    known = accounts.find(name)
    try:
        asked = Person(
            name=name,
            role=Role(visit.field("role") or (known.role if known else Role.VIEWER)),
            tenants=_listed(visit.field("tenants")),
            groups=_listed(visit.field("groups")),
        )
    except (ValidationError, ValueError):
        return visit.refused(
            "A name may have letters, digits, - and _; the role must be one of the four.", "/people", 422
        )
    person = known or asked
    if not visit.person.reaches((*person.tenants, *asked.tenants)):
        return visit.refused(NOT_YOURS, "/people", 403)
    if known is None:
        accounts.put(person)
    token = accounts.invite(person.name, person.role, person.tenants)
    visit.desk.logger.info("invited", person=person.name, by=visit.person.name)
    link = f"{visit.desk.base_url}/join?token={token}"
    return visit.page("people.html", people=_within_reach(visit), link=link, invited=person.name)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in text.replace(",", " ").split() if part))


async def change(visit: Visit) -> Response:
    """Another role, other tenants, or locked out."""
    accounts = visit.desk.accounts
    person = accounts.find(visit.path("name"))
    if person is None or not visit.person.reaches(person.tenants):
        raise RequestFailed(ErrorCode.NOT_FOUND, "There is no person of this name.")
    try:
        changed = Person.model_validate(
            person.model_dump()
            | {
                "role": visit.field("role", person.role),
                "tenants": _listed(visit.field("tenants")),
                "groups": _listed(visit.field("groups")),
                "active": visit.field("active", "yes") == "yes",
            }
        )
    except ValidationError:
        return visit.refused("Roles are one of four; tenants and groups have letters, digits, - and _.", "/people", 422)
    if person.name == visit.person.name and not changed.may(Role.ADMIN):
        return visit.refused("You cannot remove your own admin role. Ask another administrator.", "/people", 422)
    if not visit.person.reaches(changed.tenants):
        return visit.refused(NOT_YOURS, "/people", 403)
    accounts.put(changed)
    if not changed.active:
        accounts.void(person.name)
        visit.desk.sessions.end_all_of(person.name)
    visit.desk.logger.info("person_changed", person=person.name, by=visit.person.name, role=changed.role)
    visit.say(f"{person.name} is {changed.role if changed.active else 'locked out'} now.")
    return RedirectResponse("/people", 303)

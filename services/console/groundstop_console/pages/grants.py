"""Standing grants: what agents may do without asking again, how often they did, and ending one at once."""

from typing import Any

from groundstop.commands.grants import GiveGrant, RevokeGrant
from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.web.visit import Visit

HOUR_S = 3_600.0
TERMS = ("agent", "tool", "condition", "note")


async def page(visit: Visit) -> Response:
    """Those in force, and those that have ended."""
    own = await visit.view.grants()
    return visit.page(
        "grants.html",
        active=[one for one in own if one.active],
        ended=[one for one in own if not one.active],
        names=visit.view.names(),
    )


async def grant(visit: Visit) -> Response:
    """One grant and every use of it."""
    found = await visit.view.grant(visit.path("grant"))
    return visit.page("grant.html", grant=found.grant, used=found.used[::-1])


async def give(visit: Visit) -> Response:
    """A new one."""
    tenant = visit.field("tenant") or "default"
    if not visit.person.sees(tenant):
        return visit.refused(f"You have no access to tenant {tenant}.", "/grants", 403)
    terms: dict[str, Any] = {name: visit.field(name) for name in TERMS} | {"tenant": tenant}
    try:
        terms |= {"uses": int(visit.field("uses", "1")), "ttl_s": float(visit.field("hours", "24")) * HOUR_S}
        given = await visit.view.ask(tenant, GiveGrant(**terms))
    except ValueError:
        return visit.refused("Uses must be a whole number, and hours a number.", "/grants", 422)
    except RequestFailed as error:
        return visit.refused(f"Not granted: {error}", "/grants", 422)
    visit.say(f"{given.agent} may {given.tool} {given.left} times without a case.")
    return RedirectResponse(f"/grants/{given.grant}", 303)


async def revoke(visit: Visit) -> Response:
    """End it: the next call is asked about again."""
    found, note = (await visit.view.grant(visit.path("grant"))).grant, visit.field("note")
    back = f"/grants/{found.grant}"
    if not note:
        return visit.refused("A note is required to revoke.", back, 422)
    await visit.view.ask(found.tenant, RevokeGrant(grant=found.grant, note=note))
    return visit.done("Revoked. The next call opens a case again.", back)

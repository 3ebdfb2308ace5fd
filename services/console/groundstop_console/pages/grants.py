"""Standing grants: what agents may do without asking again, how often they did, and ending one at once."""

from typing import Any

from groundstop.commands.grants import GiveGrant, RevokeGrant
from groundstop.errors import RequestFailed
from starlette.responses import RedirectResponse, Response

from groundstop_console.web.request_context import RequestContext

HOUR_S = 3_600.0
TERMS = ("agent", "tool", "condition", "note")


async def page(ctx: RequestContext) -> Response:
    """Those in force, and those that have ended."""
    own = await ctx.view.grants()
    return ctx.page(
        "grants.html",
        active=[one for one in own if one.active],
        ended=[one for one in own if not one.active],
        names=ctx.view.names(),
    )


async def grant(ctx: RequestContext) -> Response:
    """One grant and every use of it."""
    found = await ctx.view.grant(ctx.path("grant"))
    return ctx.page("grant.html", grant=found.grant, used=found.used[::-1])


async def give(ctx: RequestContext) -> Response:
    """A new one."""
    tenant = ctx.field("tenant") or "default"
    if not ctx.person.sees(tenant):
        return ctx.refused(f"You have no access to tenant {tenant}.", "/grants", 403)
    terms: dict[str, Any] = {name: ctx.field(name) for name in TERMS} | {"tenant": tenant}
    try:
        terms |= {"uses": int(ctx.field("uses", "1")), "ttl_s": float(ctx.field("hours", "24")) * HOUR_S}
        given = await ctx.view.ask(tenant, GiveGrant(**terms))
    except ValueError:
        return ctx.refused("Uses must be a whole number, and hours a number.", "/grants", 422)
    except RequestFailed as error:
        return ctx.refused(f"Not granted: {error}", "/grants", 422)
    ctx.say(f"{given.agent} may {given.tool} {given.left} times without a case.")
    return RedirectResponse(f"/grants/{given.grant}", 303)


async def revoke(ctx: RequestContext) -> Response:
    """End it: the next call is asked about again."""
    found, note = (await ctx.view.grant(ctx.path("grant"))).grant, ctx.field("note")
    back = f"/grants/{found.grant}"
    if not note:
        return ctx.refused("A note is required to revoke.", back, 422)
    await ctx.view.ask(found.tenant, RevokeGrant(grant=found.grant, note=note))
    return ctx.done("Revoked. The next call opens a case again.", back)

"""What people say about an intent from outside of its life: a thumb, and what it cost."""

from groundstop.errors import BadInput
from groundstop.ids import new_id
from groundstop.vocabulary import Reason
from starlette.responses import Response

from groundstop_console.web.request_context import RequestContext

COMMENT_CHARS_MAX = 2_000
COST_MAX = 1e9
TOKENS_MAX = 10**12
MINUTES_MAX = 60 * 24 * 31.0


async def feedback(ctx: RequestContext) -> Response:
    """One thumb of each person; the first one stands."""
    intent = ctx.path("intent")
    stored = await ctx.view.rate(intent, ctx.field("rating"), ctx.field("comment")[:COMMENT_CHARS_MAX])
    text = "The rating is recorded." if stored else "You have rated it already. The first rating counts."
    return ctx.done(text, f"/intents/{intent}")


async def cost(ctx: RequestContext) -> Response:
    """Money, tokens and minutes; the same form sent twice is one entry."""
    intent = ctx.path("intent")
    await ctx.view.trace(intent)  # before the form is looked at: of what is another tenant's nothing else is said
    money, minutes = _number(ctx, "cost", COST_MAX), _number(ctx, "minutes", MINUTES_MAX)
    tokens_in, tokens_out = (int(_number(ctx, name, TOKENS_MAX)) for name in ("tokens_in", "tokens_out"))
    if not (money or minutes or tokens_in or tokens_out):
        return ctx.refused("Enter at least one of money, tokens and minutes.", f"/intents/{intent}", 422)
    about = {"entry": ctx.field("entry") or new_id(), "source": ctx.field("source")[:64] or "console"}
    amounts = {"cost": money, "tokens_in": tokens_in, "tokens_out": tokens_out, "human_s": 60 * minutes}
    stored = await ctx.view.record_cost(intent, **about, **amounts)
    return ctx.done("The cost is recorded." if stored else "This cost was recorded before.", f"/intents/{intent}")


def _number(ctx: RequestContext, name: str, most: float) -> float:
    text = ctx.field(name) or "0"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise BadInput(Reason.INVALID_FIELDS, f"{name}: a number from 0 to {most:g} is expected, got {text[:40]!r}")
    return value

"""What people say about an intent from outside of its life: a thumb, and what it cost."""

from groundstop.errors import BadInput
from groundstop.ids import new_id
from groundstop.vocabulary import Reason
from starlette.responses import Response

from groundstop_console.web.visit import Visit

COMMENT_CHARS_MAX = 2_000
COST_MAX = 1e9
TOKENS_MAX = 10**12
MINUTES_MAX = 60 * 24 * 31.0


async def feedback(visit: Visit) -> Response:
    """One thumb of each person; the first one stands."""
    intent = visit.path("intent")
    stored = await visit.view.rate(intent, visit.field("rating"), visit.field("comment")[:COMMENT_CHARS_MAX])
    text = "The rating is recorded." if stored else "You have rated it already. The first rating counts."
    return visit.done(text, f"/intents/{intent}")


async def cost(visit: Visit) -> Response:
    """Money, tokens and minutes; the same form sent twice is one entry."""
    intent = visit.path("intent")
    await visit.view.trace(intent)  # before the form is looked at: of what is another tenant's nothing else is said
    money, minutes = _number(visit, "cost", COST_MAX), _number(visit, "minutes", MINUTES_MAX)
    tokens_in, tokens_out = (int(_number(visit, name, TOKENS_MAX)) for name in ("tokens_in", "tokens_out"))
    if not (money or minutes or tokens_in or tokens_out):
        return visit.refused("Enter at least one of money, tokens and minutes.", f"/intents/{intent}", 422)
    about = {"entry": visit.field("entry") or new_id(), "source": visit.field("source")[:64] or "console"}
    amounts = {"cost": money, "tokens_in": tokens_in, "tokens_out": tokens_out, "human_s": 60 * minutes}
    stored = await visit.view.record_cost(intent, **about, **amounts)
    return visit.done("The cost is recorded." if stored else "This cost was recorded before.", f"/intents/{intent}")


def _number(visit: Visit, name: str, most: float) -> float:
    text = visit.field(name) or "0"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise BadInput(Reason.INVALID_FIELDS, f"{name}: a number from 0 to {most:g} is expected, got {text[:40]!r}")
    return value

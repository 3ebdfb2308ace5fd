"""The policy in force: what it says, what changed, and what a shadow would have said."""

from typing import Any

from groundstop.policy import Policy
from groundstop.vocabulary import Band, Risk
from starlette.responses import Response

from groundstop_console.adapters.record import RecordProblem
from groundstop_console.domain.differences import changes, said
from groundstop_console.web.request_context import RequestContext

CHANGES_MAX = 100
SHADOW = """
SELECT said, count() AS intents, any(tool) AS example
FROM (SELECT tool, arrayJoin(JSONExtract(payload, 'judgement', 'shadow', 'Array(String)')) AS said
      FROM audit.event_log WHERE kind = 'intent.classified' AND ts > now() - INTERVAL 7 DAY {tenants})
GROUP BY said ORDER BY intents DESC LIMIT 50
"""
IN_USE = """
SELECT policy_version, count() AS intents, min(ts) AS first, max(ts) AS last
FROM audit.event_log WHERE kind = 'intent.classified' AND policy_version != '' {tenants}
GROUP BY policy_version ORDER BY last DESC LIMIT 10
"""


async def page(ctx: RequestContext) -> Response:
    """Everything about the policy."""
    found = await ctx.view.policies()
    shadow, problem = await _ask(ctx, SHADOW)
    in_use, _ = await _ask(ctx, IN_USE)
    before, policy = found.before, found.now.policy
    return ctx.page(
        "policy.html",
        policy=policy,
        version=found.now.version,
        published=found.published,
        before=before,
        changed=changes(said(before.said), said(found.now.said))[:CHANGES_MAX] if before is not None else [],
        shadow=shadow,
        in_use=in_use,
        problem=problem,
        risks=list(Risk),
        bands=list(Band),
        from_confidence=_from_confidence(policy),
    )


def _from_confidence(policy: Policy) -> dict[str, str]:
    """Where each band begins, for action types that have no thresholds of their own."""
    usual = policy.confidence.thresholds
    lowest = {Band.HIGH: usual.high, Band.MEDIUM: usual.medium, Band.LOW: usual.low}
    return {band.value: f"from {100 * lowest[band]:g} %" if band in lowest else "below" for band in Band}


async def _ask(ctx: RequestContext, sql: str) -> tuple[list[dict[str, Any]], str]:
    try:
        return list(await ctx.view.record(sql)), ""
    except RecordProblem as error:
        return [], str(error)

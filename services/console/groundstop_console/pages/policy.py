"""The policy in force: what it says, what changed, and what a shadow would have said."""

from typing import Any

from groundstop.bus.policies import published_policies
from groundstop.errors import GroundstopError
from groundstop.policy import Policy, default_policy, load_policy
from groundstop.policy_file import read_policy
from groundstop.words import Band, Risk
from starlette.responses import Response

from groundstop_console.adapters.bus import BusAway
from groundstop_console.adapters.record import RecordProblem
from groundstop_console.domain.differences import changes, said
from groundstop_console.domain.people import tenant_condition
from groundstop_console.web.visit import Visit

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


async def page(visit: Visit) -> Response:
    """Everything about the policy."""
    policy, before, published = await _versions(visit)
    tenants = tenant_condition(visit.person)
    shadow, problem = await _ask(visit, SHADOW.replace("{tenants}", tenants))
    in_use, _ = await _ask(visit, IN_USE.replace("{tenants}", tenants))
    changed = changes(said(before.content), said(policy.content))[:CHANGES_MAX] if before is not None else []
    return visit.page(
        "policy.html",
        policy=policy,
        published=published,
        before=before,
        changed=changed,
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


async def _versions(visit: Visit) -> tuple[Policy, Policy | None, list[Any]]:
    """The policy in force, the one before it, and the publications, newest first."""
    initial = read_policy(visit.desk.settings.policy)
    try:
        published = list(reversed(await published_policies(visit.desk.bus.log)))
    except BusAway:
        published = []
    valid = []
    for fact in published[:2]:
        try:
            valid.append(load_policy(fact.text))
        except GroundstopError:
            visit.desk.logger.warning("policy_not_readable", version=fact.policy_version)
    versions = [*valid, initial]
    before = versions[1] if len(versions) > 1 else None
    if before is None and initial != default_policy():
        before = default_policy()
    return versions[0], before, published


async def _ask(visit: Visit, sql: str) -> tuple[list[dict[str, Any]], str]:
    try:
        return list(await visit.desk.record.rows(sql)), ""
    except RecordProblem as error:
        return [], str(error)

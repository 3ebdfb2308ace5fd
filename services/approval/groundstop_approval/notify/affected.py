"""Whose tasks a halt covers: what was proposed lately and has not ended."""

from datetime import timedelta

from groundstop import subjects
from groundstop.controls import Target, covers
from groundstop.events import Control, IntentClassified
from groundstop.log import Log

from groundstop_approval.domain.people import Directory

SINCE = timedelta(hours=24)
OPEN_MAX = 50_000


async def affected(log: Log, control: Control, directory: Directory) -> tuple[list[str], list[str]]:
    """People (users and owners) and tasks with something open in a control's scope, of the day before it."""
    patterns = (subjects.pattern("intent.classified"), subjects.pattern("outcome"))
    found: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    async for stored in log.until_now(patterns=patterns, since=(control.at - SINCE).timestamp()):
        tenant, agent, intent, _ = stored.subject.split(".")[-4:]
        if stored.subject.startswith("gs.outcome."):
            found.pop((tenant, agent, intent), None)
            continue
        fact = log.fact(IntentClassified, stored) if len(found) < OPEN_MAX else None
        if fact is not None and fact.proposal is not None and _covered(fact, control):
            found[tenant, agent, intent] = (fact.proposal.user, fact.agent, fact.task)
    users = [user for user, _, _ in found.values() if user]
    owners = [owner for _, agent, _ in found.values() for owner in sorted(directory.owners_of(agent))]
    return list(dict.fromkeys((*users, *owners))), list(dict.fromkeys(task for _, _, task in found.values()))


def _covered(fact: IntentClassified, control: Control) -> bool:
    if fact.call is None:
        return False
    target = Target(fact.tenant, fact.agent, fact.task, fact.call.action_type, fact.call.tool, fact.judgement.risk)
    return covers(control.scope, target, control.tenant)

"""From risk and confidence to a route, and to who has to agree."""

from collections.abc import Mapping
from types import MappingProxyType

from groundstop.policy.basics import CallSubject
from groundstop.policy.people import Requirement
from groundstop.policy.stages.call import Call
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Band, Reason, Route

MEANING: Mapping[Route, str] = MappingProxyType(
    {
        Route.PROCEED: "it may go ahead",
        Route.CONFIRM: "someone confirms it first, with its assumptions stated",
        Route.APPROVE: "a person must approve it",
        Route.CLARIFY: "the agent has to ask back first",
        Route.ESCALATE: "it is handed to a person",
        Route.REFUSE: "it is refused",
    }
)
ACTION: Mapping[Route, str] = MappingProxyType(
    {
        Route.PROCEED: "proceed",
        Route.CONFIRM: "a person confirms, with the assumptions stated",
        Route.APPROVE: "a person must approve",
        Route.CLARIFY: "the agent must clarify",
        Route.ESCALATE: "escalate to a person",
        Route.REFUSE: "refuse",
    }
)
"""What a cell of the routes table asks for, in the sentence that names the cell."""
ASSUMPTIONS_SHOWN = 5
NOBODY_IN_PARTICULAR = Requirement()


def confidence(call: Call, walk: Walk) -> None:
    """The band that the stated confidence falls into."""
    stated = call.proposal.confidence
    if stated is None:
        walk.band = call.policy.confidence.unstated
        walk.note("confidence", f"The agent did not state a confidence; the policy reads that as {_plain(walk.band)}.")
        return
    walk.band = call.tool.thresholds.band(stated)
    walk.note("confidence", f"The agent is {stated:.0%} sure, which counts as {_plain(walk.band)}.")


def table(call: Call, walk: Walk) -> None:
    """The cell of the routes table."""
    route = call.policy.routes.route(walk.risk, walk.band)
    walk.raise_route(route, None if walk.code is Reason.UNKNOWN_TOOL else code_of(route))
    walk.note("route", f"Policy: {walk.risk} + {_plain(walk.band)} confidence -> {ACTION[route]}.")
    if route is Route.CONFIRM and call.proposal.assumptions:
        stated = "; ".join(text[:200] for text in call.proposal.assumptions[:ASSUMPTIONS_SHOWN])
        walk.note("route", f"It assumes: {stated}.")


def demands(call: Call, walk: Walk) -> None:
    """What rules and approval requirements ask for beyond the table."""
    for entry in call.matched:
        if entry.route is not None and walk.raise_route(entry.route, code_of(entry.route)):
            walk.decided_by, walk.decided_at = f"by rule {entry.id}", "rules"
    proposal = call.proposal
    needs = [entry.need for entry in call.matched if entry.need is not None]
    if call.tool.approvals:
        subject = CallSubject(proposal.tenant, proposal.agent, call.tool.name, call.tool.action_type, walk.risk)
        needs += [a.need for a in call.tool.approvals if a.match.holds(subject)]
    if needs:
        walk.need = Requirement.all_of(needs)
        if walk.need != NOBODY_IN_PARTICULAR:
            walk.note("approval", f"If it goes to people, {need_in_words(walk.need)}.")


def code_of(route: Route) -> Reason:
    """The reason code that a route brings with it."""
    if route is Route.REFUSE:
        return Reason.REFUSED_BY_POLICY
    return Reason.NEEDS_CLARIFICATION if route is Route.CLARIFY else Reason.POLICY


def need_in_words(need: Requirement) -> str:
    """A requirement as a person would say it."""
    who = f" of {' or '.join(need.groups)}" if need.groups else ""
    return f"{need.people} different people{who} must agree" if need.people > 1 else f"one person{who} must agree"


def _plain(band: Band) -> str:
    return band.value.replace("_", " ")

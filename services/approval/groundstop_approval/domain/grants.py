"""Standing grants: what one allows, and whether it covers a call. Pure.

A grant only ever replaces the one person that a risky call would have asked; it covers nothing dangerous, nothing that
needs two people, and nothing that its giver could not approve themselves at this moment. It is for the tool as it was
declared when it was given.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from groundstop.catalogue import Tool
from groundstop.commands.grants import DAYS_MAX, Grant
from groundstop.errors import RequestFailed
from groundstop.events import (
    Call,
    GrantFact,
    GrantGiven,
    GrantRevoked,
    GrantUsed,
    IntentAdmitted,
    IntentCleared,
    Judgement,
    Need,
)
from groundstop.ids import derived_id
from groundstop.intent import Intent
from groundstop.policy.cel_text import BadCondition
from groundstop.policy.compiling import compile_condition
from groundstop.policy.conditions import context_of, evaluate
from groundstop.policy.stages.call import intent_facts
from groundstop.stored import Stored
from groundstop.vocabulary import ErrorCode, Risk

from groundstop_approval.domain.people import APPROVER, Directory, Person, person
from groundstop_approval.domain.state import Read, decoded

ACTOR = "approval"


@dataclass(frozen=True, slots=True)
class GrantState:
    """A grant and its uses. ``seq`` is the newest fact about it."""

    given: GrantGiven
    uses: tuple[GrantUsed, ...] = ()
    revoked: GrantRevoked | None = None
    seq: int = 0

    @property
    def left(self) -> int:
        """How many more uses it allows."""
        return self.given.uses - len(self.uses)

    def ended(self, now: datetime) -> str:
        """Why nothing more is allowed: revoked, used_up or expired; nothing while it is in force."""
        if self.revoked is not None:
            return "revoked"
        if self.left <= 0:
            return "used_up"
        return "expired" if now >= self.given.until else ""


MODELS: dict[str, type[GrantFact]] = {model.kind: model for model in (GrantGiven, GrantUsed, GrantRevoked)}


def after(state: GrantState | None, stored: Stored, read: Read = decoded) -> GrantState | None:
    """The grant after one more fact."""
    model = MODELS.get(".".join(stored.subject.split(".", 3)[1:3]))
    fact = None if model is None else read(model, stored)
    if isinstance(fact, GrantGiven):
        return GrantState(fact, seq=stored.seq)
    if state is None or stored.seq <= state.seq:
        return state
    if isinstance(fact, GrantUsed):
        return replace(state, uses=(*state.uses, fact), seq=stored.seq)
    return replace(state, revoked=fact, seq=stored.seq) if isinstance(fact, GrantRevoked) else state


def fold(changes: Iterable[Stored], read: Read = decoded) -> GrantState | None:
    """The grant in its facts. ``seq`` is the newest of them, also when that one counts for nothing."""
    state: GrantState | None = None
    for stored in sorted(changes, key=lambda message: message.seq):
        state = after(state, stored, read)
        state = state and replace(state, seq=max(state.seq, stored.seq))
    return state


def giver_of(given: GrantGiven, directory: Directory) -> Person:
    """Who gave it, as they are known now. For whom a face vouched, the face's word goes on to count."""
    by_face = bool(given.face) or not given.tool_digest  # older grants do not say how their giver was known
    return person(directory, given.by, given.groups, (APPROVER,)) if by_face else person(directory, given.by)


def why_giver_not(given: GrantGiven, proposal: Intent, giver: Person, directory: Directory) -> str:
    """Why the one who gave the grant could not approve the call at this moment; nothing when they could."""
    if not giver.decides:
        return f"{giver.name} has no role that decides any more"
    if giver.name == proposal.user:
        return f"{proposal.agent} proposed this on behalf of {giver.name}"
    if giver.name == proposal.agent or giver.name in directory.owners_of(proposal.agent):
        return f"it is {giver.name}'s own agent"
    return f"{giver.name} operates the executors" if giver.name in directory.operators else ""


def tool_digest(tool: Tool) -> str:
    """What a tool is declared to be, but for what is not said about it."""
    return sha256(tool.model_dump_json(exclude_defaults=True).encode()).hexdigest()


def why_tool_not(given: GrantGiven, call: Call, tool: Tool | None) -> str:
    """Why the tool is not the one that the grant was given for; nothing when it is."""
    if not given.tool_digest:
        return ""  # of an older version, which did not note it; it ends within DAYS_MAX
    if tool is None or tool_digest(tool) != given.tool_digest:
        return "the tool is declared otherwise than when the grant was given"
    return "" if call.tool_version == given.tool_version else f"it was given for version {given.tool_version}"


def why_not(
    state: GrantState, proposal: Intent, call: Call, judgement: Judgement, need: Need, now: datetime, giver: Person
) -> str:
    """Why the grant's terms do not cover the call; nothing when they do."""
    given = state.given
    if ended := state.ended(now):
        return ended
    if (given.tenant, given.agent, given.tool) != (proposal.tenant, proposal.agent, call.tool):
        return "another agent or tool"
    if judgement.risk is Risk.DANGEROUS:
        return "dangerous calls are always shown to people"
    if need.people > 1:
        return "more than one person has to agree"
    if need.groups and not set(need.groups) & giver.groups:
        return "its giver is in none of the groups that are asked"
    return "" if holds(given.condition, proposal, call, judgement, now) else "its condition does not hold"


def holds(condition: str, proposal: Intent, call: Call, judgement: Judgement, now: datetime) -> bool:
    """Whether a grant's condition holds. What cannot be evaluated does not: a grant never covers by mistake."""
    tool = {
        "name": call.tool,
        "version": call.tool_version,
        "action_type": call.action_type,
        "risk": judgement.risk.value,
    }
    try:
        compiled = compile_condition(condition)
        answer = evaluate(
            compiled, context_of({"intent": dict(intent_facts(proposal)), "tool": tool, "task": {}, "now": now})
        )
    except (BadCondition, ValueError):
        return False
    return answer.holds and not answer.failure


def use(state: GrantState, held: IntentAdmitted, now: datetime) -> GrantUsed:
    """The next use, for one held intent."""
    given, number = state.given, len(state.uses) + 1
    return GrantUsed(
        id=derived_id(given.id, f"grant.used:{number}:{held.intent}"),
        at=now,
        cause=held.id,
        trace=held.trace,
        actor=ACTOR,
        tenant=given.tenant,
        agent=given.agent,
        intent=given.intent,
        task=given.task,
        number=number,
        by=given.by,
        cleared_intent=held.intent,
        cleared_task=held.task,
        call=held.call,
        risk=held.judgement.risk,
        user=held.proposal.user,
        policy_version=held.judgement.policy_version,
        deadline=held.proposal.deadline,
    )


def clearance(used: GrantUsed, ttl_s: float) -> IntentCleared:
    """What a use brings about."""
    return IntentCleared(
        id=derived_id(used.id, "intent.cleared"),
        at=used.at,
        cause=used.id,
        trace=used.trace,
        actor=ACTOR,
        tenant=used.tenant,
        agent=used.agent,
        intent=used.cleared_intent,
        task=used.cleared_task,
        call=used.call,
        risk=used.risk,
        user=used.user,
        policy_version=used.policy_version,
        expires_at=used.at + timedelta(seconds=ttl_s),
        deadline=used.deadline,
        by=f"grant {used.grant} of {used.by}",
    )


def check_terms(condition: str, until: datetime, now: datetime) -> None:
    """Raises RequestFailed(grant_refused) for terms that no grant may have."""
    try:
        compile_condition(condition)
    except BadCondition as error:
        raise RequestFailed(ErrorCode.GRANT_REFUSED, f"condition: {error}") from error
    if not now < until <= now + timedelta(days=DAYS_MAX):
        raise RequestFailed(
            ErrorCode.GRANT_REFUSED, f"until: within the next {DAYS_MAX} days is expected, got {until.isoformat()}"
        )


def shown(state: GrantState, now: datetime) -> Grant:
    """The grant as answers show it."""
    given, ended = state.given, state.ended(now)
    return Grant(
        grant=given.grant,
        tenant=given.tenant,
        agent=given.agent,
        tool=given.tool,
        tool_version=given.tool_version,
        condition=given.condition,
        uses=given.uses,
        by=given.by,
        note=given.note,
        used=len(state.uses),
        left=max(0, state.left),
        until=given.until,
        at=given.at,
        active=not ended,
        ended=ended,
        revoked_by=state.revoked.by if state.revoked else "",
    )

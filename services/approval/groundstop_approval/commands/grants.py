"""Commands about standing grants: give, list, look at, revoke."""

from datetime import datetime, timedelta

from groundstop import subjects
from groundstop.catalogue import Tool
from groundstop.commands.grants import (
    GetGrant,
    GiveGrant,
    Grant,
    GrantDetails,
    GrantList,
    GrantUse,
    ListGrants,
    RevokeGrant,
)
from groundstop.errors import RequestFailed
from groundstop.events import GrantGiven, GrantRevoked
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.vocabulary import ErrorCode, Risk

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.commands.reach import sees, tenant_of
from groundstop_approval.domain.grants import GrantState, check_terms, shown, tool_digest
from groundstop_approval.domain.people import Directory, Person
from groundstop_approval.projections.case_log import TRIES
from groundstop_approval.projections.grants import Grants


def make_granting(context: Context, grants: Grants) -> Acts:
    """The commands of this room."""

    async def give(person: Person, asked: GiveGrant) -> Grant:
        given = _given(context, person, asked)
        ack = await context.log.publish_once(given)
        state = await grants.now(GrantState(given, seq=ack.seq))
        return shown(state, context.clock())

    async def list_grants(person: Person, asked: ListGrants) -> GrantList:
        wanted = {name: value for name in ("tenant", "agent", "tool") if (value := getattr(asked, name))}
        now = context.clock()
        found = tuple(
            shown(state, now)
            for state in grants.all()
            if sees(person, state.given.tenant)
            and all(getattr(state.given, name) == value for name, value in wanted.items())
            and (asked.all or not state.ended(now))
        )
        return GrantList(grants=found, total=len(found))

    async def find(person: Person, name: str) -> GrantState:
        state = await grants.find(name)
        if not sees(person, state.given.tenant):
            raise RequestFailed(ErrorCode.NOT_FOUND, f"no grant {name!r}")
        return state

    async def get(person: Person, asked: GetGrant) -> GrantDetails:
        state = await find(person, asked.grant)
        used = tuple(
            GrantUse(n=use.number, intent=use.cleared_intent, at=use.at, digest=use.call.digest) for use in state.uses
        )
        return GrantDetails(grant=shown(state, context.clock()), used=used)

    async def revoke(person: Person, asked: RevokeGrant) -> Grant:
        if not person.decides:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} has no role that gives or revokes grants")
        for _ in range(TRIES):
            state = await find(person, asked.grant)
            if state.revoked is not None:
                return shown(state, context.clock())
            fact = _revoked(state.given, person, asked.note, context.clock())
            if (await context.log.follow(fact, state.seq, fact.changes())).stored:
                return shown(await grants.now(state), context.clock())
        raise RequestFailed(ErrorCode.UNAVAILABLE, f"grant {asked.grant} was used {TRIES} times meanwhile; try again")

    return (
        GiveGrant.handled_by(give),
        ListGrants.handled_by(list_grants),
        GetGrant.handled_by(get),
        RevokeGrant.handled_by(revoke),
    )


def _given(context: Context, person: Person, asked: GiveGrant) -> GrantGiven:
    now, tenant = context.clock(), tenant_of(person, asked.tenant)
    until = asked.until or now + timedelta(seconds=asked.ttl_s)
    check_terms(asked.condition, until, now)
    _check_giver(person, asked.agent, context.directory)
    declared = _checked_tool(context.catalogue.get(asked.tool), asked.tool)
    grant = new_id()
    return GrantGiven(
        id=derived_id(grant, "grant.given"),
        at=now,
        trace=trace_of(grant),
        actor=person.name,
        tenant=subjects.token(tenant, "tenant"),
        agent=subjects.token(asked.agent, "agent"),
        intent=grant,
        task=grant,
        tool=asked.tool,
        condition=asked.condition,
        uses=asked.uses,
        until=until,
        by=person.name,
        groups=tuple(sorted(person.groups)),
        face=person.face,
        tool_version=asked.tool_version or declared.version,
        tool_digest=tool_digest(declared),
        note=asked.note,
    )


def _check_giver(person: Person, agent: str, directory: Directory) -> None:
    if not person.decides:
        raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} has no role that gives grants")
    if person.name == agent or person.name in directory.owners_of(agent) or person.name in directory.operators:
        because = "nobody grants anything to themselves, to their own agent or to what they operate"
        raise RequestFailed(ErrorCode.SELF_APPROVAL, because, {"because": because})


def _checked_tool(tool: Tool | None, name: str) -> Tool:
    if tool is None:
        raise RequestFailed(
            ErrorCode.GRANT_REFUSED, f"no tool {name!r} in the catalogue: it is dangerous until it is declared"
        )
    if tool.risk is Risk.DANGEROUS:
        raise RequestFailed(ErrorCode.GRANT_REFUSED, f"{name} is declared dangerous: it is always shown to people")
    return tool


def _revoked(given: GrantGiven, person: Person, note: str, now: datetime) -> GrantRevoked:
    return GrantRevoked(
        id=derived_id(given.id, f"grant.revoked:{person.name}:{now.isoformat()}"),
        at=now,
        cause=given.id,
        trace=given.trace,
        actor=person.name,
        tenant=given.tenant,
        agent=given.agent,
        intent=given.intent,
        task=given.task,
        by=person.name,
        note=note,
    )

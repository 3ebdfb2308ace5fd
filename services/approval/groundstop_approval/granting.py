"""Commands about standing grants: give, list, look at, revoke."""

from datetime import datetime, timedelta
from typing import Any

from groundstop import subjects
from groundstop.catalogue import Tool
from groundstop.errors import RequestFailed
from groundstop.events import GrantGiven, GrantRevoked
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.words import Risk

from groundstop_approval.caselog import TRIES
from groundstop_approval.context import Act, Context, number_of, require, text_of
from groundstop_approval.grantbook import Grants
from groundstop_approval.grants import DAYS_MAX, USES_MAX, GrantState, check_terms, shown, tool_digest
from groundstop_approval.people import Directory, Person
from groundstop_approval.reach import sees, tenant_of

DAY_S = 86_400.0


def make_granting(context: Context, grants: Grants) -> dict[str, Act]:
    """The commands of this room."""

    async def give(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        given = _given(context, person, body)
        ack = await context.log.publish_once(given)
        state = await grants.now(GrantState(given, seq=ack.seq))
        return shown(state, context.clock())

    async def list_grants(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        wanted = {name: value for name in ("tenant", "agent", "tool") if (value := text_of(body, name))}
        now = context.clock()
        found = [
            shown(state, now)
            for state in grants.all()
            if sees(person, state.given.tenant)
            and all(getattr(state.given, name) == value for name, value in wanted.items())
            and (body.get("all") or not state.ended(now))
        ]
        return {"grants": found, "total": len(found)}

    async def find(person: Person, name: str) -> GrantState:
        state = await grants.find(name)
        if not sees(person, state.given.tenant):
            raise RequestFailed("not_found", f"no grant {name!r}")
        return state

    async def get(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        state = await find(person, text_of(body, "grant"))
        used = [
            {"n": use.number, "intent": use.cleared_intent, "at": use.at.isoformat(), "digest": use.call.digest}
            for use in state.uses
        ]
        return {"grant": shown(state, context.clock()), "used": used}

    async def revoke(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        name, note = text_of(body, "grant"), text_of(body, "note")
        if not note.strip():
            raise RequestFailed("note_required", "a revocation needs a note")
        if not person.decides:
            raise RequestFailed("not_allowed", f"{person.name} has no role that gives or revokes grants")
        for _ in range(TRIES):
            state = await find(person, name)
            if state.revoked is not None:
                return shown(state, context.clock())
            fact = _revoked(state.given, person, note, context.clock())
            if (await context.log.follow(fact, state.seq, fact.changes())).stored:
                return shown(await grants.now(state), context.clock())
        raise RequestFailed("unavailable", f"grant {name} was used {TRIES} times meanwhile; try again")

    return {"grant.give": give, "grant.list": list_grants, "grant.get": get, "grant.revoke": revoke}


def _given(context: Context, person: Person, body: dict[str, Any]) -> GrantGiven:
    agent, tool = require(body, "agent", "tool")
    now, tenant = context.clock(), tenant_of(person, body)
    uses, condition = number_of(body, "uses", 1, 1, USES_MAX), text_of(body, "condition")
    until = _until(body, now)
    check_terms(condition, uses, until, now)
    _check_giver(person, agent, context.directory)
    declared = _checked_tool(context.catalogue.get(tool), tool)
    grant = new_id()
    return GrantGiven(
        id=derived_id(grant, "grant.given"),
        at=now,
        trace=trace_of(grant),
        actor=person.name,
        tenant=subjects.token(tenant, "tenant"),
        agent=subjects.token(agent, "agent"),
        intent=grant,
        task=grant,
        tool=tool,
        condition=condition,
        uses=int(uses),
        until=until,
        by=person.name,
        groups=tuple(sorted(person.groups)),
        face=person.face,
        tool_version=text_of(body, "tool_version", chars_max=64) or declared.version,
        tool_digest=tool_digest(declared),
        note=text_of(body, "note"),
    )


def _until(body: dict[str, Any], now: datetime) -> datetime:
    if text := text_of(body, "until"):
        try:
            until = datetime.fromisoformat(text)
        except ValueError as error:
            raise RequestFailed("invalid_request", f"until: {error}") from error
        if until.tzinfo is None:
            raise RequestFailed("invalid_request", "until: a time with its offset from UTC is expected")
        return until
    return now + timedelta(seconds=number_of(body, "ttl_s", DAY_S, 1, DAYS_MAX * DAY_S))


def _check_giver(person: Person, agent: str, directory: Directory) -> None:
    if not person.decides:
        raise RequestFailed("not_allowed", f"{person.name} has no role that gives grants")
    if person.name == agent or person.name in directory.owners_of(agent) or person.name in directory.operators:
        because = "nobody grants anything to themselves, to their own agent or to what they operate"
        raise RequestFailed("self_approval", because, {"because": because})


def _checked_tool(tool: Tool | None, name: str) -> Tool:
    if tool is None:
        raise RequestFailed("grant_refused", f"no tool {name!r} in the catalogue: it is dangerous until it is declared")
    if tool.risk is Risk.DANGEROUS:
        raise RequestFailed("grant_refused", f"{name} is declared dangerous: it is always shown to people")
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

"""Drills: known-bad cases that test whether reviewers read. They look like any other, and nothing ever follows."""

from datetime import timedelta

from groundstop import subjects
from groundstop.commands.cases import DrillOpened, OpenDrill
from groundstop.digest import digest
from groundstop.errors import RequestFailed
from groundstop.events import Call, CaseOpened, Need
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.intent import Intent
from groundstop.vocabulary import CaseKind, ErrorCode

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.commands.reach import tenant_of
from groundstop_approval.domain.cases import ACTOR, question_of, timer_of
from groundstop_approval.domain.people import ADMIN, Person


def make_drilling(context: Context) -> Acts:
    """The commands of this room."""

    async def drill(person: Person, asked: OpenDrill) -> DrillOpened:
        if context.directory.people and ADMIN not in person.roles:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} is no admin: drills are theirs to open")
        opened = _opened(context, person, asked)
        ends = timer_of(opened)
        await context.log.schedule(ends, ends.target(), opened.expires_at)
        ack = await context.log.publish_once(opened)
        return DrillOpened(case=opened.case, seq=ack.seq)

    return (OpenDrill.handled_by(drill),)


def _opened(context: Context, person: Person, asked: OpenDrill) -> CaseOpened:
    agent, tool, arguments, intent, now = asked.agent, asked.tool, asked.arguments, new_id(), context.clock()
    tenant = tenant_of(person, asked.tenant)
    proposal = Intent(
        tenant=tenant,
        agent=subjects.token(agent, "agent"),
        intent=intent,
        task=intent,
        tool=tool,
        arguments=arguments,
        reasoning=asked.reasoning,
        confidence=0.8,
    )
    known = context.catalogue.get(tool)
    judgement = context.holder.judge.decide(proposal, now=now)
    return CaseOpened(
        id=derived_id(intent, "case.opened"),
        at=now,
        trace=trace_of(intent),
        actor=ACTOR,
        tenant=tenant,
        agent=agent,
        intent=intent,
        task=intent,
        case_kind=CaseKind.APPROVAL,
        question=question_of(CaseKind.APPROVAL, proposal),
        call=Call(
            tool=tool,
            tool_version=proposal.tool_version,
            arguments=arguments,
            digest=digest(tenant, agent, tool, proposal.tool_version, arguments),
            action_type=known.action_type if known else "unknown",
        ),
        judgement=judgement,
        proposal=proposal,
        expires_at=now + timedelta(seconds=context.holder.policy.expiry_s(CaseKind.APPROVAL, judgement.risk)),
        need=Need(),
        drill=True,
    )

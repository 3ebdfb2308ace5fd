"""Commands about hand-offs: ask for a person, end the pause, see what is paused, read a task's summary."""

from collections.abc import Mapping
from typing import Literal

from groundstop import subjects
from groundstop.commands.tasks import (
    GivenBack,
    GiveTaskBack,
    HandedOff,
    HandOffTask,
    ListTasks,
    SummariseTask,
    TaskList,
    TaskSummary,
    TaskWaiting,
)
from groundstop.controls.rules import was_handed_off
from groundstop.errors import RequestFailed
from groundstop.events import CaseDecided, CaseOpened, TaskHandoff, TaskResumed
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.vocabulary import CaseKind, ErrorCode, Verdict

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.commands.decide import Choice, decide_opened
from groundstop_approval.commands.reach import agent_of, sees, tenant_of
from groundstop_approval.domain.cases import open_handoff
from groundstop_approval.domain.people import Person
from groundstop_approval.projections.pauses import decision_of
from groundstop_approval.projections.tasks import summary_of

STATE_OF: Mapping[Verdict, Literal["taken_over", "abandoned"]] = {
    Verdict.TAKEN_OVER: "taken_over",
    Verdict.EXPIRED: "abandoned",
}


def make_handing(context: Context) -> Acts:
    """The commands of this room."""

    async def handoff(person: Person, wanted: HandOffTask) -> HandedOff:
        asked = _asked(context, person, wanted)
        async with context.pausing.turn(asked):
            await context.pausing.check(asked)
            ack = await context.log.publish_once(asked)
            if not ack.stored:
                asked = await context.log.last_fact(TaskHandoff, asked.subject()) or asked
            paused = await context.pausing.settle(asked)
        await context.log.publish_once(open_handoff(asked, context.holder.policy))  # its fact ensures it, too
        await context.pausing.obeyed()
        return HandedOff(
            handoff=asked.intent,
            case=f"{asked.intent}-{CaseKind.HANDOFF}",
            tenant=asked.tenant,
            agent=asked.agent,
            task=asked.task,
            control=asked.intent,
            paused=paused,
            seq=ack.seq,
        )

    async def give_back(person: Person, wanted: GiveTaskBack) -> GivenBack:
        if not person.decides:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} has no role that gives tasks back")
        opened = await context.find(wanted.case, person)
        asked = await _handoff_of(context, opened)
        decided = await decision_of(context.log, asked)
        if decided is None:
            await decide_opened(context, opened, person, Choice(Verdict.GIVEN_BACK, wanted.note, wanted.answer))
        else:
            await context.log.publish_once(_resumed(context, asked, person, wanted.note))
        paused = await context.pausing.settle(asked)
        return GivenBack(handoff=asked.intent, task=asked.task, paused=paused)

    async def list_tasks(person: Person, wanted: ListTasks) -> TaskList:
        found = []
        for handoff in await _waiting(context):
            asked = await context.log.last_fact(TaskHandoff, subjects.pattern("task.handoff", intent=handoff))
            if asked is not None and wanted.tenant in ("", asked.tenant) and sees(person, asked.tenant):
                found.append(_shown(asked, await decision_of(context.log, asked)))
        return TaskList(tasks=tuple(found), total=len(found))

    async def summary(person: Person, wanted: SummariseTask) -> TaskSummary:
        tenant, task = tenant_of(person, wanted.tenant), subjects.token(wanted.task, "task")
        return await summary_of(context.log, context.pausing, tenant, task, context.clock())

    return (
        HandOffTask.handled_by(handoff),
        GiveTaskBack.handled_by(give_back),
        ListTasks.handled_by(list_tasks),
        SummariseTask.handled_by(summary),
    )


async def _waiting(context: Context) -> list[str]:
    """The hand-offs whose tasks wait, those that are still halts included."""
    return [
        *(halt.control for halt in await context.pausing.halts() if was_handed_off(halt)),
        *(pause.handoff for _, pause in await context.pausing.paused()),
    ]


def _asked(context: Context, person: Person, wanted: HandOffTask) -> TaskHandoff:
    handoff = subjects.token(wanted.id or new_id(), "id")
    return TaskHandoff(
        id=derived_id(handoff, "task.handoff"),
        at=context.clock(),
        trace=trace_of(handoff),
        actor=person.name,
        tenant=tenant_of(person, wanted.tenant),
        agent=agent_of(person, wanted.agent),
        intent=handoff,
        task=subjects.token(wanted.task, "task"),
        reason=wanted.reason,
        by=person.name,
        user=wanted.user,
    )


async def _handoff_of(context: Context, opened: CaseOpened) -> TaskHandoff:
    where = subjects.subject("task.handoff", opened.tenant, opened.agent, opened.intent)
    asked = await context.log.last_fact(TaskHandoff, where)
    if asked is None:
        raise RequestFailed(ErrorCode.INVALID_REQUEST, f"case {opened.case} is not a hand-off")
    return asked


def _resumed(context: Context, asked: TaskHandoff, person: Person, note: str) -> TaskResumed:
    return TaskResumed.caused_by(asked, context.clock(), person.name, by=person.name, note=note)


def _shown(asked: TaskHandoff, decided: CaseDecided | None) -> TaskWaiting:
    return TaskWaiting(
        handoff=asked.intent,
        case=f"{asked.intent}-{CaseKind.HANDOFF}",
        tenant=asked.tenant,
        agent=asked.agent,
        task=asked.task,
        reason=asked.reason,
        by=asked.by,
        at=asked.at,
        control=asked.intent,
        state="waiting" if decided is None else STATE_OF.get(decided.verdict, "waiting"),
    )

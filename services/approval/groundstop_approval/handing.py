"""Commands about hand-offs: ask for a person, end the pause, see what is paused, read a task's summary."""

from typing import Any

from groundstop import subjects
from groundstop.errors import RequestFailed
from groundstop.events import TaskHandoff, TaskResumed
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.lawful import was_handed_off
from groundstop.words import CaseKind, Verdict

from groundstop_approval.context import Act, Context, require, text_of
from groundstop_approval.deciding import decide_opened
from groundstop_approval.domain import open_handoff
from groundstop_approval.pausing import decision_of
from groundstop_approval.people import Person
from groundstop_approval.reach import agent_of, sees, tenant_of
from groundstop_approval.tasks import summary_of

STATE_OF = {None: "waiting", Verdict.TAKEN_OVER: "taken_over", Verdict.EXPIRED: "abandoned"}


def make_handing(context: Context) -> dict[str, Act]:
    """The commands of this room."""

    async def handoff(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(context, person, body)
        async with context.pausing.turn(asked):
            await context.pausing.check(asked)
            ack = await context.log.publish_once(asked)
            if not ack.stored:
                asked = await context.log.last_fact(TaskHandoff, asked.subject()) or asked
            paused = await context.pausing.settle(asked)
        await context.log.publish_once(open_handoff(asked, context.judging.policy))  # its fact ensures it, too
        await context.pausing.obeyed()
        return {
            "handoff": asked.intent,
            "case": f"{asked.intent}-{CaseKind.HANDOFF}",
            "tenant": asked.tenant,
            "agent": asked.agent,
            "task": asked.task,
            "control": asked.intent,
            "paused": paused,
            "seq": ack.seq,
        }

    async def give_back(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        note = text_of(body, "note")
        if not note.strip():
            raise RequestFailed("note_required", "the end of a pause needs a note: why is it safe to go on?")
        if not person.decides:
            raise RequestFailed("not_allowed", f"{person.name} has no role that gives tasks back")
        asked = await _handoff_of(context, person, body)
        decided = await decision_of(context.log, asked)
        if decided is None:
            opened = await context.find(body.get("case"), person)
            await decide_opened(context, opened, person, Verdict.GIVEN_BACK, body)
        else:
            await context.log.publish_once(_resumed(context, asked, person, note))
        paused = await context.pausing.settle(asked)
        return {"handoff": asked.intent, "task": asked.task, "paused": paused}

    async def list_tasks(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        tenant, found = text_of(body, "tenant"), []
        for handoff in await _waiting(context):
            asked = await context.log.last_fact(TaskHandoff, subjects.pattern("task.handoff", intent=handoff))
            if asked is not None and tenant in ("", asked.tenant) and sees(person, asked.tenant):
                decided = await decision_of(context.log, asked)
                found.append(_shown(asked, STATE_OF.get(decided.verdict if decided else None, "waiting")))
        return {"tasks": found, "total": len(found)}

    async def summary(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        (task,) = require(body, "task")
        tenant = tenant_of(person, body)
        return await summary_of(context.log, context.pausing, tenant, subjects.token(task, "task"), context.clock())

    return {
        "task.handoff": handoff,
        "task.give_back": give_back,
        "task.list": list_tasks,
        "task.summary": summary,
    }


async def _waiting(context: Context) -> list[str]:
    """The hand-offs whose tasks wait, those that are still halts included."""
    return [
        *(halt.control for halt in await context.pausing.halts() if was_handed_off(halt)),
        *(pause.handoff for _, pause in await context.pausing.paused()),
    ]


def _asked(context: Context, person: Person, body: dict[str, Any]) -> TaskHandoff:
    task, reason = require(body, "task", "reason")
    handoff = subjects.token(text_of(body, "id") or new_id(), "id")
    return TaskHandoff(
        id=derived_id(handoff, "task.handoff"),
        at=context.clock(),
        trace=trace_of(handoff),
        actor=person.name,
        tenant=tenant_of(person, body),
        agent=agent_of(person, body),
        intent=handoff,
        task=subjects.token(task, "task"),
        reason=reason,
        by=person.name,
        user=text_of(body, "user", chars_max=256),
    )


async def _handoff_of(context: Context, person: Person, body: dict[str, Any]) -> TaskHandoff:
    opened = await context.find(body.get("case"), person)
    where = subjects.subject("task.handoff", opened.tenant, opened.agent, opened.intent)
    asked = await context.log.last_fact(TaskHandoff, where)
    if asked is None:
        raise RequestFailed("invalid_request", f"case {opened.case} is not a hand-off")
    return asked


def _resumed(context: Context, asked: TaskHandoff, person: Person, note: str) -> TaskResumed:
    return TaskResumed.caused_by(asked, context.clock(), person.name, by=person.name, note=note)


def _shown(asked: TaskHandoff, state: str) -> dict[str, Any]:
    return {
        "handoff": asked.intent,
        "case": f"{asked.intent}-{CaseKind.HANDOFF}",
        "tenant": asked.tenant,
        "agent": asked.agent,
        "task": asked.task,
        "reason": asked.reason,
        "by": asked.by,
        "at": asked.at.isoformat(),
        "control": asked.intent,
        "state": state,
    }

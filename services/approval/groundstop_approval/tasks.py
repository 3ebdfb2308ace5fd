"""Hand-off: pausing a task by a halt that the log's fence enforces, and saying what the task has done.

The pause is derived from facts: it is in force as long as a hand-off was asked for and not ended. ``settle_pause``
makes the controls say so, whoever calls it and however often, so a service that dies half-way leaves nothing behind.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

import orjson
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls import with_halt, without
from groundstop.errors import GroundstopError, NoAcknowledgement
from groundstop.events import (
    CaseDecided,
    Control,
    Fact,
    Halt,
    IntentClassified,
    IntentSubmitted,
    Outcome,
    TaskHandoff,
    TaskResumed,
)
from groundstop.ids import derived_id
from groundstop.log.lanes import change_controls, read_controls
from groundstop.policy import summarise
from groundstop.words import CaseKind, Reason, Status, Verdict

from groundstop_approval.caselog import CaseLog

ACTOR = "approval"
LIFTING = (Verdict.GIVEN_BACK, Verdict.WITHDRAWN)
SETTLE_TRIES = 10
SINCE = timedelta(days=7)
READ_S = 2.0
"""A briefing waits no longer for a task's facts: it shows what was read by then."""
CANCEL_READ_S = 60.0
INTENTS_MAX = 500


async def settle_pause(log: CaseLog, asked: TaskHandoff, clock: Clock) -> bool:
    """Make the controls agree with the facts about one hand-off; returns whether the task is paused."""
    for _ in range(SETTLE_TRIES):
        paused = not await _is_over(log, asked)
        in_force = any(halt.control == asked.intent for halt in (await read_controls(log.nc)).halts)
        if paused == in_force:
            return paused
        with contextlib.suppress(GroundstopError):  # another replica lifted it in the same moment: look again
            await _write(log, asked, paused, clock)
    raise NoAcknowledgement(f"the pause of task {asked.task} could not be settled")


async def _is_over(log: CaseLog, asked: TaskHandoff) -> bool:
    decided = await decision_of(log, asked)
    if decided is not None and decided.verdict in LIFTING:
        return True
    resumed = subjects.subject(TaskResumed.kind, asked.tenant, asked.agent, asked.intent)
    return await log.last(resumed) is not None


async def decision_of(log: CaseLog, asked: TaskHandoff) -> CaseDecided | None:
    """How the case of a hand-off was decided, if it was."""
    where = (asked.tenant, asked.agent, asked.intent, CaseKind.HANDOFF.value)
    return await log.last_fact(CaseDecided, subjects.any_detail("case.decided", *where))


async def _write(log: CaseLog, asked: TaskHandoff, paused: bool, clock: Clock) -> None:
    halt = Halt(
        control=asked.intent,
        scope=f"task={asked.task}",
        tenant=asked.tenant,
        reason=f"handed to a person: {asked.reason}"[:2000],
        by=asked.by,
        at=asked.at,
    )

    def change(halts: tuple[Halt, ...]) -> Control:
        table = with_halt(halts, halt) if paused else without(halts, halt.control)
        action = "halt" if paused else "resume"
        return Control(
            id=derived_id(halt.control, f"control:{action}"),
            at=clock(),
            actor=ACTOR,
            control=halt.control,
            action=action,
            scope=halt.scope,
            tenant=halt.tenant,
            reason=halt.reason if paused else "given back",
            by=asked.by if paused else ACTOR,
            halts=table,
        )

    await change_controls(log.nc, change, sign=log.signed)


async def facts_of_task(log: CaseLog, tenant: str, task: str, before: datetime, wait_s: float) -> list[Fact]:
    """Submissions, judgements and outcomes of one task in the week before ``before`` and since, in log order.

    What was not read within ``wait_s`` is left out: the log is ordered by time, not by task.
    """
    models: dict[str, type[Fact]] = {m.kind: m for m in (IntentSubmitted, IntentClassified, Outcome)}
    patterns = [subjects.pattern(kind, tenant=tenant) for kind in models]
    found: list[Fact] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            async for stored in log.until_now(patterns=patterns, since=(before - SINCE).timestamp()):
                if task.encode() in stored.payload and _task_in(stored.payload) == task:
                    kind = next(kind for kind in models if stored.subject.startswith(f"gs.{kind}."))
                    if (fact := log.fact(models[kind], stored)) is not None:
                        found.append(fact)  # what was no intent has no place in a summary
    return found[-3 * INTENTS_MAX :]


def _task_in(payload: bytes) -> str:
    """The task that a message names; empty for what is no JSON object."""
    try:
        return str(orjson.loads(payload)["task"])
    except (ValueError, KeyError, TypeError):
        return ""


async def summary_of(log: CaseLog, tenant: str, task: str, before: datetime) -> dict[str, Any]:
    """What a task has done, what is pending and what failed, in words and intent by intent."""
    facts = await facts_of_task(log, tenant, task, before, READ_S)
    outcomes = {fact.intent: fact for fact in facts if isinstance(fact, Outcome)}
    said = summarise(facts)
    intents = [
        {
            "intent": fact.intent,
            "tool": fact.tool,
            "at": fact.at.isoformat(),
            "state": "ended" if (end := outcomes.get(fact.intent)) else "open",
            "status": end.status if end else "",
            "reason": end.reason if end else "",
        }
        for fact in facts
        if isinstance(fact, IntentSubmitted)
    ]
    halts = (await read_controls(log.nc)).halts
    return {
        "task": task,
        "intents": intents[-INTENTS_MAX:],
        "done": list(said.accomplished),
        "pending": list(said.pending),
        "failed": list(said.failed),
        "questions": list(said.open_questions),
        "paused": any(
            halt.scope in ("all", f"task={task}", f"tenant={tenant}") and halt.tenant in ("", tenant) for halt in halts
        ),
    }


async def cancellations(log: CaseLog, decided: CaseDecided) -> list[Outcome]:
    """The ends of what a task has open when somebody takes it over: whatever no executor has begun."""
    facts = await facts_of_task(log, decided.tenant, decided.task, decided.at, CANCEL_READ_S)
    over = {fact.intent for fact in facts if isinstance(fact, Outcome)} | {decided.intent}
    judged = {fact.intent: fact for fact in facts if isinstance(fact, IntentClassified)}
    return [
        _cancelled(fact, decided)
        for intent, fact in judged.items()
        if intent not in over and not await _begun(log, fact)
    ]


async def _begun(log: CaseLog, fact: IntentClassified) -> bool:
    where = subjects.any_detail("execution.started", fact.tenant, fact.agent, fact.intent)
    return await log.last(where) is not None


def _cancelled(fact: IntentClassified, decided: CaseDecided) -> Outcome:
    return Outcome.caused_by(
        fact,
        decided.at,
        ACTOR,
        status=Status.CANCELLED,
        reason_code=Reason.TAKEN_OVER,
        reason=f"{decided.by} took the task over",
        tool=fact.call.tool if fact.call else "",
        action_type=fact.call.action_type if fact.call else "",
        risk=fact.judgement.risk,
        policy_version=fact.judgement.policy_version,
    )

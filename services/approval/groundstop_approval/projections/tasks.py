"""What a task has done, what of it is open, and the end of that when somebody takes it over."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import orjson
from groundstop import subjects
from groundstop.commands.tasks import TaskIntent, TaskSummary
from groundstop.events import (
    CaseDecided,
    Fact,
    IntentClassified,
    IntentSubmitted,
    Outcome,
)
from groundstop.policy import summarise
from groundstop.vocabulary import Reason, Status

from groundstop_approval.projections.case_log import CaseLog
from groundstop_approval.projections.pauses import Pausing

ACTOR = "approval"
SINCE = timedelta(days=7)
READ_S = 2.0
"""A briefing waits no longer for a task's facts: it shows what was read by then."""
CANCEL_READ_S = 60.0
INTENTS_MAX = 500


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


async def summary_of(log: CaseLog, pausing: Pausing, tenant: str, task: str, before: datetime) -> TaskSummary:
    """What a task has done, what is pending and what failed, in words and intent by intent."""
    facts = await facts_of_task(log, tenant, task, before, READ_S)
    outcomes = {fact.intent: fact for fact in facts if isinstance(fact, Outcome)}
    said = summarise(facts)
    intents = [
        TaskIntent(
            intent=fact.intent,
            tool=fact.tool,
            at=fact.at,
            state="ended" if (end := outcomes.get(fact.intent)) else "open",
            status=end.status if end else "",
            reason=end.reason if end else "",
        )
        for fact in facts
        if isinstance(fact, IntentSubmitted)
    ]
    halts = await pausing.halts()
    paused = {(tenant, pause.task) for tenant, pause in await pausing.paused()}
    halted = any(
        halt.scope in ("all", f"task={task}", f"tenant={tenant}") and halt.tenant in ("", tenant) for halt in halts
    )
    return TaskSummary(
        task=task,
        intents=tuple(intents[-INTENTS_MAX:]),
        done=tuple(said.accomplished),
        pending=tuple(said.pending),
        failed=tuple(said.failed),
        questions=tuple(said.open_questions),
        paused=halted or (tenant, task) in paused,
    )


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

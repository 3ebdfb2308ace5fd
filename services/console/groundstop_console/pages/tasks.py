"""Tasks: what an agent is at, pausing it, handing it to a person and giving it back."""

from typing import Any

from groundstop.commands.cases import DecideCase
from groundstop.commands.tasks import GiveTaskBack, HandOffTask, TaskWaiting
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode, Verdict
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.record import ASIDE_S, RecordProblem
from groundstop_console.domain.forecast import OUTCOMES, Chances, chances
from groundstop_console.domain.intent_view import Row
from groundstop_console.domain.people import may_halt
from groundstop_console.domain.tasks import tasks_of
from groundstop_console.web.request_context import RequestContext

PAGE = 100
ROWS = 200
WAIT_S = 1.0


async def page(ctx: RequestContext) -> Response:
    """All tasks that are remembered."""
    return ctx.page("tasks.html", **await _context(ctx))


async def rows(ctx: RequestContext) -> Response:
    """The list alone, for refreshing."""
    return ctx.page("parts/tasks_list.html", **await _context(ctx))


async def _context(ctx: RequestContext) -> dict[str, Any]:
    words = ctx.query("q")[:200].lower().split()
    tasks = tasks_of(ctx.view.rows(), ctx.view.halts(), await ctx.view.handoffs())
    found = [
        task
        for task in tasks
        if all(word in f"{task.task} {task.tenant} {task.agents} {task.users}".lower() for word in words)
    ]
    return {"tasks": found[:PAGE], "found": len(found), "seen": len(tasks), "q": ctx.query("q")[:200]}


async def task(ctx: RequestContext) -> Response:
    """One task: what was done, what is pending, what failed, and how likely it is to come through."""
    tenant, name = ctx.path("tenant"), ctx.path("task")
    own = _own(ctx)
    handed = next((one for one in await ctx.view.handoffs() if (one.tenant, one.task) == (tenant, name)), None)
    found = tasks_of(own, ctx.view.halts(), () if handed is None else (handed,))[0]
    return ctx.page(
        "task.html",
        task=found,
        paused=next((halt for halt in ctx.view.halts() if halt.control == found.paused_by), None),
        chances=await _chances(ctx, tenant, own),
        handed=handed,
        may_pause=may_halt(ctx.person, f"task={name}", tenant),
        groups=_groups(own),
    )


async def task_body(ctx: RequestContext) -> Response:
    """Its steps alone, for refreshing."""
    return ctx.page("parts/task_body.html", groups=_groups(_own(ctx)))


def _own(ctx: RequestContext) -> list[Row]:
    """The intents of the task in the path, the newest first. Raises RequestFailed(not_found)."""
    tenant, name = ctx.path("tenant"), ctx.path("task")
    own = [row for row in ctx.view.rows() if (row.tenant, row.task) == (tenant, name)]
    if not own:
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown. It may be too old for the console.")
    return own


async def _chances(ctx: RequestContext, tenant: str, own: list[Row]) -> Chances | None:
    """None when the record does not answer: a page must not guess."""
    try:
        history = await ctx.view.record_of(tenant, OUTCOMES, timeout_s=ASIDE_S)
    except RecordProblem:
        return None
    return chances(own, history)


def _groups(own: list[Row]) -> dict[str, list[Row]]:
    names = {
        "open": "Pending",
        "waiting": "Waiting for people",
        "good": "Done",
        "bad": "Not done",
        "unknown": "Unknown",
    }
    return {name: [row for row in own if row.tone == tone][:ROWS] for tone, name in names.items()}


async def pause(ctx: RequestContext) -> Response:
    """Halt one task."""
    tenant, name, reason = ctx.path("tenant"), ctx.path("task"), ctx.field("reason")
    back = f"/tasks/{tenant}/{name}"
    if not may_halt(ctx.person, f"task={name}", tenant):
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown.")
    if not reason:
        return ctx.refused("A reason is required. It is shown to everybody affected.", back, 422)
    report = await ctx.view.operator().halt(f"task={name}", reason, WAIT_S, tenant=tenant)
    return ctx.done(f"Paused on {len(report.executors)} executors.", back)


async def handoff(ctx: RequestContext) -> Response:
    """Ask for a person: the task's intents are paused at once."""
    tenant, name, reason = ctx.path("tenant"), ctx.path("task"), ctx.field("reason")
    back = f"/tasks/{tenant}/{name}"
    if not ctx.person.sees(tenant):
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown.")
    if not reason:
        return ctx.refused("A reason is required: what should a person check?", back, 422)
    agents = [row.agent for row in ctx.view.rows() if (row.tenant, row.task) == (tenant, name)]
    about = {"tenant": tenant, "task": name, "reason": reason} | ({"agent": agents[0]} if agents else {})
    answer = await ctx.view.ask(tenant, HandOffTask(**about))
    ctx.say("The task is paused and waits for a person.")
    return RedirectResponse(f"/cases/{answer.case}", 303)


async def take_over(ctx: RequestContext) -> Response:
    """A person does the task from here on: what it has open is cancelled, and it stays paused."""
    handed, back = await _handed(ctx)
    note = ctx.field("note")
    await ctx.view.ask(handed.tenant, DecideCase(case=handed.case, verdict=Verdict.TAKEN_OVER, note=note))
    return ctx.done("The task is yours. Nothing of it runs until it is given back.", back)


async def give_back(ctx: RequestContext) -> Response:
    """The agent goes on: the pause ends."""
    handed, back = await _handed(ctx)
    note = ctx.field("note")
    if not note:
        return ctx.refused("A note is required: why is it safe to continue? The agent can read it.", back, 422)
    await ctx.view.ask(handed.tenant, GiveTaskBack(case=handed.case, note=note))
    return ctx.done("The task continues.", back)


async def _handed(ctx: RequestContext) -> tuple[TaskWaiting, str]:
    """The hand-off of the task in the path, and the task's page. Raises RequestFailed(not_found)."""
    tenant, name = ctx.path("tenant"), ctx.path("task")
    found = [one for one in await ctx.view.handoffs() if (one.tenant, one.task) == (tenant, name)]
    if not found:
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is not handed to a person.")
    return found[0], f"/tasks/{tenant}/{name}"

"""Tasks: what an agent is at, pausing it, handing it to a person and giving it back."""

from typing import Any

from groundstop.commands.cases import DecideCase
from groundstop.commands.tasks import GiveTaskBack, HandOffTask, TaskWaiting
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode, Verdict
from starlette.responses import RedirectResponse, Response

from groundstop_console.adapters.record import ASIDE_S, RecordProblem
from groundstop_console.domain.chances import OUTCOMES, Chances, chances
from groundstop_console.domain.people import may_halt
from groundstop_console.domain.stories import Row
from groundstop_console.domain.tasks import tasks_of
from groundstop_console.web.visit import Visit

PAGE = 100
ROWS = 200
WAIT_S = 1.0


async def page(visit: Visit) -> Response:
    """All tasks that are remembered."""
    return visit.page("tasks.html", **await _context(visit))


async def rows(visit: Visit) -> Response:
    """The list alone, for refreshing."""
    return visit.page("parts/tasks_list.html", **await _context(visit))


async def _context(visit: Visit) -> dict[str, Any]:
    words = visit.query("q")[:200].lower().split()
    tasks = tasks_of(visit.view.rows(), visit.view.halts(), await visit.view.handoffs())
    found = [
        task
        for task in tasks
        if all(word in f"{task.task} {task.tenant} {task.agents} {task.users}".lower() for word in words)
    ]
    return {"tasks": found[:PAGE], "found": len(found), "seen": len(tasks), "q": visit.query("q")[:200]}


async def task(visit: Visit) -> Response:
    """One task: what was done, what is pending, what failed, and how likely it is to come through."""
    tenant, name = visit.path("tenant"), visit.path("task")
    own = _own(visit)
    handed = next((one for one in await visit.view.handoffs() if (one.tenant, one.task) == (tenant, name)), None)
    found = tasks_of(own, visit.view.halts(), () if handed is None else (handed,))[0]
    return visit.page(
        "task.html",
        task=found,
        paused=next((halt for halt in visit.view.halts() if halt.control == found.paused_by), None),
        chances=await _chances(visit, tenant, own),
        handed=handed,
        may_pause=may_halt(visit.person, f"task={name}", tenant),
        groups=_groups(own),
    )


async def task_body(visit: Visit) -> Response:
    """Its steps alone, for refreshing."""
    return visit.page("parts/task_body.html", groups=_groups(_own(visit)))


def _own(visit: Visit) -> list[Row]:
    """The intents of the task in the path, the newest first. Raises RequestFailed(not_found)."""
    tenant, name = visit.path("tenant"), visit.path("task")
    own = [row for row in visit.view.rows() if (row.tenant, row.task) == (tenant, name)]
    if not own:
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown. It may be too old for the console.")
    return own


async def _chances(visit: Visit, tenant: str, own: list[Row]) -> Chances | None:
    """None when the record does not answer: a page must not guess."""
    try:
        history = await visit.view.record_of(tenant, OUTCOMES, timeout_s=ASIDE_S)
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


async def pause(visit: Visit) -> Response:
    """Halt one task."""
    tenant, name, reason = visit.path("tenant"), visit.path("task"), visit.field("reason")
    back = f"/tasks/{tenant}/{name}"
    if not may_halt(visit.person, f"task={name}", tenant):
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown.")
    if not reason:
        return visit.refused("A reason is required. It is shown to everybody affected.", back, 422)
    report = await visit.view.operator().halt(f"task={name}", reason, WAIT_S, tenant=tenant)
    return visit.done(f"Paused on {len(report.executors)} executors.", back)


async def handoff(visit: Visit) -> Response:
    """Ask for a person: the task's intents are paused at once."""
    tenant, name, reason = visit.path("tenant"), visit.path("task"), visit.field("reason")
    back = f"/tasks/{tenant}/{name}"
    if not visit.person.sees(tenant):
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is unknown.")
    if not reason:
        return visit.refused("A reason is required: what should a person check?", back, 422)
    agents = [row.agent for row in visit.view.rows() if (row.tenant, row.task) == (tenant, name)]
    about = {"tenant": tenant, "task": name, "reason": reason} | ({"agent": agents[0]} if agents else {})
    answer = await visit.view.ask(tenant, HandOffTask(**about))
    visit.say("The task is paused and waits for a person.")
    return RedirectResponse(f"/cases/{answer.case}", 303)


async def take_over(visit: Visit) -> Response:
    """A person does the task from here on: what it has open is cancelled, and it stays paused."""
    handed, back = await _handed(visit)
    note = visit.field("note")
    await visit.view.ask(handed.tenant, DecideCase(case=handed.case, verdict=Verdict.TAKEN_OVER, note=note))
    return visit.done("The task is yours. Nothing of it runs until it is given back.", back)


async def give_back(visit: Visit) -> Response:
    """The agent goes on: the pause ends."""
    handed, back = await _handed(visit)
    note = visit.field("note")
    if not note:
        return visit.refused("A note is required: why is it safe to continue? The agent can read it.", back, 422)
    await visit.view.ask(handed.tenant, GiveTaskBack(case=handed.case, note=note))
    return visit.done("The task continues.", back)


async def _handed(visit: Visit) -> tuple[TaskWaiting, str]:
    """The hand-off of the task in the path, and the task's page. Raises RequestFailed(not_found)."""
    tenant, name = visit.path("tenant"), visit.path("task")
    found = [one for one in await visit.view.handoffs() if (one.tenant, one.task) == (tenant, name)]
    if not found:
        raise RequestFailed(ErrorCode.NOT_FOUND, f"Task {name[:80]!r} is not handed to a person.")
    return found[0], f"/tasks/{tenant}/{name}"

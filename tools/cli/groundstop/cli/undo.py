"""review, undo: what was done, and taking it back."""

from typing import Annotated

import typer
from groundstop.cli.common import As, AsJson, Data, Tenant, actor, fail, out, print_json, run
from groundstop.cli.lookback import MaybeSince, since_of
from groundstop.client import Client
from groundstop.client.undo import CompletedAction, UndoResult, deeds, halt_named, in_scope, lines, undo
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.vocabulary import Reason

BEFORE_S = 3600.0
"""A review of a halt looks back so far behind it, unless told otherwise."""

Scope = Annotated[str | None, typer.Option("--scope", "-s", help="Only calls that a halt of this scope would stop.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command("review")(review_command)
    app.command("undo")(undo_command)


def _start(since: str | None) -> float | None:
    """Seconds since 1970. Raises BadInput."""
    return None if since is None else since_of(since, Clock()()).timestamp()


async def _of_halt(client: Client, control: str, since: float | None) -> list[CompletedAction]:
    halt = await halt_named(client.log, control)
    if halt is None:
        raise BadInput(Reason.INVALID_FIELDS, f"there never was a halt {control!r}")
    return await deeds(client.log, in_scope(halt.scope, halt.tenant), since or halt.at.timestamp() - BEFORE_S)


def review_command(
    control: Annotated[
        str | None, typer.Argument(help="Id of a halt: calls in its scope, from one hour before it.")
    ] = None,
    since: MaybeSince = None,
    scope: Scope = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """List calls in a scope that were or may have been executed, and whether they can be undone."""

    async def work(client: Client) -> int:
        start = _start(since)
        if control:
            found = await _of_halt(client, control, start)
        else:
            found = await deeds(client.log, in_scope(scope or "all"), start)
        if json:
            print_json([_shown(deed) for deed in found])
            return 0
        for deed in found:
            done = deed.outcome
            can = "can be undone" if deed.receipt else deed.why_not()
            out.print(f"{done.intent}  {done.agent}  {done.tool}  {done.status}  [dim]{can}[/]", highlight=False)
        possible = sum(deed.receipt is not None for deed in found)
        out.print(f"{len(found)} done or possibly done, {possible} can be undone", highlight=False)
        return 0

    run(work, data=data, as_json=json)


def _shown(deed: CompletedAction) -> dict[str, object]:
    done = deed.outcome
    return {
        "intent": done.intent,
        "tenant": done.tenant,
        "agent": done.agent,
        "task": done.task,
        "tool": done.tool,
        "action_type": done.action_type,
        "risk": done.risk,
        "status": done.status,
        "at": done.at.isoformat(),
        "undo": None if deed.receipt is None else deed.receipt.model_dump(),
        "undone_by": deed.undone_by,
        "why_not": deed.why_not(),
    }


def undo_command(
    intent: Annotated[str | None, typer.Argument(help="Id of one intent.")] = None,
    task: Annotated[str | None, typer.Option("--task", help="All calls of a task.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", "-a", help="All calls of an agent since --since.")] = None,
    control: Annotated[str | None, typer.Option("--control", help="All calls in the review of a halt.")] = None,
    since: MaybeSince = None,
    timeout: Annotated[float, typer.Option(help="Maximum seconds to wait for each undo.")] = 60.0,
    tenant: Tenant = "default",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Undo executed calls, newest first. Each undo is a new intent: judged, metered, cleared, recorded.

    Exit status 1 if a call could not be undone.
    """
    if sum(bool(given) for given in (intent, task, agent, control)) != 1:
        fail("say one of INTENT, --task, --agent, --control", 2, json, "usage")
    if agent and not since:
        fail("--agent needs --since: how far back?", 2, json, "usage")

    async def work(client: Client) -> int:
        start = _start(since)
        if control:
            chosen = await _of_halt(client, control, start)
        else:
            wanted = {"intent": intent, "task": task, "agent": agent}
            chosen = await deeds(
                client.log,
                lambda deed: all(getattr(deed.outcome, name) == value for name, value in wanted.items() if value),
                start,
            )
        if not chosen:
            fail("nothing was done that this names", 1, json, "not_found")
        found = await undo(client, chosen, timeout)
        if json:
            print_json(lines(found))
        else:
            _say(found)
        return 0 if all(undoing.result == "done" for undoing in found) else 1

    run(work, data=data, as_json=json, tenant=tenant, agent=actor(who))


def _say(found: list[UndoResult]) -> None:
    for undoing in found:
        colour = {"done": "green", "waiting": "yellow"}.get(undoing.result, "red")
        said = f"[{colour}]{undoing.result.replace('_', ' ')}[/]"
        out.print(f"{said}  {undoing.tool}  {undoing.intent}  {undoing.reason}", highlight=False)
    count = {
        result: sum(undoing.result == result for undoing in found) for result in ("done", "not_possible", "failed")
    }
    out.print(
        f"{count['done']} undone, {count['not_possible']} not possible, {count['failed']} failed", highlight=False
    )

"""halt, controls, resume: the kill switch."""

import dataclasses
from collections.abc import Sequence
from typing import Annotated

import typer
from groundstop.cli.common import As, AsJson, Data, actor, fail, hints, out, print_json, run
from groundstop.cli.estimating import estimate_command
from groundstop.client import Client, HaltReport
from groundstop.commands.tasks import ListTasks, TaskWaiting
from groundstop.controls import BadScope, check_scope
from groundstop.errors import GroundstopError
from groundstop.events import Halt

SCOPES = "all, tenant=T, agent=A, task=ID, action=TYPE, tool=NAME, or risk=dangerous (that risk and above)"


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (halt, controls, resume):
        app.command()(command)
    app.command("estimate")(estimate_command)


def halt(
    reason: Annotated[str, typer.Option("--reason", "-r", help="Reason, shown to everybody affected.")],
    scope: Annotated[str, typer.Option("--scope", "-s", help=f"Scope: {SCOPES}.")] = "all",
    wait: Annotated[float, typer.Option(help="Maximum seconds to wait for the reports of executors.")] = 3.0,
    drill: Annotated[bool, typer.Option("--drill", help="Measure only. Nothing is stopped.")] = False,
    tenant: Annotated[str, typer.Option("--tenant", help="Only this tenant. Default: all tenants.")] = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Halt everything in scope. Returns when every executor has reported its attempts in flight.

    Exit status 1 if an executor did not report. It stops within a second, when its lease ends.
    """
    try:
        check_scope(scope)
    except BadScope as error:
        fail(str(error), 2, json, "bad_scope")

    async def work(client: Client) -> int:
        report = await client.operator.halt(scope, reason, wait, drill=drill, tenant=tenant)
        if json:
            print_json(dataclasses.asdict(report))
        else:
            _say(report)
        return 1 if report.missing or report.claims_after else 0

    run(work, data=data, as_json=json, agent=actor(who))


def _say(report: HaltReport) -> None:
    flights = [flight for executor in report.executors for flight in executor["in_flight"]]
    ends = {end: sum(flight["ended"] == end for flight in flights) for end in {flight["ended"] for flight in flights}}
    there = len(report.executors) + len(report.missing)
    ended = ", ".join(f"{count} {end.replace('_', ' ')}" for end, count in sorted(ends.items())) or "nothing to cancel"
    what = "[yellow]drill[/]" if report.drill else "[red]halted[/]"
    out.print(
        f"{what} {report.scope}: {len(report.executors)} of {there} executors in {report.last_halted_ms:.1f} ms; "
        f"{len(flights)} in flight: {ended}",
        highlight=False,
    )
    for executor in report.missing:
        out.print(f"[yellow]missing[/] {executor}: without contact it stops by itself within a second")
    if report.drill:
        hints.print("nothing was stopped", highlight=False)
        return
    out.print(f"claims accepted after the halt: {report.claims_after}", highlight=False)
    hints.print(f"lift it with: groundstop resume {report.control} --note …", highlight=False)


def controls(data: Data = None, json: AsJson = False) -> None:
    """List the halts in force."""

    async def work(client: Client) -> int:
        found, waiting = await client.operator.controls(), await _waiting(client)
        if json:
            halts = [halt.model_dump(mode="json") for halt in found.halts]
            print_json({"epoch": found.epoch, "halts": halts, "problem": found.problem, "paused": waiting})
            return 0
        if found.problem:
            out.print(f"[red]everything is halted[/]: what was written last counts for nothing ({found.problem}); "
                      "halt or resume again to replace it", highlight=False)  # fmt: skip
        for active in found.halts:
            out.print(
                f"{active.control}  {active.scope}{_whose(active)}  by {active.by} "
                f"at {active.at:%Y-%m-%d %H:%M:%S} UTC: "
                f"{active.reason}{_state(active)}",
                highlight=False,
            )
        if not found.halts:
            out.print("no halt is in force")
        for task in waiting:
            out.print(
                f"{task.case}  task={task.task} of tenant {task.tenant}  waits for a person, asked by {task.by}: "
                f"{task.reason}",
                highlight=False,
            )
        return 0

    run(work, data=data, as_json=json)


async def _waiting(client: Client) -> Sequence[TaskWaiting]:
    """Tasks that were handed to a person; none where nobody says."""
    try:
        return (await client.ask(ListTasks())).tasks
    except GroundstopError:
        return []


def _whose(active: Halt) -> str:
    return f" of tenant {active.tenant}" if active.tenant else ""


def _state(active: Halt) -> str:
    """How far the resume of a halt has come."""
    staged = f"; from {active.risk_from} on" if active.risk_from else ""
    asked = f"; {active.resume_by} asks to lift it, a second person is needed" if active.resume_by else ""
    return staged + asked


def resume(
    control: Annotated[str, typer.Argument(help="Id of the halt, or a unique prefix.")],
    note: Annotated[str, typer.Option("--note", "-n", help="Note: why it is safe to resume.")],
    stage: Annotated[
        str, typer.Option("--stage", help="Resume calls up to this risk: safe, risky, or dangerous (everything).")
    ] = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Resume after a halt. Waiting intents continue if their clearance is still valid."""

    async def work(client: Client) -> int:
        halts = (await client.operator.controls()).halts
        meant = [active.control for active in halts if active.control.startswith(control)]
        if len(meant) > 1:
            fail(f"{control!r} may mean {', '.join(meant)}", 2, json, "ambiguous")
        written = await client.resume(meant[0] if meant else control, note, stage)
        if json:
            print_json(
                {
                    "control": written.control,
                    "action": written.action,
                    "scope": written.scope,
                    "stage": written.stage,
                    "still_halted": len(written.halts),
                }
            )
        elif written.action == "resume_asked":
            out.print("[yellow]asked[/]: a second person has to say the same", highlight=False)
        else:
            out.print(
                f"[green]resumed[/] {written.scope} {f'up to {stage}' if stage else ''}; "
                f"{len(written.halts)} halts in force",
                highlight=False,
            )
        return 0

    run(work, data=data, as_json=json, agent=actor(who))

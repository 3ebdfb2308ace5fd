"""submit, watch, trace: what agents do, by hand."""

import dataclasses
from typing import Annotated, Any

import orjson
import typer
from groundstop import subjects
from groundstop.cli.common import NEGATIVE, AsJson, Data, Tenant, fail, hints, out, print_json, run
from groundstop.client import Client
from groundstop.client.trace import says
from groundstop.events import Outcome
from groundstop.vocabulary import Status
from rich.table import Table

COLOURS = {Status.SUCCEEDED: "green", Status.COMPLETED_MANUALLY: "green", Status.UNKNOWN: "yellow"}


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (submit, watch, trace):
        app.command()(command)


def arguments_of(pairs: list[str], text: str | None) -> dict[str, Any]:
    """Arguments from ``key=value`` pairs and a JSON object. A value that is JSON is taken as such, else as text."""
    try:
        found: Any = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"--args is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"--args must be a JSON object, got {type(found).__name__}")
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{pair!r} is not key=value")
        try:
            found[key] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[key] = value
    return found


def submit(
    tool: Annotated[str, typer.Argument(help="Name of the tool, such as refund.create.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="key=value", help="Arguments of the call.")] = None,
    args: Annotated[str | None, typer.Option("--args", help="Arguments as a JSON object.")] = None,
    agent: Annotated[str, typer.Option("--agent", "-a", help="Agent that submits the intent.")] = "cli",
    tenant: Tenant = "default",
    task: Annotated[str | None, typer.Option(help="Task of the intent. Default: a new task.")] = None,
    step: Annotated[int, typer.Option(min=0, help="Step number in the task.")] = 0,
    confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Confidence of the agent, 0 to 1.")] = None,
    reason: Annotated[str, typer.Option(help="Reasoning of the agent.")] = "",
    assume: Annotated[list[str] | None, typer.Option(help="An assumption of the agent. May be repeated.")] = None,
    user: Annotated[str, typer.Option(help="User for whom the agent acts.")] = "",
    intent: Annotated[
        str | None, typer.Option("--id", help="Id of the intent. The same id with the same call is one intent.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Wait for the outcome.")] = False,
    timeout: Annotated[float | None, typer.Option(help="Maximum seconds to wait.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Submit an intent: propose one tool call.

    Example: [bold]groundstop submit refund.create order=A-1001 amount=20 --wait[/]
    """
    arguments = arguments_of(pairs or [], args)

    async def work(client: Client) -> int:
        ticket = await client.submit(
            tool, arguments, task=task, step=step, confidence=confidence, reasoning=reason,
            assumptions=assume or [], user=user, intent=intent,
        )  # fmt: skip
        if not wait:
            _say_submitted(ticket.intent, ticket.seq, json)
            return 0
        hints.print(f"intent {ticket.intent} submitted; waiting for its outcome", highlight=False)
        try:
            outcome = await ticket.outcome(timeout)
        except TimeoutError:
            fail(f"no outcome in {timeout:g} s; the intent goes on", NEGATIVE, json, "timeout", intent=ticket.intent)
        _say_outcome(outcome, json)
        return 0 if outcome.status.good else NEGATIVE

    run(work, data=data, as_json=json, tenant=tenant, agent=agent)


def _say_submitted(intent: str, seq: int, as_json: bool) -> None:
    if as_json:
        print_json({"intent": intent, "seq": seq})
    else:
        out.print(intent, highlight=False)
        hints.print(f"submitted. Follow it with: groundstop trace {intent}", highlight=False)


def _say_outcome(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        print_json(outcome.model_dump(mode="json"))
        return
    colour = COLOURS.get(outcome.status, "red")
    out.print(f"[{colour}]{outcome.status}[/] ({outcome.reason_code}) {outcome.reason}", highlight=False)
    if outcome.result is not None:
        out.print_json(orjson.dumps(outcome.result, default=str).decode())


def watch(
    kind: Annotated[str | None, typer.Option(help="Only this kind of fact, such as outcome or case.opened.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", "-a", help="Only this agent.")] = None,
    data: Data = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document per line.")] = False,
) -> None:
    """Print facts as they are stored, until Ctrl-C."""
    kinds = [kind] if kind else list(subjects.DETAILS)
    if kind and kind not in subjects.DETAILS:
        fail(f"no kind {kind!r}; there is {', '.join(subjects.DETAILS)}", 2)
    patterns = [subjects.pattern(name, agent=agent or "*") for name in kinds]

    async def work(client: Client) -> int:
        async for fact in client.watch(patterns):
            body = fact.model_dump(mode="json")
            if json:
                print(orjson.dumps({"kind": fact.kind, **body}).decode(), flush=True)
            else:
                who = f"{body.get('agent')}/{str(body.get('intent'))[-8:]}"
                out.print(f"[dim]{fact.at:%H:%M:%S.%f}[/] [cyan]{fact.kind:<18}[/] {who:<24} {says(fact.kind, body)}")
        return 0

    run(work, data=data, as_json=json)


def trace(
    intent: Annotated[str, typer.Argument(help="Id of the intent.")], data: Data = None, json: AsJson = False
) -> None:
    """List all facts about an intent, with time, sequence and reason."""

    async def work(client: Client) -> int:
        steps = await client.trace(intent)
        if not steps:
            fail(f"the log holds nothing about intent {intent!r}", NEGATIVE, json, "not_found")
        if json:
            print_json({"intent": intent, "facts": [dataclasses.asdict(step) for step in steps]})
            return 0
        table = Table("seq", "after ms", "fact", "by", "what", box=None)
        for step in steps:
            table.add_row(
                str(step.seq), f"{step.after_ms:.1f}", f"{step.kind} {step.detail}".strip(), step.actor, step.says
            )
        out.print(f"{intent}, since {steps[0].time:%Y-%m-%d %H:%M:%S.%f} UTC", highlight=False)
        out.print(table)
        return 0

    run(work, data=data, as_json=json)

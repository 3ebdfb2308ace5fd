"""grants: what an agent may do without asking again."""

from typing import Annotated, Any

import typer
from groundstop.cli.case_text import grant_table
from groundstop.cli.common import As, AsJson, Data, Tenant, actor, out, print_json, run
from groundstop.client import Client
from groundstop.commands.grants import Grant

Note = Annotated[str, typer.Option("--note", "-n", help="Note for the record.")]

grants = typer.Typer(help="Standing grants: calls that an agent may run without a case.", no_args_is_help=False)


def _do(ask: Any, who: str | None, data: Any, json: bool) -> None:
    async def work(client: Client) -> int:
        grant = await ask(client)
        if json:
            print_json(grant)
        else:
            out.print(_granted(grant), highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


@grants.callback(invoke_without_command=True)
def list_grants(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Include ended grants.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Grants in force."""
    if context.invoked_subcommand is not None:
        return

    async def work(client: Client) -> int:
        found = await client.grants(ended=every)
        if json:
            print_json({"grants": found})
        else:
            out.print(grant_table(found) if found else "no grant is in force")
        return 0

    run(work, data=data, as_json=json)


@grants.command()
def give(
    agent: Annotated[str, typer.Argument(help="Agent name.")],
    tool: Annotated[str, typer.Argument(help="Tool name.")],
    when: Annotated[str, typer.Option("--when", help="CEL condition over intent, tool and now.")] = "",
    uses: Annotated[int, typer.Option(min=1, max=1000, help="Number of uses.")] = 1,
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="Validity in hours.")] = 24.0,
    tenant: Tenant = "default",
    note: Note = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Allow an agent to run a tool without a case, within limits.

    Example: [bold]groundstop grants give support email.send --when 'intent.arguments.amount < 20' --uses 10[/]
    """
    terms = {"tenant": tenant, "condition": when, "uses": uses, "ttl_s": hours * 3600, "note": note}
    _do(lambda client: client.grant(agent, tool, **terms), who, data, json)


@grants.command()
def revoke(
    grant: Annotated[str, typer.Argument(help="Id of the grant, or a unique prefix.")],
    note: Note,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Revoke a grant at once."""
    _do(lambda client: client.revoke(grant, note), who, data, json)


def _granted(grant: Grant) -> str:
    state = "in force" if grant.active else grant.ended.replace("_", " ")
    return f"grant {grant.grant}: {grant.agent} may {grant.tool}, {grant.left} uses left, {state}"

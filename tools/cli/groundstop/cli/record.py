"""sql, dead: asking the record."""

import base64
from typing import Annotated, Any

import orjson
import typer
from groundstop.cli import custody, incident, measuring, proof, telling
from groundstop.cli.common import NEGATIVE, UNREACHABLE, AsJson, Data, fail, hints, out, print_json, run
from groundstop.clickhouse import ClickHouseProblem, query
from groundstop.client import Client
from groundstop.errors import StackNotFound
from groundstop.events import MessageDead
from groundstop.log.lookup import message_at
from groundstop.stack_discovery import settings_for
from groundstop.stored import Stored
from rich.table import Table

dead_app = typer.Typer(
    help="Dead messages: messages that a service could not handle, with the reason.", no_args_is_help=False
)


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command()(sql)
    app.add_typer(dead_app, name="dead")
    for room in (proof, measuring, telling, incident, custody):
        room.register(app)


def sql(
    statement: Annotated[str, typer.Argument(help="A SELECT over audit.* and metrics.*.")],
    format_name: Annotated[str, typer.Option("--format", "-f", help="Any ClickHouse output format.")] = "PrettyCompact",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Query the record in SQL, read-only.

    Example: [bold]groundstop sql "select kind, count() from audit.event_log group by kind"[/]
    """
    try:
        dsn = settings_for(data).clickhouse_dsn
        text = query(dsn, statement, "JSON" if json else format_name)
    except StackNotFound as error:
        fail(str(error), UNREACHABLE, json, "unreachable")
    except ClickHouseProblem as error:
        fail(str(error), NEGATIVE if error.reachable else UNREACHABLE, json, "query_failed")
    print(text, end="" if text.endswith("\n") else "\n")


@dead_app.callback(invoke_without_command=True)
def dead(context: typer.Context, data: Data = None, json: AsJson = False) -> None:
    """List them when no command is given."""
    if context.invoked_subcommand is None:
        list_dead(data, json)


@dead_app.command("list")
def list_dead(data: Data = None, json: AsJson = False) -> None:
    """List all dead messages, in log order."""

    async def work(client: Client) -> int:
        messages = [stored async for stored in client.log.until_now(patterns=("gs.message.dead.>",))]
        found = client.log.facts(MessageDead, messages)
        if said := client.log.aside.said:
            hints.print(said, highlight=False, markup=False)
        if json:
            print_json([fact.model_dump(mode="json") for fact in found])
            return 0
        table = Table("seq", "service", "reason", "subject", "why", box=None)
        for fact in found:
            table.add_row(str(fact.seq), fact.service, fact.reason_code, fact.original_subject[:60], fact.reason[:120])
        out.print(table if found else "no dead messages")
        return 0

    run(work, data=data, as_json=json)


async def _dead_at(client: Client, seq: int) -> list[MessageDead]:
    """What services say of the message at ``seq``, of the log or of the intake."""
    stored = await client.log.newest([f"gs.message.dead.*.{seq}"])
    return client.log.facts(MessageDead, stored)


async def _message_of(client: Client, seq: int, facts: list[MessageDead]) -> Stored | None:
    """The message itself: of the intake as the fact keeps it, else as the log holds it."""
    for fact in facts:
        if fact.payload:
            return Stored(fact.original_subject, seq, 0, base64.b64decode(fact.payload))
    return await message_at(client.nc, seq)


@dead_app.command("show")
def show(
    seq: Annotated[int, typer.Argument(help="Sequence of the message.")], data: Data = None, json: AsJson = False
) -> None:
    """Show one dead message in full."""

    async def work(client: Client) -> int:
        facts = await _dead_at(client, seq)
        message = await _message_of(client, seq, facts)
        if message is None or not facts:
            fail(f"no dead message {seq}", NEGATIVE, json, "not_found")
        shown: dict[str, Any] = {
            "dead": [fact.model_dump(mode="json") for fact in facts],
            "subject": message.subject,
            "headers": dict(message.headers or {}),
            "payload": message.payload.decode("utf-8", "replace"),
        }
        print_json(shown) if json else out.print_json(orjson.dumps(shown).decode())
        return 0

    run(work, data=data, as_json=json)


@dead_app.command("replay")
def replay(
    seq: Annotated[int, typer.Argument(help="Sequence of the message.")], data: Data = None, json: AsJson = False
) -> None:
    """Submit the intent of a dead message again under a new id. The dead message stays in the record."""

    async def work(client: Client) -> int:
        message = await _message_of(client, seq, await _dead_at(client, seq))
        if message is None or not message.subject.startswith("gs.intent.submitted."):
            fail(f"message {seq} is not a submitted intent: only those can be filed again", NEGATIVE, json, "not_found")
        try:
            body = orjson.loads(message.payload)
            tool, arguments = body["tool"], body.get("arguments", {})
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            fail(f"message {seq} holds no intent that could be filed: {error!r}", NEGATIVE, json, "invalid_json")
        ticket = await client.submit(tool, arguments, reasoning=f"filed again from dead message {seq}")
        print_json({"intent": ticket.intent}) if json else out.print(ticket.intent, highlight=False)
        hints.print(f"filed again as {ticket.intent}", highlight=False)
        return 0

    run(work, data=data, as_json=json)

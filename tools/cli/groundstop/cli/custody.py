"""hold, redact, trim: what people may have done to the record. Audit does it, and writes down who asked and why."""

from pathlib import Path
from typing import Annotated

import typer
from groundstop.cli.common import NEGATIVE, As, AsJson, Data, actor, fail, hints, out, print_json, run
from groundstop.client import Client
from groundstop.commands import Answer
from groundstop.commands.record import ChallengeArchive, LiftHold, PlaceHold, RedactRecord, RemoveRows
from groundstop.events import RecordHeld
from groundstop.record.offline import NoArchive, payloads, verify_archive
from groundstop.record.possession import proof, sampled
from rich.table import Table

hold_app = typer.Typer(help="Manage legal holds: records that must not be redacted or removed.", no_args_is_help=True)

Reason = Annotated[str, typer.Option("--reason", "-r", help="Reason, stored in the record.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.add_typer(hold_app, name="hold")
    app.command()(redact)
    app.command()(trim)


def _done(answer: Answer, says: str, json: bool) -> int:
    print_json(answer) if json else out.print(says, highlight=False)
    return 0


@hold_app.command()
def place(
    scope: Annotated[str, typer.Argument(help="all, tenant=T, agent=A, task=ID or intent=ID.")],
    reason: Reason,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Place a legal hold: nothing in scope is redacted or removed until it is lifted."""

    async def work(client: Client) -> int:
        answer = await client.ask(PlaceHold(scope=scope, reason=reason))
        return _done(answer, f"held: {scope} (hold {answer.hold})", json)

    run(work, data=data, as_json=json, agent=actor(who))


@hold_app.command()
def lift(
    hold: Annotated[str, typer.Argument(help="Id of the hold.")],
    reason: Reason,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Lift a legal hold."""

    async def work(client: Client) -> int:
        answer = await client.ask(LiftHold(hold=hold, reason=reason))
        return _done(answer, f"lifted: {answer.scope}", json)

    run(work, data=data, as_json=json, agent=actor(who))


@hold_app.command("list")
def list_holds(data: Data = None, json: AsJson = False) -> None:
    """List the legal holds in force."""

    async def work(client: Client) -> int:
        facts = client.log.facts(RecordHeld, await client.log.newest(["gs.record.held.*"]))
        standing = [fact for fact in facts if not fact.lifted]
        if json:
            print_json([fact.model_dump(mode="json") for fact in standing])
            return 0
        table = Table("hold", "scope", "since", "by", "reason", box=None)
        for fact in standing:
            table.add_row(fact.hold, fact.scope, f"{fact.at:%Y-%m-%d %H:%M}", fact.by, fact.reason)
        out.print(table if standing else "nothing is held")
        return 0

    run(work, data=data, as_json=json)


def redact(
    scope: Annotated[str, typer.Argument(help="intent=ID, task=ID, user=NAME, agent=A or tenant=T.")],
    reason: Reason,
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="Only this tenant.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask for confirmation. The operation is irreversible.")
    ] = False,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Destroy the keys of sealed payloads. They become unreadable for ever; the hash chain stays valid."""
    if not yes and not json:
        typer.confirm(f"Make {scope} unreadable for ever?", abort=True, err=True)

    async def work(client: Client) -> int:
        answer = await client.ask(RedactRecord(scope=scope, reason=reason, tenant=tenant))
        hints.print("the log itself keeps the facts as they were until their retention ends")
        return _done(answer, f"redacted: {answer.intents} intents", json)

    run(work, data=data, as_json=json, agent=actor(who))


def trim(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the archive with the rows.")],
    reason: Reason = "archived",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Remove archived rows from the record. The archive is verified first; a legal hold prevents the removal.

    The archive must end at a signed head: groundstop archive --to-head.
    """
    try:
        verdict = verify_archive(folder, None)
    except NoArchive as error:
        fail(str(error), 2, json, "no_archive")
    if not verdict.intact or verdict.signed_seq != verdict.last_seq:
        fail(f"the archive is not intact, or not signed to its end ({verdict.last_seq})", NEGATIVE, json, "not_intact")

    async def work(client: Client) -> int:
        asked = await client.ask(ChallengeArchive(upto=verdict.last_seq))
        proved = proof(asked.nonce, payloads(folder, sampled(asked.nonce, verdict.last_seq)))
        answer = await client.ask(
            RemoveRows(upto=verdict.last_seq, challenge=asked.challenge, proof=proved, reason=reason)
        )
        return _done(answer, f"{answer.rows} rows up to {answer.upto} leave the ledger", json)

    run(work, data=data, as_json=json, agent=actor(who))

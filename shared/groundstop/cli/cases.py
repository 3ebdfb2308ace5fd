"""cases, case, approve, deny, respond: what people decide."""

from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
from rich.panel import Panel
from rich.table import Table

from groundstop.cli.common import As, AsJson, Data, actor, hints, out, print_json, run
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.words import Verdict

Case = Annotated[str, typer.Argument(help="Id of the case or of its intent; the beginning is enough if it is unique.")]
Note = Annotated[str, typer.Option("--note", "-n", help="Why, for whoever reads the record.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (cases, case, approve, deny, respond):
        app.command()(command)


def cases(
    watch: Annotated[bool, typer.Option("--watch", help="Keep printing cases as they are opened and decided.")] = False,
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Only this tenant.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", "-a", help="Only this agent.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Open cases, oldest first: everything that waits for a person."""
    where = {key: value for key, value in {"tenant": tenant, "agent": agent}.items() if value}

    async def work(client: Client) -> int:
        answer = await client.request("case.list", limit=limit, **where)
        if json and not watch:
            print_json(answer)
            return 0
        _table(answer["cases"])
        if answer["total"] > len(answer["cases"]):
            hints.print(f"{answer['total']} open, the oldest {len(answer['cases'])} shown; see more with --limit")
        if watch:
            await _watch(client, json)
        return 0

    run(work, data=data, as_json=json)


async def _watch(client: Client, as_json: bool) -> None:
    async for fact in client.watch(["gs.case.opened.>", "gs.case.decided.>"]):
        body: dict[str, Any] = {"kind": fact.kind, **fact.model_dump(mode="json")}
        if as_json:
            print(orjson.dumps(body).decode(), flush=True)
        else:
            what = body.get("question") or f"{body.get('verdict')} by {body.get('by')}: {body.get('note')}"
            out.print(f"{fact.at:%H:%M:%S} {fact.kind} {body['intent']} {what}", highlight=False)


def _table(found: list[dict[str, Any]]) -> None:
    if not found:
        out.print("nothing waits for a person")
        return
    now = Clock()()
    table = Table("case", "age", "risk", "question", "call", box=None)
    for entry in found:
        age_s = (now - datetime.fromisoformat(entry["at"])).total_seconds()
        call = f"{entry['call']['tool']} {orjson.dumps(entry['call']['arguments']).decode()[:80]}"
        table.add_row(entry["case"], f"{age_s:.0f} s", entry["judgement"]["risk"], entry["question"], call)
    out.print(table)


def case(case: Case, data: Data = None, json: AsJson = False) -> None:
    """One case: what would happen, why, and until when it can be decided."""

    async def work(client: Client) -> int:
        answer = await client.case(case)
        if json:
            print_json(answer)
            return 0
        opened, decided = answer["case"], answer["decided"]
        lines = [
            opened["question"],
            "",
            f"call       {opened['call']['tool']} {orjson.dumps(opened['call']['arguments']).decode()}",
            f"digest     {opened['call']['digest']}",
            f"asked by   {opened['tenant']}/{opened['agent']}, task {opened['task']}",
            f"because    {opened['proposal']['reasoning'] or 'it did not say'}",
            f"assuming   {'; '.join(opened['proposal']['assumptions']) or 'nothing it stated'}",
            f"judged     {opened['judgement']['risk']}: {'; '.join(opened['judgement']['reasons'])}",
            f"until      {opened['expires_at']}",
        ]
        if decided:
            lines += ["", f"{decided['verdict']} by {decided['by']} at {decided['at']}: {decided['note']}"]
        out.print(Panel("\n".join(lines), title=opened["case"]), highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json)


def _decide(case: str, verdict: Verdict, note: str, who: str | None, data: Any, json: bool, answer: Any = None) -> None:
    async def work(client: Client) -> int:
        won = await client.decide(case, verdict, note, answer)
        if json:
            print_json(won)
        else:
            out.print(f"[green]{won['verdict']}[/]: case {won['case']}", highlight=False)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


def approve(case: Case, note: Note = "", who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Say yes to exactly the call that the case shows."""
    _decide(case, Verdict.APPROVED, note, who, data, json)


def deny(case: Case, note: Note = "", who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Say no."""
    _decide(case, Verdict.DENIED, note, who, data, json)


def respond(
    case: Case,
    answer: Annotated[str, typer.Argument(help="The answer: JSON, or plain text.")],
    note: Note = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Answer a clarification: the agent gets it as the outcome."""
    try:
        value: Any = orjson.loads(answer)
    except orjson.JSONDecodeError:
        value = answer
    _decide(case, Verdict.ANSWERED, note, who, data, json, value)

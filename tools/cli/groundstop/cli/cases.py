"""cases, case, approve, deny, edit, respond, claim, release, withdraw, handoff, grants: what people decide."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import orjson
import typer
from groundstop.cli.case_text import case_panel, line_of
from groundstop.cli.common import USAGE, As, AsJson, Data, Tenant, actor, fail, hints, out, print_json, run
from groundstop.cli.grants import grants
from groundstop.cli.intents import arguments_of
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.commands import Answer
from groundstop.commands.cases import CaseRow, Decision, EditedCase, ListCases
from groundstop.commands.tasks import HandOffTask
from groundstop.vocabulary import Verdict
from rich.table import Table

Case = Annotated[str, typer.Argument(help="Id of the case or of its intent, or a unique prefix.")]
Note = Annotated[str, typer.Option("--note", "-n", help="Note for the record.")]
NeededNote = Annotated[str, typer.Option("--note", "-n", help="Note, shown to the proposer.")]
R = TypeVar("R", bound=Answer)


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (cases, case, approve, deny, edit, respond, decide, claim, release, withdraw, handoff, give_back):
        app.command()(command)
    app.add_typer(grants, name="grants")


def cases(
    watch: Annotated[bool, typer.Option("--watch", help="Print cases as they are opened and decided.")] = False,
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Only this tenant.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", "-a", help="Only this agent.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", "-k", help="Only this kind, such as approval.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only cases that you may decide now.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Maximum number of cases.")] = 100,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """List open cases, oldest first."""
    wanted: dict[str, Any] = {"tenant": tenant, "agent": agent, "kind": kind, "mine": mine}
    where = {key: value for key, value in wanted.items() if value}

    async def work(client: Client) -> int:
        answer = await client.ask(ListCases(limit=limit, **where))
        if json and not watch:
            print_json(answer)
            return 0
        if not watch or not json:
            _table(answer.cases)
        if answer.total > len(answer.cases) and not mine:
            hints.print(f"{answer.total} open, the oldest {len(answer.cases)} shown; see more with --limit")
        if watch:
            await _watch(client, json)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


async def _watch(client: Client, as_json: bool) -> None:
    async for fact in client.watch(["gs.case.>"]):
        body: dict[str, Any] = {"kind": fact.kind, **fact.model_dump(mode="json")}
        if as_json:
            print(orjson.dumps(body).decode(), flush=True)
        elif said := line_of(fact.kind, body):
            out.print(f"{fact.at:%H:%M:%S} {fact.kind} {body['intent']} {said}", highlight=False, markup=False)


def _table(found: Sequence[CaseRow]) -> None:
    if not found:
        out.print("nothing waits for a person")
        return
    now = Clock()()
    table = Table("case", "age", "risk", "question", "call", "with", box=None)
    for entry in found:
        age_s = (now - entry.at).total_seconds()
        call = f"{entry.call.tool} {orjson.dumps(entry.call.arguments).decode()[:80]}"
        yes = f"{len(entry.votes)} of {entry.need.people}" if entry.need.people > 1 else ""
        with_whom = entry.claimed_by or yes
        row = (entry.case, f"{age_s:.0f} s", entry.judgement.risk, entry.question, call, with_whom)
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    out.print(table)


def case(case: Case, who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Show a case: the call, the reasons, similar cases, and its expiry."""

    async def work(client: Client) -> int:
        told = await client.briefing(case)
        if json:
            print_json(told)
        else:
            out.print(case_panel(told), highlight=False, soft_wrap=False)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


def _do(ask: Callable[[Client], Awaitable[R]], who: str | None, data: Any, json: bool, say: Callable[[R], str]) -> None:
    async def work(client: Client) -> int:
        answer = await ask(client)
        if json:
            print_json(answer)
        else:
            out.print(say(answer), highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


def _said(answer: Decision | EditedCase) -> str:
    if answer.pending:
        return f"{answer.votes} of {answer.needed} people said yes: case {answer.case} waits for another one"
    return f"{answer.verdict}: case {answer.case}"


def approve(case: Case, note: Note = "", who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Approve exactly the call that the case shows."""
    _do(lambda client: client.approve(case, note), who, data, json, _said)


def deny(case: Case, note: NeededNote, who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Deny a case."""
    _do(lambda client: client.deny(case, note), who, data, json, _said)


def edit(
    case: Case,
    note: NeededNote,
    pairs: Annotated[list[str] | None, typer.Argument(metavar="key=value", help="Arguments to change.")] = None,
    args: Annotated[str | None, typer.Option("--args", help="All arguments as a JSON object.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show how the edited call would be judged.")] = False,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Edit the call of a case and approve it. The edited call is judged and metered again.

    [bold]--args[/] replaces all arguments. key=value pairs change single arguments.
    """
    changed = arguments_of(pairs or [], args)

    async def ask(client: Client) -> EditedCase:
        if args is not None:
            return await client.edit(case, changed, note, dry_run=dry_run)
        shown = (await client.case(case)).case
        if shown.masked:
            fail("its arguments hold secrets that are not shown: give all of them with --args", USAGE, json, "masked")
        merged = {**shown.call.arguments, **changed}
        return await client.edit(case, merged, note, digest=shown.call.digest, dry_run=dry_run)

    _do(ask, who, data, json, _edited)


def _edited(answer: EditedCase) -> str:
    lines = [f"{change.path}: {change.before!r} -> {change.after!r}" for change in answer.diff]
    lines.append(f"judged {answer.judgement.risk}: {'; '.join(answer.judgement.reasons)}")
    return "\n".join([*lines, ("would be " if answer.dry_run else "") + _said(answer)])


def respond(
    case: Case,
    answer: Annotated[str, typer.Argument(help="Answer: JSON or plain text.")],
    note: Note = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Respond instead of running the tool, or answer a question. The agent receives the answer as the outcome."""
    _do(lambda client: client.respond(case, _value(answer), note), who, data, json, _said)


def _value(text: str | None) -> Any:
    """JSON as such, anything else as text."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def decide(
    case: Case,
    verdict: Annotated[Verdict, typer.Argument(help="Such as given_back, taken_over, happened, did_not_happen.")],
    answer: Annotated[str | None, typer.Option("--answer", help="Answer of the verdict: JSON or plain text.")] = None,
    note: Note = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Decide a case of any kind. [bold]groundstop case[/] shows the possible verdicts."""
    _do(lambda client: client.decide(case, verdict, note, _value(answer)), who, data, json, _said)


def claim(
    case: Case,
    take: Annotated[bool, typer.Option("--take", help="Take over the claim of another person.")] = False,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Claim a case. Others cannot decide it for ten minutes."""
    _do(
        lambda client: client.claim(case, take=take), who, data, json,
        lambda answer: f"yours until {answer.claimed_until and answer.claimed_until.isoformat()}: case {answer.case}",
    )  # fmt: skip


def release(case: Case, who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Release a case that you claimed."""
    _do(lambda client: client.release(case), who, data, json, lambda answer: f"released: case {answer.case}")


def withdraw(case: Case, note: Note = "", who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Withdraw a proposal. For its agent, its user and its owner."""
    _do(lambda client: client.withdraw(case, note), who, data, json, _said)


def handoff(
    task: Annotated[str, typer.Argument(help="Id of the task.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Reason, shown to the person.")],
    tenant: Tenant = "default",
    agent: Annotated[str | None, typer.Option("--agent", "-a", help="Agent of the task.")] = None,
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Hand a task to a person. The task is paused until a person gives it back."""
    asked = HandOffTask(tenant=tenant, task=task, reason=reason, agent=agent)
    _do(
        lambda client: client.ask(asked), who, data, json,
        lambda answer: f"task {answer.task} is paused; a person is asked: case {answer.case}",
    )  # fmt: skip


def give_back(case: Case, note: NeededNote, who: As = None, data: Data = None, json: AsJson = False) -> None:
    """Give a task back to its agent: end the pause of a hand-off."""
    _do(
        lambda client: client.give_back(case, note), who, data, json,
        lambda answer: f"task {answer.task} {'is still paused' if answer.paused else 'goes on'}",
    )  # fmt: skip

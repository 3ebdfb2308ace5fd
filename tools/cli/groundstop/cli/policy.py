"""policy check, test, explain, diff, publish, history, rollback; screen."""

from pathlib import Path
from typing import Annotated, Any

import typer
from groundstop import subjects
from groundstop.catalogue import Catalogue, load_catalogue
from groundstop.cli.backtest import backtest
from groundstop.cli.calibrate import calibrate
from groundstop.cli.common import NEGATIVE, As, AsJson, Data, actor, end, fail, hints, out, print_json, run
from groundstop.cli.intents import arguments_of
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import IntentClassified
from groundstop.intent import Intent
from groundstop.policy import (
    Judge,
    Policy,
    PolicyError,
    Recorded,
    compare,
    default_policy,
    explain,
    load_policy,
    prepare,
    run_table,
)
from groundstop.policy_holder import published_policies
from groundstop.screening import screen as screen_text
from groundstop.screening.findings import SOURCES
from groundstop.settings import Settings
from rich.table import Table

policy_app = typer.Typer(help="Manage the policy: validate, test, compare, publish.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The policy file.")]
Sources = Annotated[
    list[str] | None, typer.Option("--catalogue", help="Tool catalogue. Default: GROUNDSTOP_CATALOGUE.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    policy_app.command("backtest")(backtest)
    policy_app.command("calibrate")(calibrate)
    app.add_typer(policy_app, name="policy")
    app.command()(screen)


def _read(path: Path, as_json: bool = False) -> Policy:
    try:
        return load_policy(path.read_text(encoding="utf-8"))
    except PolicyError as error:
        if as_json:
            problems = [
                {"line": p.line, "path": p.path, "message": p.message, "value": p.value} for p in error.problems
            ]
            print_json({"ok": False, "problems": problems})
        for problem in error.problems:
            hints.print(f"{path}: {problem}", highlight=False, markup=False)
        end(NEGATIVE)


def _catalogue(sources: list[str] | None) -> Catalogue:
    try:
        return load_catalogue(sources or Settings().catalogue_sources)
    except (GroundstopError, ImportError) as error:
        fail(str(error), 2)


@policy_app.command()
def check(file: File, json: AsJson = False) -> None:
    """Validate a policy file. Each mistake is reported with its line and a suggestion."""
    policy = _read(file, json)
    if json:
        print_json({"ok": True, "version": policy.version, "name": policy.name})
    else:
        out.print(f"[green]ok[/]: {policy.name}, version {policy.version}", highlight=False)


@policy_app.command()
def test(
    file: File,
    cases: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML file with the cases.")],
    catalogue: Sources = None,
    json: AsJson = False,
) -> None:
    """Test a policy with a table of cases: intents and expected decisions."""
    judge = prepare(_read(file, json), _catalogue(catalogue))
    try:
        results = run_table(cases.read_text(encoding="utf-8"), judge, now=Clock()())
    except PolicyError as error:
        fail(str(error), NEGATIVE, json, "invalid_cases")
    bad = [result for result in results if not result.passed]
    if json:
        shown = [{"name": r.name, "passed": r.passed, "problems": list(r.failures)} for r in results]
        print_json({"passed": len(results) - len(bad), "failed": len(bad), "cases": shown})
    else:
        for result in bad:
            out.print(f"[red]failed[/] {result.name}: {'; '.join(result.failures)}", highlight=False)
        out.print(f"{len(results) - len(bad)} passed, {len(bad)} failed")
    end(NEGATIVE if bad else 0)


@policy_app.command("explain")
def explain_command(
    intent: Annotated[str | None, typer.Argument(help="Id of an intent of the running stack.")] = None,
    tool: Annotated[str | None, typer.Option(help="Tool of a hypothetical call.")] = None,
    args: Annotated[str | None, typer.Option("--args", help="Arguments of the hypothetical call, as JSON.")] = None,
    confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Confidence of the hypothetical call.")] = None,
    file: Annotated[
        Path | None, typer.Option("--policy", exists=True, help="Policy file. Default: the policy in force.")
    ] = None,
    catalogue: Sources = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Explain the decision on a call: each question of the policy and its answer."""
    if (intent is None) == (tool is None):
        fail("name either an intent or --tool", 2, json, "usage")
    if tool is not None:
        policy = _read(file, json) if file else default_policy()
        made_up = Intent(
            tenant="default", agent="cli", intent="none", task="none", tool=tool, confidence=confidence,
            arguments=arguments_of([], args),
        )  # fmt: skip
        _explain(prepare(policy, _catalogue(catalogue)), made_up, Clock()(), json)
        return

    async def work(client: Client) -> int:
        found = await client.log.last_fact(IntentClassified, subjects.pattern("intent.classified", intent=intent or ""))
        if found is None or found.proposal is None:
            fail(f"the log holds no readable intent {intent!r}", NEGATIVE, json, "not_found")
        policy = _read(file, json) if file else await _policy_of(client, found.judgement.policy_version)
        _explain(prepare(policy, _catalogue(catalogue)), found.proposal, found.at, json)
        return 0

    run(work, data=data, as_json=json)


async def _policy_of(client: Client, version: str) -> Policy:
    for published in reversed(await published_policies(client.log)):
        if published.policy_version == version:
            return load_policy(published.text)
    path = Settings().policy
    return load_policy(path.read_text(encoding="utf-8")) if path else default_policy()


def _explain(judge: Judge, intent: Intent, at: Any, as_json: bool) -> None:
    explanation = explain(judge, intent, now=at)
    if as_json:
        print_json(explanation.json())
    else:
        out.print(explanation.text(), highlight=False, markup=False)


@policy_app.command()
def diff(
    before: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Current policy file.")],
    after: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="New policy file.")],
    limit: Annotated[int, typer.Option(min=1, help="Number of the newest recorded intents to evaluate.")] = 10_000,
    catalogue: Sources = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Compare two policies: the files, and their decisions on recorded intents."""
    tools = _catalogue(catalogue)
    old, new = prepare(_read(before, json), tools), prepare(_read(after, json), tools)

    async def work(client: Client) -> int:
        recorded: list[Recorded] = []
        async for stored in client.log.until_now(patterns=(subjects.pattern("intent.classified"),)):
            fact = client.log.fact(IntentClassified, stored)
            if fact is not None and fact.proposal is not None:
                recorded.append(Recorded(fact.proposal, fact.at))
        found = compare(old, new, recorded[-limit:])
        if json:
            changes = [
                {"text": str(change), "count": change.count, "samples": list(change.samples)}
                for change in found.changes
            ]
            print_json(
                {
                    "settings": list(found.settings),
                    "looked_at": found.looked_at,
                    "changed": found.changed,
                    "changes": changes,
                }
            )
            return 0
        for line in found.settings:
            out.print(line, highlight=False, markup=False)
        out.print(f"{found.changed} of {found.looked_at} recorded intents would be decided otherwise")
        for change in found.changes:
            out.print(f"  {change}", highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json)


@policy_app.command()
def publish(
    file: File,
    note: Annotated[str, typer.Option("--note", "-n", help="Note for the history.")] = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Publish a policy. Every service uses it within a second. An invalid policy is rejected."""
    _read(file, json)
    _publish(file.read_text(encoding="utf-8"), note, who, data, json)


def _publish(text: str, note: str, who: str | None, data: Path | None, as_json: bool) -> None:
    async def work(client: Client) -> int:
        fact = await client.publish_policy(text, note)
        if as_json:
            print_json({"version": fact.policy_version, "by": fact.by, "at": fact.at})
        else:
            out.print(f"[green]in force[/]: version {fact.policy_version}", highlight=False)
        return 0

    run(work, data=data, as_json=as_json, agent=actor(who))


@policy_app.command()
def history(data: Data = None, json: AsJson = False) -> None:
    """List all published policies. The last one is in force."""

    async def work(client: Client) -> int:
        found = await published_policies(client.log)
        if json:
            print_json([fact.model_dump(mode="json") for fact in found])
            return 0
        table = Table("version", "published", "by", "note", box=None)
        for fact in found:
            table.add_row(fact.policy_version, f"{fact.at:%Y-%m-%d %H:%M:%S}", fact.by, fact.note)
        out.print(table if found else "nothing was published: the policy of the services' own settings is in force")
        return 0

    run(work, data=data, as_json=json)


@policy_app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="Version to publish again, or a prefix.")],
    note: Annotated[str, typer.Option("--note", "-n", help="Why.")] = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Publish an earlier policy again. The history keeps every publication."""

    async def work(client: Client) -> int:
        meant = [fact for fact in await published_policies(client.log) if fact.policy_version.startswith(version)]
        if not meant:
            fail(f"no version {version!r} was ever published", NEGATIVE, json, "not_found")
        said = note or f"back to {meant[-1].policy_version}"
        fact = await client.publish_policy(meant[-1].text, said)
        if json:
            print_json({"version": fact.policy_version, "by": fact.by, "at": fact.at})
        else:
            out.print(f"[green]in force again[/]: version {fact.policy_version}", highlight=False)
        return 0

    run(work, data=data, as_json=json, agent=actor(who))


def screen(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Text file.")],
    source: Annotated[str, typer.Option(help=f"Source of the text: {', '.join(SOURCES)}.")] = "tool_output",
    json: AsJson = False,
) -> None:
    """Screen a text for injected instructions, secrets, personal data and hidden text. Exit status 1 on a finding."""
    if source not in SOURCES:
        fail(f"source {source!r} is not one of {', '.join(SOURCES)}", 2, json, "usage")
    findings = screen_text(file.read_text(encoding="utf-8", errors="surrogateescape"), source)
    shown = [
        {
            "kind": found.kind, "start": found.start, "end": found.end, "severity": found.severity,
            "confidence": round(found.confidence, 3), "rule": found.rule, "excerpt": found.excerpt,
        }
        for found in findings.findings
    ]  # fmt: skip
    if json:
        print_json({"source": source, "flagged": bool(findings), "findings": shown})
    else:
        for found in shown:
            where = f"{found['start']}-{found['end']}"
            out.print(
                f"{found['kind']} ({found['severity']}, {found['confidence']}) at {where}: {found['excerpt']}",
                markup=False,
            )
        out.print("nothing is flagged" if not findings else "[red]flagged[/]")
    end(NEGATIVE if findings else 0)

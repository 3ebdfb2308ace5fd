"""export-case: an incident becomes a test that runs anywhere."""

from pathlib import Path
from typing import Annotated

import orjson
import typer
from groundstop import subjects
from groundstop.backtest.incident import decided_again, exported
from groundstop.catalogue import load_catalogue
from groundstop.cli.common import NEGATIVE, AsJson, Data, fail, hints, print_json, run
from groundstop.client import Client
from groundstop.client.client import decoded
from groundstop.events import Fact, IntentClassified, PolicyPublished
from groundstop.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command("export-case")(export_case)


def export_case(
    intent: Annotated[str, typer.Argument(help="Id of the intent.")],
    file: Annotated[Path | None, typer.Option("--out", help="File to write to. Default: stdout.")] = None,
    catalogue: Annotated[list[str] | None, typer.Option("--catalogue", help="Tool catalogue. May be repeated.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file in force at that time, if it was never published.")
    ] = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Export one decision with its policy, tool and history, redacted, as a regression test."""

    async def work(client: Client) -> int:
        pattern = subjects.pattern("intent.classified", intent=subjects.token(intent, "intent"))
        classified = await client.log.last_fact(IntentClassified, pattern)
        if classified is None or classified.proposal is None:
            fail(f"no judged intent {intent!r}", NEGATIVE, json, "not_found")
        text = policy.read_text("utf-8") if policy else await _policy(client, classified.judgement.policy_version)
        tool = load_catalogue(catalogue or Settings().catalogue_sources).get(classified.proposal.tool)
        case = exported(classified, await _task(client, classified), text, tool)
        again = decided_again(case)
        if again != case["expected"]:
            hints.print(
                f"then it was {case['expected']}, here it is {again}: redacted words, another policy or catalogue"
            )
            case |= {"recorded": case["expected"], "expected": again}
        if file is None:
            print_json(case)
        else:
            file.write_bytes(orjson.dumps(case, option=orjson.OPT_INDENT_2))
            hints.print(f"written: {file}", highlight=False)
        return 0

    run(work, data=data, as_json=json)


async def _policy(client: Client, version: str) -> str:
    """The text of a published policy; the built-in one (an empty file) when it was never published."""
    async for stored in client.log.until_now(patterns=[subjects.POLICY]):
        fact = decoded(stored.subject, stored.payload)
        if isinstance(fact, PolicyPublished) and fact.policy_version == version:
            return fact.text
    return "name: default\n"


async def _task(client: Client, classified: IntentClassified) -> list[Fact]:
    """The facts of the task up to the decision, in the order of the log."""
    kinds = ("intent.submitted", "intent.classified", "outcome")
    patterns = [subjects.pattern(kind, tenant=classified.tenant) for kind in kinds]
    found: list[Fact] = []
    async for stored in client.log.until_now(patterns=patterns):
        fact = decoded(stored.subject, stored.payload)
        if fact is None or getattr(fact, "task", "") != classified.task:
            continue
        if isinstance(fact, IntentClassified):
            if fact.intent == classified.intent:
                break
            continue
        found.append(fact)
    return found

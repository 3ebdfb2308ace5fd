"""feedback, why, summary: what people say to an intent's end, and what the record answers them."""

from typing import Annotated, Any

import orjson
import typer
from groundstop import subjects
from groundstop.cli.common import NEGATIVE, As, AsJson, Data, Tenant, actor, fail, hints, out, print_json, run
from groundstop.client import Client
from groundstop.client.client import decoded
from groundstop.client.trace import Step
from groundstop.policy import summarise

SHOWN = 8


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (feedback, why, summary):
        app.command()(command)


def feedback(
    intent: Annotated[str, typer.Argument(help="Id of the intent.")],
    rating: Annotated[str, typer.Argument(help="up or down.")],
    comment: Annotated[str, typer.Option(help="Comment.")] = "",
    who: As = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Rate the outcome of an intent. Once per person; the first rating counts."""

    async def work(client: Client) -> int:
        stored = await client.feedback(intent, rating, comment)
        if json:
            print_json({"intent": intent, "rating": rating, "recorded": stored})
        else:
            hints.print("recorded" if stored else "you have said so before; the first one stands")
        return 0 if stored else NEGATIVE

    run(work, data=data, as_json=json, agent=actor(who))


def why(
    intent: Annotated[str, typer.Argument(help="Id of the intent.")], data: Data = None, json: AsJson = False
) -> None:
    """Explain an intent: the proposal, the decisions and who made them, and the outcome."""

    async def work(client: Client) -> int:
        steps = await client.trace(intent)
        if not steps:
            fail(f"no intent {intent!r}", NEGATIVE, json, "not_found")
        told = reasons(steps)
        if json:
            print_json(told)
            return 0
        for name, value in told.items():
            for line in value if isinstance(value, list) else [value]:
                out.print(f"{name.replace('_', ' ')}: {line}", highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json)


def reasons(steps: list[Step]) -> dict[str, Any]:
    """The story of one intent in the words that its facts carry."""
    told: dict[str, Any] = {}
    for step in steps:
        fact, at = step.fact, f"{step.time:%Y-%m-%d %H:%M:%S}"
        match step.kind:
            case "intent.submitted":
                arguments = orjson.dumps(fact.get("arguments", {})).decode()[:400]
                told["proposed"] = (
                    f"{fact.get('tool')}({arguments}) by {fact.get('agent')} for task {fact.get('task')}, {at}"
                )
                told["because"] = fact.get("reasoning") or "the agent gave no reason"
                told["assuming"] = list(fact.get("assumptions") or ())[:SHOWN]
                told["confidence"] = "not stated" if fact.get("confidence") is None else fact["confidence"]
            case "intent.classified":
                judgement = fact.get("judgement") or {}
                told["judged"] = (
                    f"{judgement.get('risk')}, {judgement.get('route')}, policy {judgement.get('policy_version')}"
                )
                told["judged_because"] = list(judgement.get("reasons") or ())[:SHOWN]
            case "case.decided" | "intent.cleared" | "execution.failed" | "outcome" | "intent.undone":
                told.setdefault("then", []).append(f"{at} {step.kind}: {step.says or step.actor}")
    return told


def summary(
    task: Annotated[str, typer.Argument(help="Id of the task.")],
    tenant: Tenant = "default",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Summarise a task: completed, pending and failed intents."""

    async def work(client: Client) -> int:
        facts = []
        patterns = [subjects.pattern(kind, tenant=tenant) for kind in ("intent.submitted", "outcome", "case.opened")]
        async for stored in client.log.until_now(patterns=[*patterns, subjects.pattern("case.decided", tenant=tenant)]):
            fact = decoded(stored.subject, stored.payload)
            if fact is not None and getattr(fact, "task", "") == task:
                facts.append(fact)
        if not facts:
            fail(f"no task {task!r} of tenant {tenant!r}", NEGATIVE, json, "not_found")
        found = summarise(facts)
        if json:
            parts = ("accomplished", "pending", "failed", "open_questions", "assumptions")
            print_json({"task": task} | {name: list(getattr(found, name)) for name in parts})
        else:
            out.print(found.text(), highlight=False, markup=False)
        return 0

    run(work, data=data, as_json=json, tenant=tenant)

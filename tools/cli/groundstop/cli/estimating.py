"""estimate: how likely a plan is to come through."""

from typing import Annotated

import typer
from groundstop.cli.common import AsJson, Data, fail, out, print_json, run
from groundstop.client import Client
from groundstop.client.estimate import history_rates, tools_of_task
from groundstop.client.odds import estimate
from groundstop.clock import Clock


def estimate_command(
    tools: Annotated[list[str] | None, typer.Argument(help="Steps in order: tool NAME or NAME:TIMES.")] = None,
    task: Annotated[str | None, typer.Option("--task", help="Use the steps that this task has proposed.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Estimate the probability that a plan succeeds, from the outcomes of its tools in the last week.

    Ten steps with a success rate of 0.95 each succeed together with 0.60.
    """
    if bool(tools) == bool(task):
        fail("say either TOOL … or --task", 2, json, "usage")

    async def work(client: Client) -> int:
        now = Clock()().timestamp()
        steps = await tools_of_task(client.log, task, now) if task else spelt_out(tools or [])
        found = estimate(steps, await history_rates(client.log, now))
        if json:
            print_json({"probability": found.probability, "weakest": found.weakest, "steps": found.steps})
        else:
            out.print(found.sentence(), highlight=False)
        return 0

    run(work, data=data, as_json=json)


def spelt_out(tools: list[str]) -> list[str]:
    """``["a:2", "b"]`` as ``["a", "a", "b"]``. A name may have colons; only a number behind the last one counts."""
    steps: list[str] = []
    for entry in tools:
        name, _, times = entry.rpartition(":")
        steps += [name] * min(int(times), 1000) if name and times.isdigit() else [entry]
    return steps

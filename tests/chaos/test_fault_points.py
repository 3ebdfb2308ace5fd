"""Fail each step in turn: every service dies before and after each publish and each ack of each of its handlers."""

import asyncio
import random  # noqa: TID251 - seeds are parameters of the tests
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.account import Account
from tests.chaos.steps import Fault, steps_world
from tests.chaos.world import busy

STEPS = {
    "classifier": [("publish", "intent.classified"), ("ack", "intent.submitted")],
    "rate_limiter": [("publish", "intent.cleared"), ("publish", "intent.admitted"), ("ack", "intent.classified")],
    "approval": [
        ("publish", "case.opened"),
        ("publish", "timer.case"),
        ("publish", "case.decided"),
        ("publish", "intent.cleared"),
        ("publish", "outcome"),
        ("ack", "intent.admitted"),
        ("ack", "case.decided"),
    ],
    "executor": [
        ("publish", "execution.started"),
        ("publish", "execution.failed"),
        ("publish", "outcome"),
        ("ack", "intent.cleared"),
    ],
}
"""Each service's doors, by the kind of fact that passes."""
DOORS = [(service, *step, when) for service, steps in STEPS.items() for step in steps for when in ("before", "after")]
MIX = (("orders.note", 50), ("orders.get", 10), ("orders.lost", 5), ("email.send", 15), ("refund.create", 20))
"""People are asked often here: their steps are to fail, too."""
RATE = 25.0
PEOPLE = 6
SOON = {"approval": 2}
"""A fault strikes at one of the first passages of its door, of which approval sees fewer: what came back dies again."""
SOON_ELSE = 6
SETTLE_S = 1.5
"""For each fault: what a dead service had in hand comes again when its time to acknowledge is over, and may die again
with the next."""
A_FAULT_S = 6.0
"""More than a death takes on a busy machine; of the services each dies on its own, so they share the time."""


def a_plan(seeds: range) -> list[Fault]:
    """Every door once for each seed, at a passage that the seed draws."""
    return [
        (*door, random.Random(f"{seed}:{door}").randint(1, SOON.get(door[0], SOON_ELSE)), seed)
        for seed in seeds
        for door in DOORS
    ]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "seeds", [range(1, 2), *(pytest.param(range(n, n + 5), marks=pytest.mark.slow) for n in range(2, 22, 5))], ids=str
)
async def test_a_service_that_dies_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, seeds: range, account: Account
) -> None:
    """Each step of each handler, for each seed, in one run: the faults of all seeds wait at their doors together."""
    plan = a_plan(seeds)
    print(f"seeds {seeds}: {plan}")
    async with steps_world(tmp_path, plan) as world:
        async with busy(world, RATE, seeds.start, mix=MIX, people=PEOPLE) as load:
            await world.until_struck(plan, A_FAULT_S * len(plan) / 2)
            await load.stop()
            found = await load.outcomes(SETTLE_S * len(plan))
        async with world.client("checker") as client:
            problems, history = await world.problems(client)
    print(f"{len(plan)} faults, {len(load.tickets)} intents, outcomes {found}")
    assert problems == [], f"{seeds}: {len(problems)} problems, the first: " + "\n".join(problems[:10])
    faults = Counter(f"{service} killed {when} {door} of {kind}" for service, door, kind, when, _, _ in plan)
    account.add(faults, len(history.intents), len(history.facts))


async def test_no_service_imports_fault_points_by_itself() -> None:
    """They are outside of what is shipped, and nothing that is shipped names them."""
    root = Path(__file__).parents[2]
    shipped = [*root.glob("services/*/groundstop_*/**/*.py"), *root.glob("shared/*/groundstop/**/*.py")]
    texts = await asyncio.gather(*(asyncio.to_thread(path.read_text, "utf-8") for path in shipped))
    assert len(texts) > 50
    assert not any("GROUNDSTOP_FAULTS" in text or "sitecustomize" in text for text in texts)

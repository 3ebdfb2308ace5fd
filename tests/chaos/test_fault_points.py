"""Fail each step in turn: every service dies before and after each publish and each ack of each of its handlers."""

import asyncio
import json
import os
import random  # noqa: TID251 - seeds are parameters of the tests
from pathlib import Path

import pytest

from tests.chaos.world import busy, running_world

SITE = Path(__file__).parent / "faultsite"
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
    "executor": [("publish", "execution.started"), ("publish", "outcome"), ("ack", "intent.cleared")],
}
"""Each service's doors, by the kind of fact that passes."""
FAULTS = [(service, *step, when) for service, steps in STEPS.items() for step in steps for when in ("before", "after")]
RARE = {"approval"}
"""Sees a few messages a second: its faults come at the first ones."""
A_SLICE = 8
STRUCK_S = 200.0
"""A service that dies again and again is started ever more slowly; on a busy machine a start takes its time."""


def a_plan(seed: int, whole: bool) -> list[tuple[str, str, str, str, int]]:
    """Faults with the passage at which each strikes: all of them, or a slice that other seeds complement."""
    chance = random.Random(seed)
    chosen = FAULTS if whole else chance.sample(FAULTS, A_SLICE)
    return [(*fault, chance.randint(1, 6 if fault[0] in RARE else 60)) for fault in chosen]


@pytest.mark.timeout(360)
@pytest.mark.parametrize(
    ("seed", "whole"), [(1, False), *(pytest.param(n, True, marks=pytest.mark.slow) for n in range(2, 22))]
)
async def test_a_service_that_dies_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, seed: int, whole: bool
) -> None:
    plan = a_plan(seed, whole)
    folder = tmp_path / "faults"
    folder.mkdir()
    (folder / "plan.json").write_text(json.dumps(plan))
    print(f"seed {seed}: {plan}")
    path = os.pathsep.join([str(SITE), *filter(None, [os.environ.get("PYTHONPATH")])])  # noqa: TID251 - for children
    async with running_world(tmp_path / "stack", GROUNDSTOP_FAULTS=str(folder), PYTHONPATH=path) as world:
        async with busy(world, 100, seed) as load:

            async def all_struck() -> bool:
                return len(list(folder.glob("*.done"))) == len(plan)

            await world.until(all_struck, "every fault", STRUCK_S)
            await load.stop()
            found = await load.outcomes()
        async with world.client("checker") as client:
            history = await world.history(client)
    print(f"{len(plan)} faults, {len(load.tickets)} intents, outcomes {found}")
    problems = world.problems(history)
    assert problems == [], f"seed {seed}: {len(problems)} problems, the first: " + "\n".join(problems[:10])


async def test_no_service_imports_fault_points_by_itself() -> None:
    """They are outside of what is shipped, and nothing that is shipped names them."""
    root = Path(__file__).parents[2]
    shipped = [*root.glob("services/*/groundstop_*/**/*.py"), *root.glob("shared/groundstop/**/*.py")]
    texts = await asyncio.gather(*(asyncio.to_thread(path.read_text, "utf-8") for path in shipped))
    assert len(texts) > 50
    assert not any("GROUNDSTOP_FAULTS" in text or "sitecustomize" in text for text in texts)

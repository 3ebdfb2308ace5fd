"""kill -9 of everything in turn, under load: no intent is lost, none ends twice, nothing is done twice."""

import random  # noqa: TID251 - seeds are parameters of the tests
import signal
from pathlib import Path

import pytest

from tests.chaos.account import Account
from tests.chaos.world import busy, running_world

VICTIMS = ("classifier", "rate-limiter", "approval", "executor-1", "audit", "clickhouse", "nats")
RATE = 220.0
BETWEEN_S = 4.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 21))])
async def test_everything_is_killed_in_turn_and_nothing_is_lost_or_doubled(
    tmp_path: Path, seed: int, account: Account
) -> None:
    """The three witnesses agree, and every rule holds."""
    chance = random.Random(seed)
    victims = chance.sample(VICTIMS, len(VICTIMS))
    print(f"seed {seed}: {' '.join(victims)}")
    async with running_world(tmp_path / "stack") as world:
        async with busy(world, RATE, seed) as load:
            began = world.clock.monotonic()
            for victim in victims:
                await world.clock.sleep(BETWEEN_S * chance.uniform(0.5, 1.5))
                await world.signal(victim, signal.SIGKILL)
            await world.clock.sleep(BETWEEN_S)
            rate = len(load.tickets) / (world.clock.monotonic() - began)
            await load.stop()
            found = await load.outcomes()
            print(f"{len(load.tickets)} intents, {rate:.0f}/s, outcomes {found}")
            assert load.failures == []
        async with world.client("checker") as client:
            history = await world.history(client)
    problems = world.problems(history)
    assert problems == [], f"seed {seed}: {len(problems)} problems, the first: " + "\n".join(problems[:10])
    assert {who[2] for who in history.intents} >= {ticket.intent for ticket in load.tickets}
    account.add({f"{victim} killed": 1 for victim in victims}, len(history.intents), len(history.facts))

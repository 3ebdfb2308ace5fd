"""Everything is replaced, one process after another, while agents and people go on: nothing is lost or doubled."""

import random  # noqa: TID251 - seeds are parameters of the tests
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chaos.fleet import GRACE_S, SERVERS, Fleet, running_fleet
from tests.chaos.world import Load, busy

RATE = 60.0
SETTLE_S = 240.0
"""Until everything has ended; two cores that ten services and four servers share are slow."""
STANDBY = ("classifier-1", "rate-limiter-1", "approval-1", "executor-1", "audit-1", "nats-1")
"""One of each: what is left has to go on alone, and to take over what it had in hand."""
QUICK = ("nats-1", "rate-limiter-1", "executor-1")
"""A server, the one that meters, and one that executes: what has most in hand."""
QUICK_RATE = 20.0


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_rolling_restart_of_everything_loses_nothing_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    """Three servers, two of each service and the record's engine, in an order drawn from the seed."""
    async with running_fleet(tmp_path / "fleet", GROUNDSTOP_WORKERS="0") as fleet:
        names = [*SERVERS, "clickhouse", *fleet.names()]
        await roll(fleet, random.Random(seed).sample(names, len(names)), seed, RATE)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("names", "rate"),
    [pytest.param(QUICK, QUICK_RATE, id="quick"), pytest.param(STANDBY, RATE, id="pairs", marks=pytest.mark.slow)],
)
async def test_what_is_left_of_each_pair_goes_on_alone(tmp_path: Path, names: Sequence[str], rate: float) -> None:
    """One server and the first of each pair, or of those that have most in hand."""
    async with running_fleet(tmp_path / "fleet", GROUNDSTOP_WORKERS="0") as fleet:
        await roll(fleet, names, 7, rate)


async def roll(fleet: Fleet, names: Sequence[str], seed: int, rate: float) -> None:
    """Restart ``names`` under a load of ``rate`` intents a second, then judge the history."""
    async with busy(fleet, rate, seed) as load:
        began = fleet.clock.monotonic()
        for name in names:
            await fleet.clock.sleep(1.0)
            at = fleet.clock.monotonic()
            await fleet.restart(name)
            print(f"{name}: ended in {fleet.ends[name]:.1f} s, back after {fleet.clock.monotonic() - at:.1f} s")
        await fleet.clock.sleep(1.0)
        took_s = fleet.clock.monotonic() - began
        await load.stop()
        found = await load.outcomes(SETTLE_S)
        print(f"seed {seed}: {len(names)} restarts in {took_s:.0f} s, {len(load.tickets)} intents, outcomes {found}")
    await judged(fleet, load)
    assert {name: took_s for name, took_s in fleet.ends.items() if name not in SERVERS and took_s >= GRACE_S} == {}


async def judged(fleet: Fleet, load: Load) -> None:
    """Every rule holds over all that was submitted, and nobody was turned away."""
    assert load.failures == [], load.failures[:5]
    async with fleet.client("checker") as client:
        history = await fleet.history(client)
    problems = fleet.problems(history)
    assert problems == [], f"{len(problems)} problems, the first: " + "\n".join(problems[:10])
    assert {who[2] for who in history.intents} >= {ticket.intent for ticket in load.tickets}
    print(
        f"{len(history.facts)} facts, {len(history.effects)} intents with effects, ledger {len(history.ledger or ())}"
    )

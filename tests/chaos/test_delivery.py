"""Deliveries that come twice and out of order, acknowledgements that are lost: one outcome, no second effect."""

import random  # noqa: TID251 - seeds are parameters of the tests
from pathlib import Path

import pytest

from tests.chaos.account import Account
from tests.chaos.shuffle import shuffled
from tests.chaos.steps import impatient
from tests.chaos.world import World, busy

SHARE = 0.1
RATE = 25.0
MIX = (("orders.note", 50), ("orders.get", 10), ("orders.lost", 5), ("email.send", 20), ("refund.create", 15))
SETTLE_S = 150.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("seed", "for_s"), [(1, 6.0), *(pytest.param(n, 40.0, marks=pytest.mark.slow) for n in range(2, 7))]
)
async def test_what_is_delivered_twice_late_and_out_of_order_happens_once(
    tmp_path: Path, seed: int, for_s: float, account: Account
) -> None:
    """Every service, its guard and the record are behind a bus that touches one message in ten of each kind."""
    world = World(tmp_path / "stack", 2, secure=False)
    async with shuffled(random.Random(seed), SHARE, lambda: world.stack.plan.nats_port) as bus:
        world.more = {"GROUNDSTOP_NATS_URL": f"nats://127.0.0.1:{bus.port}", "GROUNDSTOP_WORKERS": "0"}
        try:
            await world.start()
            await impatient(world.stack.plan.nats_url)
            async with busy(world, RATE, seed, agents=2, mix=MIX, people=3) as load, world.client("checker") as client:
                await world.clock.sleep(for_s)
                await load.stop()
                found = await load.outcomes(SETTLE_S)
                bus.calm()
                history = await world.history(client)
        finally:
            await world.stop()
    print(f"seed {seed}: {dict(bus.met)}; {found}")
    assert (problems := world.problems(history)) == [], f"seed {seed}: " + "\n".join(problems[:10])
    assert load.failures == []
    assert len(bus.met) == 4, "a kind of fault is missing: the test has shown nothing of it"
    account.add(dict(bus.met), len(history.intents), len(history.facts))

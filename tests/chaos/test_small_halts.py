"""Halts of several scopes while agents work: the history knows of nothing done after an executor had halted."""

from pathlib import Path

import pytest

from tests.chaos.account import Account
from tests.chaos.steps import steps_world
from tests.chaos.world import busy

SCOPES = ("all", "action=order", "risk=risky")
MIX = (("orders.note", 60), ("orders.get", 20), ("email.send", 20))


@pytest.mark.timeout(600)
async def test_nothing_is_done_after_an_executor_has_said_that_it_halted(tmp_path: Path, account: Account) -> None:
    async with steps_world(tmp_path, []) as world:
        async with busy(world, 40.0, 1, mix=MIX) as load, world.client("olga") as olga:
            await load.tickets_come()
            for scope in SCOPES:
                await world.clock.sleep(0.5)
                report = await olga.halt(scope, "a test", 5.0)
                assert report.claims_after == 0
                await world.clock.sleep(0.3)
                await olga.resume(report.control, "it was a test")
            await load.stop()
            found = await load.outcomes(100.0)
        async with world.client("checker") as client:
            problems, history = await world.problems(client)
    print(found)
    assert problems == [], "\n".join(problems[:10])
    assert list(history.of_kind("executor.halted")), "nobody halted: the test has shown nothing"
    account.add({f"halt of {scope} under load": 1 for scope in SCOPES}, len(history.intents), len(history.facts))

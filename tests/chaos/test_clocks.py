"""The wall clock of one service jumps by an hour, either way: nothing expires late, early or never because of it."""

import random  # noqa: TID251 - seeds are parameters of the tests
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from groundstop.client import Client
from groundstop.events import CaseOpened, Outcome
from groundstop.vocabulary import Reason, Status

from tests.chaos.account import Account
from tests.chaos.history import History
from tests.chaos.world import POLICY, World, busy, running_world

SITE = Path(__file__).parent / "clocksite"
TTL_S, CASE_S = 3.0, 6.0
QUICK = f"{POLICY}clearance_ttl_s: {TTL_S}\nexpiry: {{approval: {CASE_S}, risk: {{dangerous: {CASE_S}}}}}\n"
JUMPS = [
    (service, ahead) for service in ("executor", "rate_limiter", "approval", "classifier") for ahead in (-3600, 3600)
]
TIMER_S = 5.0
"""A timer fires within a quarter of a second; writing the end takes its time on a busy machine."""
MIX = (("orders.note", 80), ("orders.get", 15), ("refund.create", 5))
FROZEN_S = 1.8
SETTLE_S = 100.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))])
async def test_a_clock_that_jumps_neither_extends_nor_ends_anything(
    tmp_path: Path, seed: int, account: Account
) -> None:
    """Each service's clock jumps while agents work, while a halt outlasts clearances, and while the bus is frozen."""
    clocks = tmp_path / "clocks"
    clocks.mkdir()
    jumps = random.Random(seed).sample(JUMPS, len(JUMPS))
    print(f"seed {seed}: {jumps}")
    more = {"PYTHONPATH": str(SITE), "GROUNDSTOP_CLOCKS": str(clocks), "GROUNDSTOP_WORKERS": "0"}
    async with running_world(tmp_path / "stack", policy_text=QUICK, **more) as world, world.client("olga") as olga:
        async with busy(world, 20.0, seed, agents=2, mix=MIX) as load:
            await load.tickets_come(5)
            for service, ahead_s in jumps:
                (clocks / service).write_text(str(ahead_s))
                await world.clock.sleep(0.4)
            await load.stop()
            found = await load.outcomes(SETTLE_S)
        held = await _hold_past_expiry(world, olga, clocks)
        silent = [await olga.submit("refund.create", {"order": "A-1001", "amount": 0.01}) for _ in range(2)]
        (clocks / "approval").write_text("-3600")
        frozen = await _freeze(world, olga, clocks)
        ends = [await ticket.outcome(SETTLE_S) for ticket in silent]
        history = await world.history(olga)
    print(f"{found}, held {held}, nobody decided {[end.status for end in ends]}")
    assert (problems := world.problems(history)) == [], "\n".join(problems[:10])
    assert held == {(Status.EXPIRED, Reason.CLEARANCE_EXPIRED)}
    assert {end.status for end in ends} == {Status.EXPIRED}
    assert list(_ill_timed(history)) == []
    assert list(_during(history, frozen)) == []
    faults = {f"clock of {service} jumped by {ahead_s:+d} s": 1 for service, ahead_s in jumps}
    account.add(faults | {"bus frozen while clocks were wrong": 1}, len(history.intents), len(history.facts))


async def _hold_past_expiry(world: World, olga: Client, clocks: Path) -> set[tuple[Status, Reason]]:
    """What becomes of clearances that a halt has outlasted, when the executor believes that it is an hour earlier."""
    control = (await olga.halt("action=orders.note", "clearances are to expire", 5.0)).control
    tickets = [
        await olga.submit("orders.note", {"order": "A-1001", "text": f"held {n}"}, confidence=0.95) for n in range(5)
    ]
    for ticket in tickets:
        await world.until(lambda intent=ticket.intent: _cleared(olga, intent), f"the clearance of {ticket.intent}")  # type: ignore[misc]
    (clocks / "executor").write_text("-3600")
    await world.clock.sleep(TTL_S + 0.5)
    await olga.resume(control, "they have expired")
    ends = [await ticket.outcome(SETTLE_S) for ticket in tickets]
    return {(end.status, end.reason_code) for end in ends}


async def _cleared(client: Client, intent: str) -> bool:
    return bool(await client.log.newest([f"gs.intent.cleared.*.*.{intent}"]))


async def _freeze(world: World, olga: Client, clocks: Path) -> tuple[float, float]:
    """Freeze the bus and put the executors' clocks back meanwhile; from when to when they have to stand still."""
    tickets = [
        await olga.submit("orders.note", {"order": "A-1002", "text": f"frozen {n}"}, confidence=0.95) for n in range(20)
    ]
    (clocks / "executor").write_text("3600")
    pid = await world.signal("nats", signal.SIGSTOP)
    since = world.clock().timestamp()
    (clocks / "executor").write_text("-3600")
    await world.clock.sleep(FROZEN_S)
    until = world.clock().timestamp()
    psutil.Process(pid).resume()
    for ticket in tickets:
        await ticket.outcome(SETTLE_S)
    return since + 1.0, until


def _during(history: History, between: tuple[float, float]) -> Iterator[str]:
    """What an executor changed while its lease must have ended."""
    for intent, done in history.effects.items():
        for effect in done:
            if effect.tool in history.local and between[0] < effect.at < between[1]:
                yield f"{intent} changed something {effect.at - between[0]:.3f} s after the lease must have ended"


def _ill_timed(history: History) -> Iterator[str]:
    """Cases that nobody decided, and that ended too early or too late by the log's clock."""
    for who, facts in history.intents.items():
        opened = next((r for r in facts if isinstance(r.fact, CaseOpened)), None)
        ended = next((r for r in facts if isinstance(r.fact, Outcome)), None)
        if opened is None or ended is None or ended.fact.status is not Status.EXPIRED:  # type: ignore[union-attr]
            continue
        if any(r.kind == "intent.cleared" for r in facts):
            continue  # people said yes, and the clearance has expired
        took_s = (ended.time_ns - opened.time_ns) / 1e9
        if not CASE_S - 1.0 < took_s < CASE_S + TIMER_S:
            yield f"{who} was open for {took_s:.1f} s"

"""Claims in a replicated log: one at a time on a lane, and every lane fenced like the executor's own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from groundstop import subjects
from groundstop.bus.control_server import serving_controls
from groundstop.bus.message import Wait
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.controls import Target
from groundstop.events import ExecutionStarted, Halt
from groundstop.log import Claim, Log
from groundstop.log.lanes import read_controls
from groundstop.testing import a_clearance, eventually
from groundstop.vocabulary import Risk
from groundstop_executor.attempt.claims import Claims
from groundstop_executor.attempt.lanes import TURNS
from groundstop_executor.in_flight import Attempt
from structlog import get_logger

OWN = 6
SEVERAL = 60


@dataclass
class Known:
    """What a guard has in its memory: a lease that does not end, the controls as of some epoch."""

    epoch: int = 0
    halts: tuple[Halt, ...] = ()
    lane: int = OWN
    lapses: int = 0

    def view(self) -> "Known":
        return self

    def live(self, now: float) -> bool:
        return now > 0


@dataclass
class Slow:
    """A log that says yes after a turn of the loop, and counts how many claims are on their way on each lane."""

    on_their_way: Counter[int] = field(default_factory=Counter)
    most: Counter[int] = field(default_factory=Counter)

    async def claim(self, started: ExecutionStarted) -> Claim:
        self.on_their_way[started.lane] += 1
        self.most[started.lane] = max(self.most[started.lane], self.on_their_way[started.lane])
        await asyncio.sleep(0)  # noqa: TID251 - one turn of the loop, no time
        self.on_their_way[started.lane] -= 1
        return Claim(held=True, fenced=False, seq=1)


def _flight(claims: Claims) -> Attempt:
    target = Target("acme", "planner", "t", "note.write", "note", Risk.SAFE)
    return Attempt("i", 1, "note", (target,), 0, claims.stopped)


async def _hold(claims: Claims) -> Attempt:
    running = _flight(claims)
    await claims.hold(running, a_clearance(Clock()()), 1)
    return running


async def _held(claims: Claims, count: int) -> list[Attempt]:
    return list(await asyncio.gather(*(_hold(claims) for _ in range(count))))


async def test_claims_take_turns_where_the_log_is_replicated() -> None:
    """Two at once on one lane collide there; hundreds keep the servers busy with nothing else."""
    log = Slow()
    in_flight = await _held(Claims("e", log, Known(), Clock(), replicated=True), SEVERAL)  # type: ignore[arg-type]
    assert all(running.claimed for running in in_flight)
    assert len(log.most) == TURNS and set(log.most.values()) == {1}
    assert OWN in log.most


async def test_claims_wait_for_nobody_where_there_is_one_server() -> None:
    log = Slow()
    await _held(Claims("e", log, Known(), Clock()), SEVERAL)  # type: ignore[arg-type]
    assert log.most == {OWN: SEVERAL}


@pytest.fixture
async def operator(log: Log) -> AsyncIterator[Operator]:
    async with serving_controls(log.nc, Clock(), None, get_logger()):
        yield Operator(log.nc, log, Clock(), "olga")


async def test_every_lane_is_fenced_by_the_epoch_of_our_own(log: Log, operator: Operator) -> None:
    """The newest control on one lane says what stands on all: with it claims are taken, without it none is."""
    await operator.halt("tool=other", "so that there is an epoch", 0.1)
    before = await read_controls(log.nc, OWN)
    guard = Known(before.epoch)
    claims = Claims("e", log, guard, Clock(), replicated=True)
    assert all(running.claimed for running in await _held(claims, 3 * TURNS))
    assert len(set(await _lanes_claimed_on(log))) == TURNS

    await operator.halt("all", "stop", 0.1)
    known = await read_controls(log.nc, OWN)
    holding = [asyncio.create_task(_hold(claims)) for _ in range(3 * TURNS)]  # in ignorance of the halt

    async def refused() -> bool:
        guard.epoch, guard.halts = known.epoch, known.halts  # the guard hears of it a moment later
        return all(task.done() for task in holding)

    await eventually(refused, "the claims to be refused")
    assert {type(task.exception()) for task in holding} == {Wait}
    assert len(await _lanes_claimed_on(log)) == 3 * TURNS, "no claim was accepted behind the halt"


async def test_a_message_on_our_lane_alone_ends_no_claims(log: Log, operator: Operator) -> None:
    """Then what stands on the others cannot be told from it: they refuse, and our own lane is claimed on."""
    await operator.halt("tool=other", "so that there is an epoch", 0.1)
    stored = await log.last(subjects.control(OWN))
    assert stored is not None
    alone = await log.nc.jetstream().publish(subjects.control(OWN), stored.payload)
    claims = Claims("e", log, Known(alone.seq), Clock(), replicated=True)
    assert all(running.claimed for running in await _held(claims, 3 * TURNS))
    assert await _lanes_claimed_on(log) == [OWN] * 3 * TURNS


async def _lanes_claimed_on(log: Log) -> list[int]:
    """The lane of every claim that the log has accepted."""
    claims = log.until_now(patterns=(subjects.pattern("execution.started"),))
    return [ExecutionStarted.model_validate_json(stored.payload).lane async for stored in claims]

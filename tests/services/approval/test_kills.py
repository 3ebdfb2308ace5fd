"""Approval is killed at random while people decide: no decision is lost or doubled, everybody sees the true one."""

import asyncio
import random  # noqa: TID251 - seeded, and the seed is printed when a test fails

import pytest
from approval_support import Service, hold
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, RequestFailed
from groundstop.events import CaseDecided, IntentAdmitted
from groundstop.log import Log
from groundstop.testing import eventually

SEED = 20260601
TRY_AGAIN = ("unavailable", "timeout", "not_found", "failed")


async def decided_by(desk, case: str, verdict: str, clock: Clock) -> dict:
    """Decide like a person with a bad connection: again until there is an answer; a late one is told whose it is."""
    while True:
        try:
            return await desk.decide(case, verdict, "seen")
        except RequestFailed as error:
            if error.code == "already_decided":
                return {"won": False, **error.answer}
            assert error.code in TRY_AGAIN, error.code
        except GroundstopError:
            pass
        await clock.sleep(0.1)


async def slice_of_kills(log: Log, service: Service, desk_of, cases: int, kills: int) -> None:
    chance, clock = random.Random(SEED), Clock()
    await service.up()
    desks = [await desk_of(name) for name in ("alice", "bob", "carol")]
    told: dict[str, list[dict]] = {}
    done = asyncio.Event()

    async def killer() -> None:
        for _ in range(kills):
            await clock.sleep(chance.uniform(0.2, 1.0))
            service.kill()
            await service.up()
        done.set()

    async def worker(held: IntentAdmitted) -> None:
        case = f"{held.intent}-approval"
        pair = chance.sample(desks, 2)
        verdicts = [chance.choice(("approved", "denied")) for _ in pair]
        told[held.intent] = list(
            await asyncio.gather(*(decided_by(d, case, v, clock) for d, v in zip(pair, verdicts, strict=True)))
        )

    killing = asyncio.create_task(killer())
    held: list[IntentAdmitted] = []
    while len(held) < cases or not done.is_set():
        some = [await hold(log) for _ in range(10)]
        held += some
        await asyncio.gather(*(worker(one) for one in some))
    await killing
    for one in held:
        who = (one.tenant, one.agent, one.intent)
        decisions = [
            CaseDecided.model_validate_json(s.payload)
            for s in await log.newest([subjects.any_detail("case.decided", *who)])
        ]
        assert len(decisions) == 1, (SEED, one.intent)
        assert {answer["verdict"] for answer in told[one.intent]} == {decisions[0].verdict}, (SEED, one.intent)
        end = "intent.cleared" if decisions[0].verdict == "approved" else "outcome"
        other = {"intent.cleared": "outcome", "outcome": "intent.cleared"}[end]
        await eventually(lambda w=who, e=end: log.last(subjects.any_detail(e, *w)), f"{end} of {one.intent}")
        assert await log.last(subjects.any_detail(other, *who)) is None


@pytest.mark.timeout(600)
async def test_no_decision_is_lost_or_doubled(log: Log, service: Service, desk_of) -> None:
    await slice_of_kills(log, service, desk_of, cases=40, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_decision_of_500_is_lost_or_doubled(log: Log, service: Service, desk_of) -> None:
    await slice_of_kills(log, service, desk_of, cases=500, kills=25)

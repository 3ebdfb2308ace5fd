"""The second time is harmless, also when the server has forgotten that there was a first one."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.events import CaseDecided, CaseOpened, CaseTimer, ExecutionStarted
from groundstop.log import Log
from groundstop.log.frames import Frames
from groundstop.testing import a_classification, a_clearance, a_submission
from groundstop.vocabulary import CaseKind, Reason, Risk, Route, Verdict
from groundstop_embedded.testing import Bus
from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.budgets import Budgets
from groundstop_rate_limiter.domain import Meters
from groundstop_rate_limiter.leader import MeteringLeader


def _a_claim(executor: str) -> ExecutionStarted:
    cleared = a_clearance(intent="i-1")
    return ExecutionStarted.caused_by(
        cleared, cleared.at, executor, attempt=1, executor=executor, lane=0, epoch=0, call_digest="d", tool="t",
        action_type="a", risk=Risk.SAFE,
    )  # fmt: skip


async def test_a_claim_is_known_to_a_server_that_was_killed(log: Log, bus: Bus) -> None:
    """Delivery counts are not; the ids of the duplicate window are read back from the log."""
    assert (await log.claim(_a_claim("x"))).held
    bus.kill()
    bus.start()
    await bus.ready()
    second = await asyncio.wait_for(log.claim(_a_claim("y")), 20)
    assert (second.held, second.fenced) == (False, False)


async def test_a_timer_that_came_back_makes_no_room_for_a_second_decision(log: Log) -> None:
    """The admission is delivered again after its case was decided: its timer is scheduled anew."""
    held = a_classification(at=datetime.now(UTC), risk=Risk.DANGEROUS, route=Route.APPROVE)  # noqa: TID251 - timers
    opened = CaseOpened.caused_by(
        held, held.at, "approval", case_kind=CaseKind.APPROVAL, question="May it?", call=held.call,
        judgement=held.judgement, proposal=held.proposal, expires_at=held.at + timedelta(hours=1),
    )  # fmt: skip
    timer = CaseTimer.caused_by(opened, opened.at, "approval", case_kind=opened.case_kind)

    def by(who: str, verdict: Verdict) -> CaseDecided:
        return CaseDecided.caused_by(
            opened, opened.at, who, case_kind=opened.case_kind, verdict=verdict, by=who, call=opened.call,
            reason_code=Reason.APPROVED, risk=Risk.DANGEROUS,
        )  # fmt: skip

    await log.publish_once(opened)
    changes = f"gs.case.decided.{opened.tenant}.{opened.agent}.{opened.intent}.>"
    await log.schedule(timer, timer.target(), opened.expires_at)
    assert (await log.decide(by("ann", Verdict.APPROVED), 0, changes)).stored
    await log.schedule(timer, timer.target(), opened.expires_at)
    assert not (await log.decide(by("bob", Verdict.DENIED), 0, changes)).stored
    assert len([stored async for stored in log.until_now(patterns=["gs.case.decided.>"])]) == 1


def _delivered(log: Log, seq: int, tries: int) -> Delivery:
    return Delivery("s", seq, tries, 0, b"", 0.0, Frames(log.nc), "")


async def test_what_may_have_been_metered_before_is_looked_up(log: Log) -> None:
    """By count while the server remembers, by order when it does not, and all that was there before the start."""
    await log.publish_once(a_submission())
    turn = MeteringLeader(log, Meters(Buckets(), Budgets()), Clock(), structlog.get_logger(), window_s=60)
    await turn.start()
    turn.changed(True)
    await asyncio.wait_for(turn.come(), 10)
    asked = [(1, 1), (2, 1), (3, 2), (4, 1), (2, 1), (4, 1), (5, 1)]
    then = datetime.fromtimestamp(0, UTC)
    new = [turn.is_new(_delivered(log, seq, tries), a_classification(then)) for seq, tries in asked]
    assert new == [False, True, False, True, False, False, True]
    await turn.stop()


async def test_many_submissions_of_one_intent_are_one(log: Log) -> None:
    """Forty agents' retries at once: the log takes one."""
    submitted = a_submission(at=Clock()())
    acks = await asyncio.gather(*(log.publish_once(submitted) for _ in range(40)))
    assert sorted(ack.stored for ack in acks) == [False] * 39 + [True]
    assert len({ack.seq for ack in acks}) == 1

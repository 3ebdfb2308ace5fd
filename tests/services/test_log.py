"""The log against a real server: what it promises is decided there, not here."""

import asyncio
from datetime import timedelta

import pytest
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import CaseDecided, CaseDue, CaseOpened, CaseTimer, ExecutionStarted
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.log.lanes import read_controls
from groundstop.testing import a_classification, a_clearance, a_submission, eventually
from groundstop.vocabulary import CaseKind, Reason, Risk, Route, Verdict
from groundstop_embedded.testing import Bus


async def test_a_fact_is_stored_once(log: Log) -> None:
    submitted = a_submission()
    first = await log.publish_once(submitted)
    second = await log.publish_once(submitted)
    assert (first.stored, second.stored, second.seq) == (True, False, first.seq)


async def test_the_route_does_not_make_room_for_a_second_classification(log: Log) -> None:
    """The last token varies; the once-check looks at the whole family."""
    proceed = a_classification()
    refuse = proceed.model_copy(update={"judgement": proceed.judgement.model_copy(update={"route": Route.REFUSE})})
    assert (await log.publish_once(proceed)).stored
    assert not (await log.publish_once(refuse)).stored
    assert proceed.subject() != refuse.subject()


async def test_many_publishes_are_all_acknowledged_in_one_window(log: Log) -> None:
    facts = [a_submission() for _ in range(2_000)]
    acks = await asyncio.gather(*(log.publish_once(fact) for fact in facts))
    assert sorted(ack.seq for ack in acks) == list(range(1, 2_001))
    assert [stored.seq async for stored in log.until_now()] == list(range(1, 2_001))


async def test_what_was_published_while_the_server_was_away_arrives_once(log: Log, bus: Bus) -> None:
    await log.publish_once(a_submission())
    bus.kill()
    waiting = [asyncio.create_task(log.publish_once(a_submission())) for _ in range(50)]
    bus.start()
    await asyncio.wait_for(asyncio.gather(*waiting), 30)
    assert len([stored async for stored in log.until_now()]) == 51


def _a_start(**fields: object) -> ExecutionStarted:
    cleared = a_clearance()
    ordinary: dict[str, object] = {
        "attempt": 1, "executor": "x", "lane": 3, "epoch": 0, "call_digest": "d", "tool": "t", "action_type": "a",
        "risk": Risk.SAFE,
    }  # fmt: skip
    return ExecutionStarted.caused_by(cleared, cleared.at, "x", **(ordinary | fields))


async def _halt(log: Log, control: str = "c", desk: ControlStore | None = None) -> int:
    from groundstop.controls import with_halt
    from groundstop.events import Control, Halt

    now = Clock()()
    halt = Halt(control=control, scope="all", reason="r", by="me", at=now)

    def change(halts: tuple[Halt, ...], seq: int) -> Control:
        return Control(
            id=control, at=now, control=control, action="halt", scope="all", reason="r", by="me",
            halts=with_halt(halts, halt), replaces=seq,
        )  # fmt: skip

    _, seq = await (desk or ControlStore(log.nc, Clock(), None)).change(change, log.signed)
    return seq


async def test_a_claim_made_in_ignorance_of_a_halt_is_refused(log: Log) -> None:
    held = await log.claim(_a_start(epoch=0))
    await _halt(log)
    late = await log.claim(_a_start(epoch=0))
    controls = await read_controls(log.nc, lane=3)
    informed = await log.claim(_a_start(epoch=controls.epoch))
    assert (held.held, late.held, late.fenced, informed.held) == (True, False, True, True)


async def test_two_executors_cannot_hold_one_attempt(log: Log) -> None:
    mine = _a_start()
    theirs = mine.model_copy(update={"executor": "y"})
    assert (await log.claim(mine)).held
    other = await log.claim(theirs)
    assert (other.held, other.fenced) == (False, False)
    assert (await log.claim(mine)).held, "a claim sent twice is still ours"


async def test_a_crowd_of_operators_is_refused_no_halt(log: Log) -> None:
    """One of them wins each round, and who loses most must not be told that halting is not possible."""
    desks = [ControlStore(log.nc, Clock(), None) for _ in range(3)]
    await asyncio.gather(*(_halt(log, f"c{n}", desks[n % 3]) for n in range(60)))
    assert len((await read_controls(log.nc)).halts) == 60


async def test_a_halt_is_on_every_lane_and_two_operators_lose_none(log: Log) -> None:
    await asyncio.gather(*(_halt(log, f"c{n}") for n in range(8)))
    tables = [await read_controls(log.nc, lane) for lane in range(subjects.LANES)]
    assert {frozenset(halt.control for halt in table.halts) for table in tables} == {
        frozenset(f"c{n}" for n in range(8))
    }
    assert [table.epoch - tables[0].epoch for table in tables] == list(range(subjects.LANES))


def _an_open_case(seconds: float) -> CaseOpened:
    held = a_classification(at=Clock()(), risk=Risk.DANGEROUS, route=Route.APPROVE)
    return CaseOpened.caused_by(
        held, held.at, "approval", case_kind=CaseKind.APPROVAL, question="May it?", call=held.call,
        judgement=held.judgement, proposal=held.proposal, expires_at=held.at + timedelta(seconds=seconds),
    )  # fmt: skip


def _decided(opened: CaseOpened, verdict: Verdict, by: str) -> CaseDecided:
    return CaseDecided.caused_by(
        opened, Clock()(), by, case_kind=opened.case_kind, verdict=verdict, by=by, call=opened.call,
        reason_code=Reason.APPROVED, risk=Risk.DANGEROUS,
    )  # fmt: skip


async def test_a_decision_removes_its_timer_and_only_one_follows(log: Log) -> None:
    opened = _an_open_case(60)
    timer = CaseTimer.caused_by(opened, opened.at, "approval", case_kind=opened.case_kind)
    seq = (await log.publish_once(opened)).seq
    await log.schedule(timer, timer.target(), opened.expires_at)
    pattern = f"gs.case.*.{opened.tenant}.{opened.agent}.{opened.intent}.>"
    answers = await asyncio.gather(
        log.decide(_decided(opened, Verdict.APPROVED, "ann"), seq, pattern),
        log.decide(_decided(opened, Verdict.DENIED, "bob"), seq, pattern),
    )
    assert sorted(answer.stored for answer in answers) == [False, True]
    assert await log.last(timer.subject()) is None


async def test_a_timer_stores_its_target_in_time(log: Log) -> None:
    opened = _an_open_case(0.3)
    timer = CaseTimer.caused_by(opened, opened.at, "approval", case_kind=opened.case_kind)
    await log.schedule(timer, timer.target(), opened.expires_at)
    due = await eventually(lambda: log.last_fact(CaseDue, timer.target()), "the timer")
    assert due.case == opened.case


async def test_a_reader_goes_on_where_it_was_after_the_server_came_back(log: Log, bus: Bus) -> None:
    for _ in range(20):
        await log.publish_once(a_submission())
    async with log.read(1) as reader:
        first = [stored.seq for stored in await reader.batch(20, 5)]
        bus.kill()
        bus.start()
        await bus.ready()
        for _ in range(20):
            await log.publish_once(a_submission())
        second: list[int] = []

        async def read_on() -> bool:
            second.extend(stored.seq for stored in await reader.batch(20, 0.2))
            return len(second) >= 20

        await eventually(read_on, "the rest")
    assert first + second == list(range(1, 41))


@pytest.mark.parametrize("tenant", ["a.b", "*", ">", "", "a b", "ä", "x" * 65])
def test_no_name_can_widen_a_subject(tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant"):
        a_submission(tenant=tenant)


async def test_until_now_ends_on_an_empty_log(nc: object, bus: Bus) -> None:
    log = Log(nc, Clock())  # type: ignore[arg-type]
    assert [stored async for stored in log.until_now()] == []

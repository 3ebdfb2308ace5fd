"""Drills, stages and two people: what an operator does besides halting."""

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import orjson
import pytest
from groundstop import subjects
from groundstop.bus.control_commands import QUEUE
from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller, commands_of
from groundstop.client.control_requests import ControlRequests
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.controls.capacity import REASON_BYTES_MAX, TABLE_BYTES_MAX, bytes_of
from groundstop.errors import BadInput, GroundstopError, NoAcknowledgement
from groundstop.events import Control, Halt, KeysPublished, Pause, SignerKey, TaskPaused
from groundstop.log.lanes import read_controls, write
from groundstop.log.wire import EXPECTED_SEQ
from groundstop.testing import NOON, eventually
from groundstop.vocabulary import Status
from groundstop_embedded.testing import running_bus
from live import Live, live_on
from nats.aio.msg import Msg


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, tmp_path / "probe") as started:
        yield started


async def test_a_drill_measures_and_stops_nothing(live: Live) -> None:
    await live.executor()
    intent = await live.clear("coroutine.none", arguments={"linger_s": 2})
    await live.happened(intent)
    report = await live.operator.halt("all", "the monthly drill", 5, drill=True)
    assert report.drill
    assert [running["ended"] for line in report.executors for running in line["in_flight"]] == ["would_be_stopped"]
    assert (await live.operator.controls()).halts == ()
    other = await live.clear("coroutine.none", arguments={"linger_s": 0})
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert (await live.outcome(intent)).status is Status.SUCCEEDED


async def test_a_resume_in_stages_lets_the_less_risky_go_first(live: Live) -> None:
    await live.executor()
    report = await live.operator.halt("all", "stop", 5)
    intents = {
        risk: await live.clear("coroutine.none", arguments={"linger_s": 0}, risk=risk)
        for risk in ("safe", "risky", "dangerous")
    }
    for stage, waiting in (("safe", ["risky", "dangerous"]), ("risky", ["dangerous"]), ("dangerous", [])):
        await live.operator.resume(report.control, "looks good", stage)
        assert (await live.outcome(intents[stage])).status is Status.SUCCEEDED
        assert [live.effects(intents[risk]) for risk in waiting] == [0] * len(waiting)
    assert (await live.operator.controls()).halts == ()


async def test_two_people_lift_a_halt_when_it_asks_for_two(live: Live) -> None:
    olga, omar = (Operator(live.nc, live.log, live.clock, name, people=2) for name in ("olga", "omar"))
    halt = (await olga.halt("all", "stop", 0.1)).control
    assert (await olga.resume(halt, "all is well")).action == "resume_asked"
    assert (await olga.resume(halt, "really")).action == "resume_asked"
    alone = Operator(live.nc, live.log, live.clock, "eve", people=1)
    assert (await alone.resume(halt, "only the safe ones", "safe")).action == "resume_asked"
    assert len((await olga.controls()).halts) == 1
    await olga.resume(halt, "all is well")
    assert (await omar.resume(halt, "I agree")).action == "resume"
    assert (await olga.controls()).halts == ()


async def _listed(live: Live, number: int, *names: str, ended: str = "") -> None:
    keys = [
        SignerKey(key=name, name=name, role="operator", public="?", until=NOON if name == ended else None)
        for name in names
    ]
    keys.append(SignerKey(key="e", name="executor", role="executor", public="?"))
    await live.log.publish_checked(
        KeysPublished(id=f"keys-{number}", at=NOON, actor="owner", number=number, keys=tuple(keys)), {}
    )


async def test_two_people_lift_a_halt_wherever_two_could(live: Live) -> None:
    """Nobody has to ask for it, and nobody is locked out who is alone."""
    olga, omar = (Operator(live.nc, live.log, live.clock, name) for name in ("olga", "omar"))
    for number, (names, ended, people) in enumerate(
        [((), "", 1), (("olga",), "", 1), (("olga", "omar"), "omar", 1), (("olga", "omar", "otto"), "", 2)], start=1
    ):
        await _listed(live, number, *names, ended=ended)
        halt = (await olga.halt("all", "stop", 0.1)).control
        assert (await olga.controls()).halts[0].people == people, names
        assert (await olga.resume(halt, "all is well")).action == ("resume" if people == 1 else "resume_asked"), names
    assert (await omar.resume(halt, "I agree")).action == "resume"


async def test_a_resume_needs_a_note_a_known_stage_and_a_halt(live: Live) -> None:
    halt = (await live.operator.halt("all", "stop", 0.1)).control
    with pytest.raises(BadInput):
        await live.operator.resume(halt, " ")
    with pytest.raises(BadInput, match="stage"):
        await live.operator.resume(halt, "go", "most")
    with pytest.raises(GroundstopError, match="no active halt"):
        await live.operator.resume("another", "go")
    with pytest.raises(GroundstopError, match="no active halt"):
        await live.operator.resume("another", "go", "safe")


async def test_a_failed_step_pauses_its_task_until_it_is_resumed(live: Live) -> None:
    """The pause is in force before anybody can know of the failure: whoever goes on upon it waits."""
    await live.executor()
    failed = await live.clear("step", arguments={"works": False}, task="t-1")
    assert (await live.outcome(failed)).status is Status.FAILED
    (halt,) = (await live.operator.controls()).halts
    assert (halt.scope, halt.trigger) == ("task=t-1", "step-failed")
    assert failed in halt.reason
    later = await live.clear("step", arguments={"works": True}, task="t-1")
    other = await live.clear("step", arguments={"works": True}, task="t-2")
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert (await live.claims(later), live.effects(later)) == (0, 0)
    await live.operator.resume(halt.control, "the plan is revised")
    assert (await live.outcome(later)).status is Status.SUCCEEDED


async def test_an_agent_whose_calls_fail_is_halted_by_itself_and_again_after_a_bad_resume(live: Live) -> None:
    await live.executor()
    for _ in range(20):
        await live.clear("raises", arguments={"what": "final"}, agent="clumsy")

    async def halted(trigger: str) -> object:
        halts = (await live.operator.controls()).halts
        return next((halt for halt in halts if (halt.scope, halt.trigger) == ("agent=clumsy", trigger)), None)

    halt = await eventually(lambda: halted("error-rate"), "the automatic halt")
    waiting = await live.clear("up", arguments={"text": "x"}, agent="clumsy")
    other = await live.clear("up", arguments={"text": "x"}, agent="careful")
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert live.effects(waiting) == 0
    await live.operator.resume(halt.control, "it is mended")  # type: ignore[attr-defined]
    assert (await live.outcome(waiting)).status is Status.SUCCEEDED
    for _ in range(6):
        await live.clear("raises", arguments={"what": "final"}, agent="clumsy")
    await eventually(lambda: halted("canary"), "the second halt")


async def _paused(live: Live, *pauses: Pause, replaces: int) -> int:
    fact = TaskPaused(
        id=f"p-{replaces}", at=live.clock(), actor="approval", tenant="acme", agent="helper", pauses=pauses,
        replaces=replaces,
    )  # fmt: skip
    return (await live.log.publish_checked(fact, {EXPECTED_SEQ: str(replaces)})).seq


async def _halted(live: Live, count: int) -> None:
    """Wait until a guard says that it knows of so many halts and pauses."""
    known: list[int] = []

    async def beat(message: Msg) -> None:
        known.append(orjson.loads(message.data)["halted_scopes_count"])

    async def knows() -> bool:
        return known[-1:] == [count]

    subscription = await live.nc.subscribe(subjects.BEATS, cb=beat)
    await eventually(knows, f"{count} halts to be known")
    await subscription.unsubscribe()


async def test_a_paused_task_waits_until_it_is_given_back(live: Live) -> None:
    """What runs of it is stopped, what comes waits; other tasks, and other tenants' of that name, go on."""
    pause = Pause(handoff="h-1", task="t-1", by="helper", at=live.clock())
    await live.executor()
    running = await live.clear("coroutine.none", arguments={"linger_s": 30}, tenant="acme", task="t-1")
    await live.happened(running)
    seq = await _paused(live, pause, replaces=0)
    assert (await live.outcome(running)).status is Status.UNKNOWN
    waiting = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-1")
    for tenant, task in (("acme", "t-2"), ("globex", "t-1")):
        other = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant=tenant, task=task)
        assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert (await live.claims(waiting), live.effects(waiting)) == (0, 0)
    await _paused(live, replaces=seq)
    assert (await live.outcome(waiting)).status is Status.SUCCEEDED


async def test_a_starting_executor_knows_what_was_paused_before(live: Live) -> None:
    """Also of agents whose last change is long ago, behind many others."""
    await _paused(live, Pause(handoff="h-1", task="t-1", by="helper", at=live.clock()), replaces=0)
    for number in range(60):
        fact = TaskPaused(id=f"o-{number}", at=live.clock(), actor="approval", tenant="acme", agent=f"a{number}")
        await live.log.publish_checked(fact, {EXPECTED_SEQ: "0"})
    await live.executor()
    waiting = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-1")
    other = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-2")
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert (await live.claims(waiting), live.effects(waiting)) == (0, 0)


async def test_a_pause_that_was_put_there_again_resumes_nothing(live: Live) -> None:
    """A table that does not replace the newest one may add pauses, and end none."""
    await live.executor()
    seq = await _paused(live, Pause(handoff="h-1", task="t-1", by="helper", at=live.clock()), replaces=0)
    again = TaskPaused(id="old", at=live.clock(), actor="approval", tenant="acme", agent="helper", replaces=0)
    await live.log.publish_checked(again, {EXPECTED_SEQ: str(seq)})
    await _halted(live, 1)
    waiting = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-1")
    other = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-2")
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert live.effects(waiting) == 0


async def test_a_halt_fits_into_a_table_that_hand_offs_once_filled(live: Live) -> None:
    """As they did while pauses were halts: 490 of them with reasons of 8 KB. The guard obeys such a table, too."""
    now = live.clock()
    reason = f"handed to a person: {'x' * 8000}"
    full = tuple(
        Halt(control=f"h-{n}", scope=f"task=t-{n}", tenant="acme", reason=reason, by="helper", at=now)
        for n in range(490)
    )
    control = Control(id="f", at=now, control="h-0", action="halt", scope="task=t-0", reason="r", by="h", halts=full)
    await write(live.nc, control, await read_controls(live.nc))
    await live.executor()
    report = await live.operator.halt("all", "stop", 30)
    assert len(report.executors) == 1
    halts = (await live.operator.controls()).halts
    assert [halt.scope for halt in halts[-1:]] == ["all"] and len(halts) == 491
    assert bytes_of(halts) < TABLE_BYTES_MAX
    await live.operator.resume(report.control, "go on")
    paused = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="t-7")
    other = await live.clear("coroutine.none", arguments={"linger_s": 0}, tenant="acme", task="other")
    assert (await live.outcome(other)).status is Status.SUCCEEDED
    assert live.effects(paused) == 0


async def test_a_reason_is_cut_to_what_a_halt_takes(live: Live) -> None:
    """Rather than that the halt were refused for it."""
    await live.operator.halt("tool=x", "long " * 5000, 0.01)
    (halt,) = (await live.operator.controls()).halts
    assert len(halt.reason.encode()) <= REASON_BYTES_MAX


async def test_one_that_hangs_is_asked_no_second_time(live: Live) -> None:
    """Of two who answer one stands still: the press is not lost."""

    async def never(_: Msg) -> None:
        """It hangs."""

    hanging = await nats.connect(live.bus.url)
    for verb in ("control.get", "control.put"):
        await hanging.subscribe(commands_of(verb), queue=QUEUE, cb=never)
    await hanging.flush()
    for number in range(4):
        await live.operator.halt(f"tool=t{number}", "stop", 1.0)
    assert len((await live.operator.controls()).halts) == 4
    await hanging.close()


async def test_a_press_that_nobody_takes_names_what_stops_a_host(tmp_path: Path) -> None:
    """Neither a guard nor approval is there."""
    async with running_bus(tmp_path / "bus") as bus:
        nc = await nats.connect(bus.url)
        pressing = ControlRequests(nc, Clock(), Caller(OWNER_ROLE, ANY_TENANT, "olga"), lambda control: control)
        with pytest.raises(NoAcknowledgement, match="GROUNDSTOP_HALT_FILE"):
            await pressing.change(_nothing, 0.5)
        await nc.close()


def _nothing(halts: tuple[Halt, ...], seq: int) -> Control:
    raise AssertionError("nobody said what is halted")

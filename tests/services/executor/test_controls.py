"""Drills, stages and two people: what an operator does besides halting."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from groundstop.client.operator import Operator
from groundstop.errors import BadInput, GroundstopError
from groundstop.events import KeysPublished, SignerKey
from groundstop.testing import NOON, eventually
from groundstop.words import Status
from groundstop_embedded.testing import running_bus
from live import Live, live_on


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
    assert [flight["ended"] for line in report.executors for flight in line["in_flight"]] == ["would_be_stopped"]
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

"""What an executor does with a clearance, on a real bus: once, honestly, whatever happens to it."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from groundstop import subjects
from groundstop.events import CostRecorded, ExecutionExhausted, ExecutionFailed, ToolBroken, ToolMended
from groundstop.testing import eventually
from groundstop.vocabulary import Reason, Status
from groundstop_embedded.testing import running_bus
from live import Live, live_on


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, tmp_path / "probe") as started:
        yield started


async def test_an_executor_that_is_stopped_in_order_says_what_it_leaves_behind(live: Live) -> None:
    """Nobody has to guess for ten seconds what a planned restart did."""
    first = await live.executor()
    intent = await live.clear("coroutine.none", arguments={"linger_s": 60})
    await live.happened(intent)
    first.send_signal(signal.SIGTERM)
    outcome = await live.outcome(intent, 12.0)
    assert (outcome.status, outcome.reason_code) == (Status.UNKNOWN, Reason.EXECUTOR_LOST)


async def test_a_probe_that_finds_nothing_lets_the_call_go_on(live: Live) -> None:
    """It was cut off before its effect: the second attempt makes it, and there is one."""
    first = await live.executor()
    intent = await live.clear("coroutine.verified", arguments={"linger_s": 20, "before": True})
    await live.started(intent)
    await live.clock.sleep(0.3)
    first.kill()
    await live.executor()
    outcome = await live.outcome(intent)
    assert (outcome.status, live.effects(intent), await live.claims(intent)) == (Status.SUCCEEDED, 1, 2)


async def test_exceptions_mean_what_the_catalogue_says(live: Live) -> None:
    """Retryable: three attempts. Final: one. Unknown effect of a tool that must not be repeated: one, and unknown."""
    await live.executor()
    ends = {
        "retryable": (Status.FAILED, 3),
        "final": (Status.FAILED, 1),
        "unknown": (Status.UNKNOWN, 1),
        "key": (Status.FAILED, 1),
        "os": (Status.FAILED, 3),
        "odd": (Status.UNKNOWN, 1),
    }
    intents = {what: await live.clear("raises", arguments={"what": what}) for what in ends}
    found = {what: ((await live.outcome(intent)).status, live.effects(intent)) for what, intent in intents.items()}
    assert found == ends
    intent = await live.clear("raises.process", arguments={"what": "odd"})
    assert (await live.outcome(intent)).status is Status.UNKNOWN
    assert live.effects(intent) == 1


async def test_a_fallback_stands_in_and_the_claim_names_it(live: Live) -> None:
    await live.executor()
    intent = await live.clear("down", arguments={"text": "hello"})
    outcome = await live.outcome(intent)
    assert (outcome.status, outcome.result, outcome.tried) == (Status.SUCCEEDED, "hello", ("down",))
    claim = await live.started(intent)
    assert (claim.tool, claim.fallback_for, claim.attempt) == ("up", "down", 3)


async def test_a_halt_of_the_fallback_stops_the_fallback(live: Live) -> None:
    await live.executor()
    await live.operator.halt("tool=up", "the other line is taken", 5)
    intent = await live.clear("down", arguments={"text": "hello"})

    async def tried() -> bool:
        return await live.claims(intent) >= 2

    await eventually(tried, "two attempts")
    await live.clock.sleep(1.0)
    assert (await live.claims(intent), live.effects(intent)) == (2, 0)


async def test_a_person_is_asked_when_the_tool_wants_it(live: Live) -> None:
    await live.executor()
    intent = await live.clear("by.hand", arguments={})
    pattern = subjects.pattern("execution.exhausted", intent=intent)
    exhausted = await eventually(lambda: live.log.last_fact(ExecutionExhausted, pattern), "the request")
    assert (exhausted.attempts, exhausted.error) == (1, "out of order (attempt 1 of 1)")


async def test_a_tool_that_keeps_failing_is_left_alone_until_it_works(live: Live) -> None:
    """Every executor learns it from the log; what comes meanwhile waits instead of failing."""
    await live.executor()
    for _ in range(5):
        await live.outcome(await live.clear("shaky", arguments={}))
    broken = await eventually(
        lambda: live.log.last_fact(ToolBroken, subjects.breaker("tool.broken", "shaky")), "broken"
    )
    assert broken.failures == 5
    await live.executor()
    waiting = await live.clear("shaky", arguments={})
    (live.folder / "works").touch()
    assert (await live.outcome(waiting)).result == "fine"
    assert (await live.started(waiting)).at >= broken.until
    await eventually(lambda: live.log.last_fact(ToolMended, subjects.breaker("tool.mended", "shaky")), "mended")


async def test_no_more_calls_run_at_a_time_than_the_tool_allows(live: Live) -> None:
    await live.executor()
    intents = [await live.clear("single", arguments={}) for _ in range(20)]
    assert [(await live.outcome(intent)).result for intent in intents] == [True] * 20


async def test_a_deadline_ends_the_waiting_between_attempts(live: Live) -> None:
    await live.executor()
    intent = await live.clear("shaky", arguments={}, ttl_s=-1)
    outcome = await live.outcome(intent)
    assert (outcome.status, outcome.reason_code) == (Status.EXPIRED, Reason.CLEARANCE_EXPIRED)
    assert await live.log.last_fact(ExecutionFailed, subjects.pattern("execution.failed", intent=intent)) is None


async def test_what_a_call_costs_is_recorded_once_when_it_was_done(live: Live) -> None:
    """Budgets and the cost of a success read it; a call that was not done costs nothing."""
    first = await live.executor()
    paid = await live.clear("coroutine.key", arguments={"linger_s": 20})
    await live.happened(paid)
    first.kill()  # after the effect, before its record: the second attempt records it
    await live.executor()
    free = await live.clear("coroutine.none", arguments={"linger_s": 0})
    for intent in (paid, free):
        assert (await live.outcome(intent)).status is Status.SUCCEEDED
    costs = [stored async for stored in live.log.until_now(patterns=("gs.cost.recorded.>",))]
    facts = [CostRecorded.model_validate_json(stored.payload) for stored in costs]
    assert [(fact.intent, fact.entry, fact.cost_micros) for fact in facts] == [(paid, "tool", 2_500_000)]


async def test_two_tenants_may_use_one_id(live: Live) -> None:
    """Each runs and each ends: what is kept of one, or is in the air, is not taken for the other's."""
    await live.executor()
    intent = await live.clear("coroutine.none", arguments={"linger_s": 0.2})
    await live.clear("coroutine.none", arguments={"linger_s": 0.2}, tenant="rival", intent=intent)

    async def both() -> bool:
        return len(await live.log.newest([subjects.pattern("outcome", intent=intent)])) == 2

    await eventually(both, "two ends")
    assert live.effects(intent) == 2

"""Estimates from a real log: the newest outcomes count, and what cannot be read is no reason to have none."""

from groundstop.client.estimate import history_rates, tools_of_task
from groundstop.clock import Clock
from groundstop.events import Outcome
from groundstop.log import Log
from groundstop.testing import a_clearance, a_submission
from groundstop.vocabulary import Reason, Status


async def _ended(log: Log, status: Status, times: int) -> None:
    for _ in range(times):
        cleared = a_clearance()
        await log.publish_once(
            Outcome.caused_by(cleared, Clock()(), "x", status=status, reason_code=Reason.DONE, tool="mail")
        )


async def test_the_newest_of_many_outcomes_count(log: Log) -> None:
    """A tool that has just broken is not as good as it was for the whole week."""
    await _ended(log, Status.SUCCEEDED, 30)
    await _ended(log, Status.FAILED, 8)
    assert await history_rates(log, Clock()().timestamp()) == {"mail": 31 / 40}
    assert await history_rates(log, Clock()().timestamp(), facts=8) == {"mail": 1 / 10}


async def test_what_nobody_can_read_is_left_out(log: Log) -> None:
    """An agent may store any bytes under its own subjects."""
    submitted = a_submission(tool="mail")
    await log.publish_once(submitted)
    await log.nc.jetstream().publish("gs.intent.submitted.default.agent.junk", b"\xff{")
    await log.nc.jetstream().publish("gs.outcome.default.agent.junk.succeeded", b"[]")
    now = Clock()().timestamp()
    assert await tools_of_task(log, submitted.task, now) == ["mail"]
    assert await history_rates(log, now) == {}

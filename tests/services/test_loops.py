"""What goes on in the background never ends in silence: it goes on, or the process ends for its supervisor to see."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import Fact
from groundstop.identity.signatures import new_signer
from groundstop.log import Log, PubAck, Stored
from groundstop.log.follow import Follower
from groundstop.log.lookup import api
from groundstop.log.signing import Signing
from groundstop.loops import TaskSet, supervised_task
from groundstop.testing import a_clearance, eventually
from nats.aio.client import Client

LOGGER = structlog.get_logger()
WITHIN_S = 30.0


def _cleared(intent: str) -> Fact:
    return a_clearance(Clock()(), intent=intent)


@pytest.fixture
async def told_to_end() -> AsyncIterator[asyncio.Event]:
    """Set when this process is asked to end, as its service's own handler would be."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    yield asked
    loop.remove_signal_handler(signal.SIGTERM)


async def test_an_error_in_a_loop_ends_the_process(told_to_end: asyncio.Event) -> None:
    """A service without one of its loops says that it is well and does half of its work."""

    async def broken() -> None:
        raise KeyError("a programmer's error")

    supervised_task(broken(), "broken", LOGGER)
    await asyncio.wait_for(told_to_end.wait(), WITHIN_S)


async def test_a_loop_that_is_stopped_ends_nothing(told_to_end: asyncio.Event) -> None:
    task = supervised_task(asyncio.Event().wait(), "waiting", LOGGER)  # type: ignore[arg-type]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not told_to_end.is_set()


async def test_a_follower_that_can_follow_no_more_ends_the_process(
    log: Log, nc: Client, told_to_end: asyncio.Event
) -> None:
    """Not what it applies, which is passed over, but the following itself."""
    applied: list[int] = []

    class Fatal(BaseException):
        """Nothing that one fact alone would raise."""

    def apply(stored: Stored) -> None:
        applied.append(stored.seq)
        if len(applied) > 1:
            raise Fatal

    follower = Follower(log, (subjects.pattern("intent.cleared"),), apply, LOGGER)
    await log.publish_once(_cleared(intent="before"))
    await follower.start()
    await log.publish_once(_cleared(intent="after"))
    await asyncio.wait_for(told_to_end.wait(), WITHIN_S)


async def test_a_reader_reads_on_whatever_went_wrong_when_it_began_again(
    log: Log, nc: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consumer is gone, and the first tries to make another one fail in a way that nobody has foreseen."""
    failures = [ValueError("unforeseen"), OSError("no route"), RuntimeError("unforeseen, too")]
    await log.publish_once(_cleared(intent="first"))
    async with log.read(patterns=(subjects.pattern("intent.cleared"),)) as reader:
        assert len(await reader.batch(1, WITHIN_S)) == 1
        begin = reader._begin

        async def failing() -> None:
            if failures:
                raise failures.pop()
            await begin()

        monkeypatch.setattr(reader, "_begin", failing)
        await api(nc, f"CONSUMER.DELETE.{subjects.STREAM}.{reader._name}")
        await log.publish_once(_cleared(intent="second"))
        (read,) = await reader.batch(1, WITHIN_S)
        assert ".second" in read.subject and not failures


async def test_an_error_of_one_who_is_told_ends_no_answers_to_others(log: Log) -> None:
    """The sweep that gives up, and sends again, does so for everybody."""
    told: list[Any] = []

    def careless(answer: PubAck | Exception) -> None:
        told.append(answer)
        raise KeyError("what is told must not raise, and does")

    for number in range(3):
        log.send_once(_cleared(intent=f"careless-{number}"), careless)

    async def answered() -> bool:
        return len(told) == 3

    await eventually(answered, "three answers")
    assert (await log.publish_once(_cleared(intent="careful"))).stored
    assert log._publisher.waiting == 0 and not log._publisher._sweeper.done()  # type: ignore[union-attr]


async def test_what_cannot_be_signed_takes_nothing_along() -> None:
    """What one turn of the loop sends is signed together; each fact belongs to somebody else."""
    sent: list[Fact] = []
    answers: list[PubAck | Exception] = []
    signing = Signing(new_signer(), lambda fact, _: sent.append(fact))
    good = [a_clearance(Clock()(), intent=f"good-{number}") for number in range(3)]
    bad = good[0].model_copy(update={"user": object()})
    for fact in (good[0], bad, *good[1:]):
        signing.send(fact, answers.append)
    signing.flush()
    assert [fact.id for fact in sent] == [fact.id for fact in good]
    assert len(answers) == 1 and isinstance(answers[0], Exception)


async def test_a_set_of_tasks_forgets_what_has_ended_and_ends_the_rest_with_its_owner() -> None:
    tasks, blocked = TaskSet(), asyncio.Event()

    async def answer() -> int:
        return 7

    assert await tasks.start(answer()) == 7
    running = [tasks.start(blocked.wait()) for _ in range(3)]
    await tasks.wait(0.01)
    assert len(tasks) == 3 and set(tasks) == set(running)
    await tasks.stop()
    assert len(tasks) == 0 and all(task.cancelled() for task in running)

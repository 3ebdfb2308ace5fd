"""A message that no handler can handle ends as a dead letter after a bounded number of tries; others pass it by."""

import asyncio
import sys
from pathlib import Path

import pytest
import structlog
from groundstop.bus.consumer import Consumer, Limits, Route
from groundstop.bus.delivery import RETRY_DELAYS_S
from groundstop.bus.message import Delivery, Wait
from groundstop.bus.poison import SUSPECT_FROM
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import Fact, IntentClassified, IntentSubmitted, MessageDead
from groundstop.log import Log
from groundstop.log.lookup import api
from groundstop.log.stream import Durable, consumer_config
from groundstop.subjects import STREAM, pattern
from groundstop.testing import a_call, a_submission, eventually
from groundstop.vocabulary import Band, Reason, Risk
from groundstop.vocabulary import Route as Way
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.testing import Bus

from tests.integration.mortal_service import DURABLE
from tests.integration.mortal_service import TRIES as FATAL_TRIES

TRIES = 3
TAKES = Durable("clumsy", (pattern("intent.submitted"),), ack_wait_s=5.0)


class Clumsy:
    """A service that fails, always, at one of its messages."""

    def __init__(self, log: Log) -> None:
        self.seen: dict[str, int] = {}
        self.log = log

    def routes(self) -> dict[str, Route]:
        return {"intent.submitted": Route(IntentSubmitted, self.on_intent_submitted)}

    def on_intent_submitted(self, submitted: IntentSubmitted, _: Delivery) -> Fact | None:
        self.seen[submitted.intent] = self.seen.get(submitted.intent, 0) + 1
        match submitted.tool:
            case "poison":
                raise RuntimeError("this handler always fails")
            case "hopeless":
                raise BadInput(Reason.INVALID_ARGUMENTS, "no later try can make this right")
            case "later" if self.seen[submitted.intent] <= 2 * TRIES:
                raise Wait(0.05)
        return None


@pytest.fixture
async def clumsy(log: Log):  # type: ignore[no-untyped-def]
    """The service, running."""
    made = Clumsy(log)
    await _declare(log, TAKES)
    consumer = Consumer(
        log, TAKES, made.routes(), clock=Clock(), logger=structlog.get_logger(), limits=Limits(tries_max=TRIES)
    )
    await consumer.start()
    yield made, consumer
    await consumer.stop()


async def _declare(log: Log, durable: Durable) -> None:
    wanted = {"stream_name": STREAM, "config": consumer_config(durable)}
    await api(log.nc, f"CONSUMER.DURABLE.CREATE.{STREAM}.{durable.name}", wanted)


async def _dead(log: Log, seq: int) -> MessageDead:
    return await eventually(lambda: log.last_fact(MessageDead, f"gs.message.dead.*.{seq}"), "the dead letter")


async def test_what_always_fails_is_tried_so_often_and_no_more(log: Log, clumsy: tuple[Clumsy, Consumer]) -> None:
    service, consumer = clumsy
    poison = a_submission(tool="poison")
    ack = await log.publish_once(poison)
    others = [a_submission() for _ in range(50)]
    began = Clock().monotonic()
    await asyncio.gather(*(log.publish_once(other) for other in others))

    async def others_done() -> bool:
        return all(other.intent in service.seen for other in others)

    await eventually(others_done, "the others")
    assert Clock().monotonic() - began < sum(RETRY_DELAYS_S[: TRIES - 1]), "they waited for the poison"
    letter = await _dead(log, ack.seq)
    assert (letter.reason_code, letter.tries, service.seen[poison.intent]) == (Reason.HANDLER_FAILED, TRIES, TRIES)
    assert letter.head == poison.model_dump_json()[:200]
    assert (consumer.counts.dead, consumer.counts.handled) == (1, 51)


async def test_what_can_never_be_right_is_tried_once(log: Log, clumsy: tuple[Clumsy, Consumer]) -> None:
    service, _ = clumsy
    hopeless = a_submission(tool="hopeless")
    letter = await _dead(log, (await log.publish_once(hopeless)).seq)
    assert (letter.reason_code, service.seen[hopeless.intent]) == (Reason.INVALID_ARGUMENTS, 1)


async def test_waiting_is_no_failure(log: Log, clumsy: tuple[Clumsy, Consumer]) -> None:
    """What waits for a halt to end must not die of waiting."""
    service, consumer = clumsy
    later = a_submission(tool="later")
    await log.publish_once(later)

    async def done() -> bool:
        return consumer.counts.handled == 1

    await eventually(done, "the end of the wait")
    assert (service.seen[later.intent], consumer.counts.dead) == (2 * TRIES + 1, 0)


async def test_a_submission_that_kills_its_handler_every_time_is_refused_as_well(log: Log, tmp_path: Path) -> None:
    """The agent gets an end, not only the operator a letter."""
    submitted = a_submission(tool="poison")

    def refuse(delivery: Delivery, error: BadInput) -> IntentClassified:
        proposal = submitted.proposal()
        judgement = {"risk": Risk.DANGEROUS, "band": Band.LOW, "route": Way.REFUSE, "reason_code": error.reason}
        return IntentClassified.caused_by(
            submitted, submitted.at, "x", proposal=proposal, call=a_call(proposal), judgement=judgement
        )

    await _declare(log, TAKES)
    routes = {"intent.submitted": Route(IntentSubmitted, Clumsy(log).on_intent_submitted, refuse)}
    consumer = Consumer(log, TAKES, routes, clock=Clock(), logger=structlog.get_logger(), limits=Limits(tries_max=2))
    await consumer.start()
    letter = await _dead(log, (await log.publish_once(submitted)).seq)
    (refusal,) = await log.newest(["gs.intent.classified.>"])
    await consumer.stop()
    assert (letter.reason_code, refusal.subject.rpartition(".")[2]) == (Reason.HANDLER_FAILED, "refuse")


async def test_what_kills_its_process_is_buried_by_one_that_comes_after(log: Log, bus: Bus) -> None:
    """Nobody can count for a process that is gone, and the server counts waits as well: the log keeps the tries."""
    await _declare(log, DURABLE)
    killer = await log.publish_once(a_submission(tool="killer"))
    others = [await log.publish_once(a_submission()) for _ in range(5)]

    async def others_handled() -> bool:
        found = await api(log.nc, f"CONSUMER.INFO.{STREAM}.mortal")
        return int(found["ack_floor"]["stream_seq"]) >= others[-1].seq

    deaths = 0
    deadline = Clock().monotonic() + 60
    process = await _mortal(bus)
    try:
        while await log.last(f"gs.message.dead.mortal.{killer.seq}") is None:
            assert Clock().monotonic() < deadline, f"still not buried after {deaths} deaths"
            if process.returncode is not None:
                deaths += 1
                process = await _mortal(bus)
            await Clock().sleep(0.05)
        await eventually(others_handled, "the others to be handled by the one that comes after")
    finally:
        process.kill()
        await process.wait()
    letter = await _dead(log, killer.seq)
    assert (letter.reason_code, letter.tries) == (Reason.HANDLER_FAILED, FATAL_TRIES)
    assert deaths == SUSPECT_FROM - 1 + FATAL_TRIES


async def _mortal(bus: Bus) -> asyncio.subprocess.Process:
    program = Path(__file__).with_name("mortal_service.py")
    return await asyncio.create_subprocess_exec(sys.executable, str(program), bus.url, preexec_fn=die_with_parent)

"""What a service has on order is bounded in bytes, too, and a message that is larger than the bound still comes."""

import asyncio

from groundstop.clock import Clock, SetClock
from groundstop.log.exclusive import ExclusiveConsumer
from groundstop.log.pull import Pull
from groundstop.log.wire import as_json
from groundstop.testing import NOON
from nats.aio.client import Client

STREAM = "LARGE"
SIZES = (*([1_000] * 40), 20_000, *([1_000] * 40), 30_000, 30_000, 10)


async def test_orders_end_at_their_bytes_and_go_on(nc: Client) -> None:
    js = nc.jetstream()
    await js.add_stream(name=STREAM, subjects=["large.>"])
    for number, size in enumerate(SIZES):
        await js.publish(f"large.{number}", b"x" * size)
    config = {"durable_name": "reader", "ack_policy": "explicit", "max_ack_pending": 1_000}
    await nc.request(
        f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.reader", as_json({"stream_name": STREAM, "config": config})
    )
    found: list[int] = []
    everything = asyncio.Event()

    def take(subject: str, reply: str, payload: bytes) -> None:
        found.append(len(payload))
        pull.used()
        if len(found) == len(SIZES):
            everything.set()

    pull = Pull(nc, "reader", take, Clock(), window=64, stream=STREAM, bytes_max=8_000)
    await pull.start()
    async with asyncio.timeout(30):
        await everything.wait()
    await pull.stop()
    assert found == list(SIZES)


async def test_a_process_that_stood_still_takes_nothing_under_a_pin_that_may_be_anothers(nc: Client) -> None:
    """Whoever looks first after the pause, the watch for silence or the reader of the socket."""
    clock, turns, taken, noticed = SetClock(NOON), [], [], asyncio.Event()
    headers = b"NATS/1.0\r\nNats-Pin-Id: mine\r\n\r\n"
    pull = Pull(
        nc,
        "meters",
        lambda subject, *_: taken.append(subject),
        clock,
        window=8,
        stream=STREAM,
        pin=ExclusiveConsumer(turns.append),
    )
    pull.lost = noticed.set
    pull._receive("before", "", b"", headers)
    pull._tasks.start(pull._watchdog())  # and nothing that answers: it looks first
    clock.advance(5)
    async with asyncio.timeout(30):
        await noticed.wait()
    pull._receive("waited in the socket", "", b"", headers)
    pull._tasks.cancel()
    assert (taken, turns) == (["before"], [True, False])

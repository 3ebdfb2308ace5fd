"""What a service has on order is bounded in bytes, too, and a message that is larger than the bound still comes."""

import asyncio

from groundstop.clock import Clock
from groundstop.log.pull import Pull
from groundstop.log.wire import as_json
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

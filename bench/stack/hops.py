"""The ceiling: the same number of durable hops over plain nats-py, with nothing decided and nothing checked.

python -m bench.stack.hops relay URL N               one hop, until SIGTERM
python -m bench.stack.hops drive URL COUNT WINDOW    messages through all hops; prints one JSON line
"""

import asyncio
import contextlib
import sys

import nats
import nats.errors
import orjson
import uvloop
from groundstop.clock import Clock
from groundstop.log.lookup import api
from groundstop.log.stream import StreamSettings, stream_config
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

STREAM = "BARE"
HOPS = 4
BATCH = 200
PAYLOAD = b"x" * 700


async def declare(nc: Client) -> None:
    """A stream with the log's own settings, under other subjects."""
    config = stream_config(StreamSettings()) | {"name": STREAM, "subjects": ["bare.>"]}
    with contextlib.suppress(Exception):
        await api(nc, f"STREAM.DELETE.{STREAM}")
    await api(nc, f"STREAM.CREATE.{STREAM}", config)


async def relay(url: str, hop: int) -> None:
    """Take from one subject, store on the next, acknowledge: fetch a batch, publish it together."""
    nc = await nats.connect(url)
    js = nc.jetstream()
    config = ConsumerConfig(max_ack_pending=10_000)
    source = await js.pull_subscribe(f"bare.{hop}.*", f"hop{hop}", stream=STREAM, config=config)

    async def pass_on(message: nats.aio.msg.Msg) -> None:
        await js.publish(f"bare.{hop + 1}.{message.subject.rpartition('.')[2]}", message.data)
        await message.ack()

    while True:
        with contextlib.suppress(nats.errors.TimeoutError):
            batch = await source.fetch(BATCH, timeout=0.5)
            await asyncio.gather(*map(pass_on, batch))


async def drive(url: str, count: int, window: int) -> None:
    """Push ``count`` messages through all hops with at most ``window`` on their way."""
    clock = Clock()
    nc = await nats.connect(url)
    js = nc.jetstream()
    room = asyncio.Semaphore(window)
    seen = 0
    done = asyncio.Event()

    async def arrived(_: nats.aio.msg.Msg) -> None:
        nonlocal seen
        seen += 1
        room.release()
        if seen == count:
            done.set()

    await nc.subscribe(f"bare.{HOPS}.*", cb=arrived)
    began = clock.monotonic()

    async def one(item: int) -> None:
        await js.publish(f"bare.0.{item}", PAYLOAD)

    tasks = []
    for item in range(count):
        await room.acquire()
        tasks.append(asyncio.create_task(one(item)))
    await asyncio.gather(*tasks)
    await asyncio.wait_for(done.wait(), 60)
    sys.stdout.write(orjson.dumps({"hops_s": count / (clock.monotonic() - began)}).decode() + "\n")
    await nc.close()


if __name__ == "__main__":
    kind, url, *numbers = sys.argv[1:]
    uvloop.run(relay(url, int(numbers[0])) if kind == "relay" else drive(url, int(numbers[0]), int(numbers[1])))

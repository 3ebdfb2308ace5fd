"""What nats-py's public API costs: processor time of a publish and of a receive, fast and plain, in one run.

python -m bench.buses [MESSAGES]     starts a server of its own; 20,000 messages in each of five rounds
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from groundstop import natspy
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.log.frames import Frames
from groundstop.log.lookup import api
from groundstop.log.publisher import Publisher
from groundstop.log.pull import Pull
from groundstop.log.stream import StreamSettings, stream_config
from groundstop.log.wire import PubAck, headers_of
from groundstop.testing import a_submission
from groundstop_embedded.testing import bare_bus
from nats.aio.client import Client

MESSAGES, ROUNDS = 20_000, 5
BUSES = ("fast", "plain")
STREAM = "BUSES"
WINDOW = 512


async def measured(url: str, messages: int) -> dict[str, float]:
    """Microseconds of processor time for one stored publish, and for one message that is received and acknowledged."""
    nc = await natspy.connect(servers=url)
    config = stream_config(StreamSettings()) | {"name": STREAM, "subjects": ["buses.>"], "storage": "memory"}
    await api(nc, f"STREAM.CREATE.{STREAM}", config)
    durable = {"durable_name": "d", "ack_policy": "explicit", "max_ack_pending": 4 * WINDOW}
    await api(nc, f"CONSUMER.DURABLE.CREATE.{STREAM}.d", {"stream_name": STREAM, "config": durable})
    seen = {"publish": await _publish(nc, messages), "receive": await _receive(nc, messages)}
    await api(nc, f"STREAM.DELETE.{STREAM}")
    await nc.close()
    return seen | {"bus": natspy.bus_of(nc).name}


async def _publish(nc: Client, messages: int) -> float:
    publisher, done, stored = Publisher(nc, Clock(), WINDOW), asyncio.Event(), 0
    await publisher.start()
    fact = a_submission()
    headers, payload = headers_of(fact), fact.model_dump_json().encode()

    def on_answer(answer: PubAck | Exception) -> None:
        nonlocal stored
        if isinstance(answer, Exception) or not answer.stored:
            raise GroundstopError(f"a publish was not stored: {answer!r}")
        stored += 1
        if stored == messages:
            done.set()

    before = time.process_time()
    for number in range(messages):
        await publisher.room()
        publisher.send(f"buses.{number}", payload, headers, on_answer)
    await done.wait()
    spent = time.process_time() - before
    await publisher.stop()
    return spent / messages * 1e6


async def _receive(nc: Client, messages: int) -> float:
    acks, done, received = Frames(nc), asyncio.Event(), 0

    def on_message(subject: str, reply: str, payload: bytes) -> None:
        nonlocal received
        received += 1
        acks.publish(reply, b"+ACK")
        pull.used()
        if received == messages:
            done.set()

    pull = Pull(nc, "d", on_message, Clock(), window=WINDOW, stream=STREAM)
    before = time.process_time()
    await pull.start()
    await done.wait()
    spent = time.process_time() - before
    await pull.stop()
    return spent / messages * 1e6


async def compare(messages: int) -> None:
    """Print medians of rounds, in turn, each in a process of its own."""
    seen: dict[str, list[dict[str, float]]] = {kind: [] for kind in BUSES}
    with tempfile.TemporaryDirectory() as folder, bare_bus(Path(folder) / "bus") as bus:
        await bus.ready()
        for _ in range(ROUNDS):
            for kind in BUSES:
                env = dict(os.environ) | {"GROUNDSTOP_BUS": kind}  # noqa: TID251
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "bench.buses", "one", bus.url, str(messages),
                    env=env, stdout=asyncio.subprocess.PIPE,
                )  # fmt: skip
                out, _ = await process.communicate()
                found = json.loads(out)
                if found["bus"] != kind:
                    raise GroundstopError(f"asked for {kind}, measured {found['bus']}")
                seen[kind].append(found)
    print("| processor time of our process, per message | fast | plain | ratio |\n|---|---|---|---|")
    for what, named in (("publish", "publish, acknowledged by the log"), ("receive", "receive and acknowledge")):
        fast, plain = (statistics.median(one[what] for one in seen[kind]) for kind in BUSES)
        print(f"| {named} | {fast:.1f} us | {plain:.1f} us | {plain / fast:.2f} |")


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["one"]:
        print(json.dumps(uvloop.run(measured(given[1], int(given[2])))))
    else:
        asyncio.run(compare(int(given[0]) if given else MESSAGES))

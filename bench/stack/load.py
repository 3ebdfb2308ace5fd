"""A load generator in a process of its own: submits, waits for outcomes, prints one JSON line.

python -m bench.stack.load URL saturate COUNT WINDOW       as fast as the window allows
python -m bench.stack.load URL rate PER_SECOND SECONDS     open loop, latency measured from the planned time
python -m bench.stack.load URL slow COUNT                  tools that run for a minute, to be halted
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import nats
import orjson
import uvloop
from groundstop.callers import ANY_TENANT, OWNER_ROLE, Caller
from groundstop.clock import Clock
from groundstop.events import IntentSubmitted
from groundstop.identity.connecting import connection_options
from groundstop.ids import new_id, trace_of
from groundstop.log import Log
from groundstop.settings import Settings
from nats.aio.client import Client
from nats.aio.msg import Msg

TENANT, AGENT = "bench", "load"
DRAIN_S = 60.0


def submission(clock: Clock, tool: str, arguments: dict[str, object]) -> IntentSubmitted:
    """One ordinary intent."""
    intent = new_id()
    return IntentSubmitted(
        id=intent, at=clock(), trace=trace_of(intent), actor=AGENT, tenant=TENANT, agent=AGENT, intent=intent,
        task=f"task-{intent[-4:]}", tool=tool, arguments=arguments, confidence=0.97,
        reasoning="The customer asked for the state of the order.", user="customer-17",
    )  # fmt: skip


class Load:
    """Counts outcomes and keeps latencies in milliseconds."""

    def __init__(self, nc: Client, log: Log, clock: Clock) -> None:
        self._nc = nc
        self._intake = log.intake(Caller(OWNER_ROLE, ANY_TENANT, AGENT))
        self._clock = clock
        self._began: dict[str, float] = {}
        self._ended = asyncio.Condition()
        self.latencies_ms: list[float] = []
        self.refused = 0
        self.statuses: dict[str, int] = {}

    async def start(self) -> None:
        await self._nc.subscribe(f"gs.outcome.{TENANT}.{AGENT}.>", cb=self._outcome)

    async def _outcome(self, message: Msg) -> None:
        parts = message.subject.split(".")
        began = self._began.pop(parts[4], None)
        if began is None:
            return
        self.latencies_ms.append((self._clock.monotonic() - began) * 1e3)
        self.statuses[parts[5]] = self.statuses.get(parts[5], 0) + 1
        async with self._ended:
            self._ended.notify_all()

    async def submit(self, tool: str, arguments: dict[str, object], planned: float | None = None) -> None:
        fact = submission(self._clock, tool, arguments)
        self._began[fact.intent] = self._clock.monotonic() if planned is None else planned

        def settled(answer: object) -> None:
            self.refused += isinstance(answer, Exception)

        self._intake.send(fact, settled)

    async def room(self, window: int) -> None:
        async with self._ended:
            await self._ended.wait_for(lambda: len(self._began) < window)

    async def drained(self) -> None:
        async with asyncio.timeout(DRAIN_S):
            await self.room(1)


async def saturate(load: Load, clock: Clock, count: int, window: int) -> dict[str, object]:
    """``count`` intents with at most ``window`` on their way."""
    began = clock.monotonic()
    for item in range(count):
        await load.room(window)
        await load.submit("bench.get", {"item": item})
    await load.drained()
    return {"intents_s": count / (clock.monotonic() - began)}


async def at_rate(load: Load, clock: Clock, rate: float, seconds: float) -> dict[str, object]:
    """Open loop: an intent is late by the clock on the wall, not by when the generator got to it."""
    began = clock.monotonic()
    for item in range(int(rate * seconds)):
        planned = began + item / rate
        await clock.sleep(max(0.0, planned - clock.monotonic()))
        await load.submit("bench.get", {"item": item}, planned)
    await load.drained()
    return {}


async def slow(load: Load, _: Clock, count: int) -> dict[str, object]:
    """Fill the executors with tools that take a minute."""
    for _n in range(count):
        await load.submit("bench.list_slow", {"seconds": 60.0})
    return {}


def quantile(values: list[float], q: float) -> float:
    """The smallest value that at least the part ``q`` of ``values`` does not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0


KINDS: dict[str, Callable[..., Awaitable[dict[str, object]]]] = {"saturate": saturate, "rate": at_rate, "slow": slow}


async def main(url: str, kind: str, *numbers: str) -> None:
    """Run one kind of load and print what was seen."""
    clock = Clock()
    options = connection_options(Settings().model_copy(update={"nats_url": url}))
    nc = await nats.connect(**options, pending_size=64 * 1024 * 1024)
    log = Log(nc, clock)
    await log.start()
    load = Load(nc, log, clock)
    await load.start()
    await nc.flush()
    found = await KINDS[kind](load, clock, *(float(n) if "." in n else int(n) for n in numbers))
    found |= {
        "statuses": load.statuses,
        "refused": load.refused,
        **{f"p{int(q * 100)}_ms": round(quantile(load.latencies_ms, q), 2) for q in (0.5, 0.95, 0.99)},
        "max_ms": round(max(load.latencies_ms, default=0.0), 2),
    }
    sys.stdout.write(orjson.dumps(found).decode() + "\n")
    await log.stop()
    await nc.close()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))

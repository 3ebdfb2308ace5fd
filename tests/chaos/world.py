"""A whole stack beside the example's systems, agents that keep it busy, people that decide, and faults to put in."""

import asyncio
import contextlib
import os
import random  # noqa: TID251 - seeds are parameters of the tests
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats.errors
import structlog
from groundstop.catalogue import Catalogue, load_catalogue
from groundstop.client import Client, Ticket
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, RequestFailed
from groundstop.log.stream import state
from groundstop.policy import Policy, load_policy
from groundstop.settings import Settings
from groundstop_embedded.plan import Options
from groundstop_embedded.run import Example, example
from groundstop_embedded.stack import Companion, Stack
from groundstop_example_support import SOURCES

from tests.chaos.history import History, newest_row, read_history
from tests.chaos.rules import Rule, judge, within_limits

POLICY = """
name: chaos
confusion: {same_call: 100, same_failure: 100, cycles: 100, no_progress: 1000}
limits:
  - {name: safe, match: {risk: safe}, count: 2000, burst: 4000}
  - {name: risky, match: {risk: risky}, count: 500, burst: 1000}
  - {name: dangerous, match: {risk: dangerous}, count: 200, burst: 400}
"""
EFFECTFUL = ("orders.note", "email.send", "refund.create")
LOCAL = ("orders.note", "orders.move")
"""Their changes are made by the executor's own process."""
SETTLE_S = 60.0
MIX = (("orders.note", 70), ("orders.get", 17), ("email.send", 10), ("refund.create", 3))
"""Tools by their share of the load, in percent: by key, by nature, not idempotent, and one that asks people first."""
Mix = tuple[tuple[str, int], ...]


@dataclass
class World:
    """A running stack. ``restart`` ends it in order and starts it anew on the same data."""

    data: Path
    executors: int
    clock: Clock = field(default_factory=Clock)
    more: dict[str, str] = field(default_factory=dict)
    policy_text: str = POLICY
    secure: bool = True
    sources: tuple[str, ...] = ()
    """Tools beside the example's own. All of theirs have effects that the example's databases show."""
    stack: Stack = field(init=False)

    @property
    def beside(self) -> Example:
        """The example's systems."""
        return example("support", self.data)

    @property
    def settings(self) -> Settings:
        """Settings of a client of this stack."""
        return self.stack.plan.settings

    @property
    def catalogue(self) -> Catalogue:
        """The tools."""
        return load_catalogue((*SOURCES, *self.sources))

    @property
    def policy(self) -> Policy:
        """What is in force."""
        return load_policy(self.policy_text)

    async def start(self) -> None:
        """Start everything and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "policy.yaml").write_text(self.policy_text, encoding="utf-8")
        options = Options(
            data=self.data,
            executors=self.executors,
            catalogue=(*self.beside.sources, *self.sources),
            policy=self.data / "policy.yaml",
            secure=self.secure,
            env={**self.beside.env, "GROUNDSTOP_PAUSE_TASKS": "never", **self.more},
        )
        systems = [sys.executable, "-m", f"{self.beside.module}.systems", "--data", str(self.beside.folder)]
        beside = Companion("systems", [*systems, "--die-with-parent"], [])
        self.stack = Stack(options, self.clock, structlog.get_logger("stack"), companion=beside)
        await self.stack.start()

    async def stop(self) -> None:
        """Drain and end everything."""
        await asyncio.shield(self.stack.stop())

    def client(self, agent: str) -> Any:
        """A client called ``agent``."""
        return Client.open(agent=agent, settings=self.settings)

    async def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to the process ``name`` of the stack; waits for one that is being restarted."""
        pid = await self.until(lambda: _value(self.stack.children[name].pid), f"process {name}")
        os.kill(pid, number)
        return pid

    async def until(self, question: Callable[[], Awaitable[Any]], what: str, within_s: float = SETTLE_S) -> Any:
        """Ask until the answer is truthy; errors of a stack that is just coming back count as no."""
        deadline = self.clock.monotonic() + within_s
        while True:
            with contextlib.suppress(GroundstopError, nats.errors.Error, OSError):
                if answer := await question():
                    return answer
            assert self.clock.monotonic() < deadline, f"{what} did not happen within {within_s:g} s"
            await self.clock.sleep(0.1)

    async def recorded(self, client: Client, within_s: float = SETTLE_S) -> int:
        """Wait until ClickHouse has every sequence of the log; the newest one."""

        async def caught_up() -> int:
            last = int((await state(client.nc))["last_seq"])
            # A timer that is the newest message and was cancelled gets its row with the next message.
            return last if await asyncio.to_thread(newest_row, self.stack.plan.clickhouse_dsn) >= last else 0

        return int(await self.until(caught_up, "the record of the whole log", within_s))

    async def history(self, client: Client) -> History:
        """Everything that happened, once the record is complete."""
        last = await self.recorded(client)
        return await read_history(
            client.log,
            last,
            catalogue=self.catalogue,
            support=self.beside.folder,
            clickhouse_dsn=self.stack.plan.clickhouse_dsn,
            effectful=(*EFFECTFUL, *(tool.name for tool in load_catalogue(self.sources))),
            local=LOCAL,
        )

    def problems(self, history: History, *more: Rule) -> list[str]:
        """What is wrong with it."""
        return judge(history, within_limits(self.policy), *more)


async def _value(value: Any) -> Any:
    return value


@asynccontextmanager
async def running_world(
    data: Path,
    executors: int = 2,
    policy_text: str = POLICY,
    secure: bool = True,
    sources: tuple[str, ...] = (),
    **more: str,
) -> AsyncIterator[World]:
    """A world for the length of a block."""
    world = World(data, executors, more=more, policy_text=policy_text, secure=secure, sources=sources)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()


@dataclass
class Load:
    """Agents that submit ``rate`` intents a second, drawn from ``chance``, until ``stop``."""

    clients: list[Client]
    chance: random.Random
    rate: float
    clock: Clock = field(default_factory=Clock)
    mix: Mix = MIX
    tickets: list[Ticket] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def start(self) -> None:
        """Begin to submit."""
        self._pacer = asyncio.create_task(self._pace())

    async def _pace(self) -> None:
        began, due = self.clock.monotonic(), 0
        while not self._stopping.is_set():
            while due < (self.clock.monotonic() - began) * self.rate:
                due += 1
                task = asyncio.create_task(self._submit(due))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await self.clock.sleep(0.01)

    async def _submit(self, number: int) -> None:
        tool, arguments = self._call(number)
        client = self.clients[number % len(self.clients)]
        try:
            self.tickets.append(await client.submit(tool, arguments, confidence=0.95, task=f"load-{number // 10}"))
        except GroundstopError as error:
            self.failures.append(repr(error))

    def _call(self, number: int) -> tuple[str, dict[str, Any]]:
        (tool,) = self.chance.choices([name for name, _ in self.mix], [share for _, share in self.mix])
        order = f"A-{1001 + self.chance.randrange(400)}"
        if tool == "orders.lost":
            return "orders.get", {"order": "A-none"}
        return tool, {
            "orders.note": {"order": order, "text": f"note {number}"},
            "orders.get": {"order": order},
            "email.send": {"to": f"c{number}@customers.example", "subject": f"Note {number}", "body": "Hello."},
            "refund.create": {"order": order, "amount": 0.01},
        }[tool]

    async def stop(self) -> None:
        """Submit no more, and wait until the log has answered for all that was submitted."""
        self._stopping.set()
        await self._pacer
        await asyncio.gather(*self._tasks)

    async def tickets_come(self, count: int = 20, within_s: float = SETTLE_S) -> None:
        """Wait until so many were submitted and the first of them has ended: the world is up and at work."""
        async with asyncio.timeout(within_s):
            while len(self.tickets) < count:
                await self.clock.sleep(0.05)
            await self.tickets[0].outcome()

    async def outcomes(self, within_s: float = SETTLE_S) -> dict[str, int]:
        """Wait for the outcome of everything; how many there are of each status."""
        found: dict[str, int] = {}
        async with asyncio.timeout(within_s):
            for ticket in self.tickets:
                status = str((await ticket.outcome()).status)
                found[status] = found.get(status, 0) + 1
        return found


PATIENCE_S = 1.0
"""An approval service that has just died answers nobody: ask again."""


class People:
    """Say yes to four cases of five, from a connection of their own."""

    def __init__(self, client: Client, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self._task: asyncio.Task[None] | None = None
        self._goes_home = False

    def start(self) -> None:
        """Begin to look at the inbox."""
        self._task = asyncio.create_task(self._decide())

    async def _decide(self) -> None:
        clock = Clock()
        while not self._goes_home:
            with contextlib.suppress(GroundstopError, nats.errors.Error, TimeoutError):
                # Of their kind alone: unknown outcomes that nobody looks into would fill the page before long.
                cases = await asyncio.wait_for(self._client.cases(kind="approval"), PATIENCE_S)
                self._chance.shuffle(cases)
                for case in cases:
                    verdict = "approved" if self._chance.random() < 0.8 else "denied"
                    with contextlib.suppress(RequestFailed):  # the list may still show what was decided just now
                        await asyncio.wait_for(self._client.decide(case["case"], verdict, "by the test"), PATIENCE_S)
            await clock.sleep(0.1)

    async def stop(self) -> None:
        """Go home. To be cancelled is not enough: wait_for of Python 3.11 forgets it when an answer comes just then."""
        self._goes_home = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


@asynccontextmanager
async def busy(
    world: Any, rate: float, seed: int, agents: int = 4, mix: Mix = MIX, people: int = 1
) -> AsyncIterator[Load]:
    """Agents and people for the length of a block; the load goes on until ``stop`` or the block's end."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(world.client(f"agent-{n}")) for n in range(agents)]
        clerks = [
            People(await stack.enter_async_context(world.client(f"ann-{n}")), random.Random(seed + n))
            for n in range(people)
        ]
        load = Load(clients, random.Random(seed), rate, world.clock, mix)
        for clerk in clerks:
            clerk.start()
        load.start()
        try:
            yield load
        finally:
            await load.stop()
            for clerk in clerks:
                await clerk.stop()

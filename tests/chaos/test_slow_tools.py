"""Systems that are slow, half open, or gone in the middle of a call: each intent ends once, nothing is done twice."""

import asyncio
import contextlib
import random  # noqa: TID251 - seeds are parameters of the tests
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from groundstop.client import Client, Ticket
from groundstop.vocabulary import Status
from groundstop_example_support import settings

from tests.chaos.account import Account
from tests.chaos.timing import attempts_in_time, unknown_is_asked_about
from tests.chaos.wires import Wire, wire
from tests.chaos.world import World, running_world

TOOLS = """
tools:
  refund.keyed: &refund
    action_type: payment.refund
    risk: risky
    idempotency: key
    timeout_s: 2
    attempts: 4
    backoff_s: 0.1
    http: {{method: POST, url: "http://127.0.0.1:{port}/refunds"}}
    parameters: {{type: object, properties: {{order: {{type: string}}, amount_cents: {{type: integer}}}}}}
  refund.once: {{<<: *refund, idempotency: none}}
  note.keyed: &note
    action_type: orders.note
    risk: risky
    idempotency: key
    timeout_s: 6
    attempts: 4
    backoff_s: 0.1
    worker: true
    parameters: {{type: object, properties: {{order: {{type: string}}, text: {{type: string}}}}}}
  note.once: {{<<: *note, idempotency: none}}
"""
WORKER = Path(__file__).parent / "mortal_worker.py"
SHARE = 0.5
"""How many connections and requests meet a fault."""
BAD_S = 6.0
SLACK_S = 8.0
"""A claim and its end pass through the log, on a machine that may be busy."""
SETTLE_S = 150.0


@dataclass
class Workers:
    """Worker processes that are started again when they die, which is often."""

    argv: list[str]
    deaths: int = 0
    _alive: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def keep(self) -> None:
        """Keep one alive until cancelled."""
        while True:
            process = await asyncio.create_subprocess_exec(*self.argv)
            self._alive.append(process)
            try:
                await process.wait()
            except asyncio.CancelledError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
                raise
            self.deaths += 1


@asynccontextmanager
async def kept(workers: Workers, number: int) -> AsyncIterator[None]:
    """Some workers for the length of a block."""
    tasks = [asyncio.create_task(workers.keep()) for _ in range(number)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def bad_wires(folder: Path, seed: int) -> AsyncIterator[tuple[World, Wire, Wire]]:
    """A world whose executors reach payments and mail over wires that misbehave."""
    chances = [random.Random(f"{seed}:{name}") for name in ("payments", "mail")]
    async with wire(chances[0], SHARE) as payments, wire(chances[1], SHARE) as mail:
        catalogue = folder / "wired.yaml"
        catalogue.write_text(TOOLS.format(port=payments.port), encoding="utf-8")
        async with running_world(folder / "stack", secure=False, sources=(str(catalogue),)) as world:
            there = settings.read(world.beside.folder)
            payments.target, mail.target = int(there.payments_url.rpartition(":")[2]), there.smtp_port
            url = f"http://127.0.0.1:{payments.port}"
            settings.write(replace(there, smtp_port=mail.port, payments_url=url))
            try:
                yield world, payments, mail
            finally:
                settings.write(there)


async def _submit(client: Client, number: int) -> list[Ticket]:
    """``number`` calls of each tool."""
    order = {"order": "A-1001"}
    calls = [
        call
        for n in range(number)
        for call in (
            ("refund.keyed", {**order, "amount_cents": 1}),
            ("refund.once", {**order, "amount_cents": 1}),
            ("note.keyed", {**order, "text": f"keyed {n}"}),
            ("note.once", {**order, "text": f"once {n}"}),
            ("email.send", {"to": f"c{n}@customers.example", "subject": f"Note {n}", "body": "Hello."}),
        )
    ]
    return [await client.submit(tool, arguments, confidence=0.95) for tool, arguments in calls]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("seed", "number"), [(1, 8), *(pytest.param(n, 40, marks=pytest.mark.slow) for n in range(2, 5))]
)
async def test_slow_and_half_open_systems_double_nothing_and_hold_nobody_up(
    tmp_path: Path, seed: int, number: int, account: Account
) -> None:
    """HTTP that says nothing, a byte at a time or half of it; SMTP alike; workers that die, freeze and forget."""
    async with bad_wires(tmp_path, seed) as (world, payments, mail), world.client("agent") as client:
        shop = str(world.beside.folder / "shop.sqlite")
        workers = Workers([sys.executable, str(WORKER), world.stack.plan.nats_url, shop, str(seed)])
        async with kept(workers, 2):
            tickets = await _submit(client, number)
            await world.clock.sleep(BAD_S)
            payments.calm()
            mail.calm()
            async with asyncio.timeout(SETTLE_S):
                ends = [await ticket.outcome() for ticket in tickets]
        unknown = [end for end in ends if end.status is Status.UNKNOWN]
        await world.until(lambda: _asked_about(client, len(unknown)), "a case for each unknown end")
        history = await world.history(client)
    met = Counter({f"payments {name}": count for name, count in payments.met.items()})
    met.update({f"mail {name}": count for name, count in mail.met.items()} | {"worker died": workers.deaths})
    print(f"seed {seed}: {dict(met)}; {dict(Counter((end.tool, str(end.status)) for end in ends))}")
    problems = world.problems(history, attempts_in_time(SLACK_S), unknown_is_asked_about)
    assert problems == [], f"seed {seed}: {len(problems)} problems: " + "\n".join(problems[:10])
    assert unknown, "nothing ended unknown: the test has shown nothing"
    assert workers.deaths
    account.add(dict(met), len(history.intents), len(history.facts))


async def _asked_about(client: Client, count: int) -> bool:
    return len(await client.log.newest(["gs.case.opened.*.*.*.reconciliation"])) >= count

"""A stolen key of a role, abused at random beside honest load: what others said is done once, and all is on record."""

import asyncio
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import nats
import orjson
import pytest
from groundstop import subjects
from groundstop.clickhouse import query
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.log.lookup import api
from groundstop.permissions.roles import EDGE, ROLES
from groundstop.subjects import INTAKE
from groundstop.testing import eventually
from groundstop.vocabulary import Status

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).parents[2]
THIEVES = tuple(name for name, role in ROLES.items() if role.account == EDGE and "STANDARD" in role.over)
QUICK = ("agent", "operator")
QUICK_S, WHOLE_S = 8.0, 600.0
EVERY_S = 0.1
CALM_S = 3.0
WITHIN_S = 120.0
HALT_WAIT_S = 10.0
SPEAKS = frozenset({"agent", "gateway", "operator", "console", "approver"})
DOOR_FACTS = ("gs.message.", "gs.control.", "gs.chain.", "gs.executor.", "gs.reviewer.", "gs.notification.")


@dataclass
class Honest:
    """Somebody who goes on working: what they asked for, and how long each took."""

    client: Client
    mark: str
    texts: list[str] = field(default_factory=list)
    ended: list[tuple[Status, float]] = field(default_factory=list)

    async def work(self, seconds: float) -> list[float]:
        """A note every EVERY_S; the seconds from saying to the outcome."""
        clock = self.client_clock
        deadline, asked = clock.monotonic() + seconds, []
        while clock.monotonic() < deadline:
            asked.append(asyncio.create_task(self._one()))
            await clock.sleep(EVERY_S)
        return sorted(await asyncio.gather(*asked))

    @property
    def client_clock(self) -> Clock:
        return Clock()

    async def _one(self) -> float:
        began = self.client_clock.monotonic()
        text = f"{self.mark} {len(self.texts)}"
        self.texts.append(text)
        ticket = await self.client.submit("notes.add", {"text": text}, confidence=0.99)
        status = (await ticket.outcome(WITHIN_S)).status
        took = self.client_clock.monotonic() - began
        self.ended.append((status, took))
        return took


def _cases() -> list[Any]:
    slow = [pytest.mark.slow, pytest.mark.timeout(WHOLE_S + 400)]
    return [(role, QUICK_S) for role in QUICK] + [pytest.param(role, WHOLE_S, marks=slow) for role in THIEVES]


@pytest.mark.parametrize(("role", "seconds"), _cases())
async def test_a_thief_costs_the_honest_nothing(castle: Castle, role: str, seconds: float) -> None:
    """Headers, bodies, questions, reply subjects, floods, batches, large messages, ears for everything."""
    number = f"{role}-{seconds:g}"
    name = f"magpie-{number}"
    values = {"tenant": "acme", "agent": name, "tool": "nothing.here"}
    stolen = await castle.issue(name, role, **{key: values[key] for key in ROLES[role].needs})
    honest_as = await castle.issue(f"honest-{number}", "agent", tenant="city", agent=f"honest-{number}")
    pids = {child: process.pid for child, process in castle.stack.children.items()}
    first, before = await _last_seq(castle), Counter(castle.effects())
    async with Client.open(tenant="city", agent=f"honest-{number}", settings=honest_as) as client:
        honest = Honest(client, f"honest {number}")
        calm, calm_halts = await asyncio.gather(honest.work(CALM_S), _drills(castle, CALM_S))
        sent, beside, halts = await asyncio.gather(
            _robbed(castle, name, stolen.servers[0], seconds), honest.work(seconds), _drills(castle, seconds)
        )
    await eventually(lambda: _intake_is_empty(castle), "the intake to be empty", WITHIN_S)
    print(f"{role}: {sum(sent.values())} messages {dict(sent)}; {_said('honest', calm, beside)}; "
          f"{_said('halts', calm_halts, halts)}")  # fmt: skip

    assert Counter(status for status, _ in honest.ended) == {Status.SUCCEEDED: len(honest.texts)}
    done = Counter(castle.effects()) - before
    assert all(done[f"note {text}"] == 1 for text in honest.texts), "an honest intent was lost or done twice"
    assert not [line for line in done if line.startswith("pay ")]
    assert {child: process.pid for child, process in castle.stack.children.items()} == pids, "somebody died"
    mine = await _by_the_thief(castle, first, name, f"honest-{number}")
    assert mine or role not in SPEAKS, "what it did is in the log under its name"
    await _record_is_complete(castle, first)


async def _robbed(castle: Castle, name: str, url: str, seconds: float) -> Counter[str]:
    """The thief's process; what it sent."""
    keys = castle.stack.plan.keys
    assert keys is not None
    described = orjson.dumps(asdict(keys.find(name).user())).decode()
    arguments = (str(keys.seed_file(name)), url, described, str(seconds), "7")
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))  # noqa: TID251 - of this very process
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.security.thief", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},  # noqa: TID251 - the same
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return Counter(orjson.loads(out))


async def _drills(castle: Castle, seconds: float) -> list[float]:
    """Halts in all but their effect: announced, heard and reported in the same way. Milliseconds until all had."""
    deadline, took = Clock().monotonic() + seconds, []
    while Clock().monotonic() < deadline:
        report = await castle.owner.halt("agent=nobody", "drill", HALT_WAIT_S, drill=True)
        assert not report.missing, "an executor did not report the halt"
        took.append(report.last_halted_ms / 1000)
        await Clock().sleep(1.0)
    return sorted(took)


def _said(what: str, calm: list[float], beside: list[float]) -> str:
    def two(found: list[float]) -> str:
        return f"p50 {median(found) * 1000:.0f} p99 {found[int(len(found) * 0.99)] * 1000:.0f} ms"

    return f"{what} without {two(calm)}, beside it {two(beside)}"


async def _last_seq(castle: Castle) -> int:
    return int((await api(castle.log.nc, f"STREAM.INFO.{subjects.STREAM}"))["state"]["last_seq"])


async def _intake_is_empty(castle: Castle) -> bool:
    nc = await nats.connect(**connection_options(castle.settings_as("bootstrap")))
    try:
        waiting: int = (await api(nc, f"STREAM.INFO.{INTAKE}"))["state"]["messages"]
    finally:
        await nc.close()
    return waiting == 0


async def _by_the_thief(castle: Castle, first: int, thief: str, honest: str) -> int:
    """How many facts are the thief's: about its own intents, or said by it. None is about those of the honest."""
    mine = 0
    async for stored in castle.log.until_now(first + 1):
        if stored.subject.startswith(DOOR_FACTS):
            mine += thief.encode() in stored.payload
            continue
        body = orjson.loads(stored.payload)
        about = stored.subject.split(".")
        assert honest not in about or body["actor"] != thief, "the thief spoke in the name of the honest"
        mine += thief in about or body["actor"] == thief or any(part.startswith("invented-") for part in about)
    return mine


async def _record_is_complete(castle: Castle, first: int) -> None:
    """Every message of the log from ``first`` on has its row, and one only."""
    last = await _last_seq(castle)
    seqs = {stored.seq async for stored in castle.log.until_now(first + 1)}
    dsn = castle.stack.plan.clickhouse_dsn
    sql = f"SELECT seq, count() FROM audit.event_log WHERE seq > {first} AND seq <= {last} GROUP BY seq"

    async def missing() -> bool:
        answer = await asyncio.to_thread(query, dsn, sql, "JSONCompactEachRow")
        rows = {int(seq): int(count) for seq, count in map(orjson.loads, answer.splitlines())}
        assert set(rows.values()) <= {1}, "a row is there twice"
        return {seq for seq in seqs if seq <= last} <= rows.keys()

    await eventually(missing, "the record to be complete", WITHIN_S)

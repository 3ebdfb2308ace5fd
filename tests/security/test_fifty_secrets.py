"""Fifty secrets of different shapes, given to careless tools of every kind: none is anywhere that somebody can look."""

import asyncio
import itertools
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import psutil
import pytest
import pytest_asyncio
from aiohttp import web
from groundstop import subjects
from groundstop.catalogue import ToolContext
from groundstop.clickhouse import query
from groundstop.client import Client
from groundstop.client.worker import Worker
from groundstop.clock import Clock
from groundstop.events import Outcome
from groundstop.identity.connecting import connection_options
from groundstop.log.stream import state
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import running_stack
from nats.aio.msg import Msg

from tests.security.planting import found_in, planted
from tests.security.secret_tools import HOWS, NAMES, careless

HERE = Path(__file__).parent
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]
WITHIN_S = 120.0
AT_ONCE = 6
POLICY = "name: careless\nconfusion: {same_call: 100, same_failure: 100, cycles: 100, no_progress: 1000}\nlimits: []\n"
ENTRY = "risk: safe, attempts: 1, pauses_task: false, timeout_s: 60, action_type: careless.use"
CATALOGUE = """
tools:
  careless.server:
    {{{entry}, secrets: [{names}],
      mcp: {{command: [{python}, {server}], tool: use, env: {{TOKEN: {{$secret: plant-1}}}}}}}}
  careless.web:
    {{{entry}, secrets: [{names}],
      http: {{url: "http://127.0.0.1:{port}/use", headers: {{X-Key: {{$secret: plant-0}}}}}}}}
  careless.worker: {{{entry}, secrets: [{names}], worker: true}}
  careless.other: {{{entry}, worker: true}}
"""
PEOPLE = """
notifications:
  targets: {{hook: {{webhook: "http://127.0.0.1:{port}/hook"}}}}
  rules:
    - {{events: [case.opened, outcome.failed, outcome.unknown], to: [hook]}}
"""
KINDS = ("here", "process", "server", "web", "worker")


@dataclass
class Nest:
    """A stack whose tools are careless, and everything that is said outside of its data folder."""

    stack: Stack
    owner: Client
    hooked: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    """Requests on the bus, as workers hear them."""
    given: set[str] = field(default_factory=set)
    """What tools were really given: without that, nothing would be shown."""


@asynccontextmanager
async def outside_world(nest_of: dict[str, Any]) -> AsyncIterator[int]:
    """A service that answers with what it was sent, and somebody who is told things."""

    async def use(request: web.Request) -> web.Response:
        body = await request.json()
        nest_of["given"].add(body["secret"])
        said = {"echo": body["secret"], "key": request.headers.get("X-Key", "")}
        return web.json_response(said, status=200 if body["how"].startswith("answer") else 402)

    async def hook(request: web.Request) -> web.Response:
        nest_of["hooked"].append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/use", use)
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nest(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nest]:
    folder = tmp_path_factory.mktemp("nest")
    secrets = folder / "secrets"
    secrets.mkdir()
    for number, name in enumerate(NAMES[25:], start=25):
        (secrets / name).write_text(planted(number)[0], encoding="utf-8")
    known = {f"GROUNDSTOP_SECRET_PLANT_{number}": planted(number)[0] for number in range(25)}
    heard: dict[str, Any] = {"hooked": [], "given": set()}
    async with outside_world(heard) as port:
        (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
        (folder / "people.yaml").write_text(PEOPLE.format(port=port), encoding="utf-8")
        (folder / "tools.yaml").write_text(
            CATALOGUE.format(
                entry=ENTRY, names=", ".join(NAMES), port=port, python=sys.executable, server=HERE / "secret_server.py"
            ),
            encoding="utf-8",
        )
        paths = os.pathsep.join(part for part in (str(HERE), os.environ.get("PYTHONPATH", "")) if part)  # noqa: TID251
        more = {"GROUNDSTOP_SECRETS": str(secrets), "GROUNDSTOP_PEOPLE": str(folder / "people.yaml")}
        options = Options(
            data=folder / "stack", executors=1, catalogue=("secret_tools", str(folder / "tools.yaml")),
            policy=folder / "policy.yaml", env={"PYTHONPATH": paths, "GROUNDSTOP_AUTO_HALTS": "false", **more, **known},
        )  # fmt: skip
        keys = folder / "stack" / "keys"
        async with running_stack(options) as stack:
            assert stack.plan.keys is not None and stack.plan.keys.path == keys
            async with Client.open(tenant="nest", agent="magpie", settings=stack.plan.settings) as owner:
                made = Nest(stack, owner, heard["hooked"], given=heard["given"])
                async with working(made):
                    yield made


@asynccontextmanager
async def working(nest: Nest) -> AsyncIterator[None]:
    """The careless worker, and one of another tool, both as ``groundstop keys issue`` makes them."""
    for tool in ("careless.worker", "careless.other"):
        cli(nest, "keys", "issue", "worker", "--tool", tool)
    connections = []
    for tool in ("careless.worker", "careless.other"):
        settings = nest.stack.plan.settings_as(tool.replace(".", "-"))
        nc = await nats.connect(**connection_options(settings))
        connections.append(nc)

        async def hear(message: Msg) -> None:
            nest.asked.append(message.data)

        async def do(arguments: dict[str, Any], context: ToolContext) -> Any:
            nest.given.add(arguments["secret"])
            return careless(arguments["secret"], arguments["how"])

        await nc.subscribe(subjects.worker(tool, "run"), cb=hear)
        await Worker(nc, Clock(), tool, do, concurrency=AT_ONCE, settings=settings).start()
    yield
    for nc in connections:
        await nc.close()


def cli(nest: Nest, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "groundstop.cli", *arguments, "--data", str(nest.stack.plan.options.data)],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    return done.stdout + done.stderr


async def used(nest: Nest) -> list[Outcome]:
    """Every secret, used by every kind of tool, in some way in which it answers or fails."""
    free = asyncio.Semaphore(AT_ONCE)

    async def use(kind: str, number: int, how: str) -> Outcome:
        async with free:
            arguments = {"secret": {"$secret": NAMES[number]}, "how": how}
            ticket = await nest.owner.submit(f"careless.{kind}", arguments, confidence=0.99)
            return await ticket.outcome(WITHIN_S)

    ways = enumerate(itertools.product(KINDS, range(len(NAMES))))
    return await asyncio.gather(*(use(kind, number, HOWS[turn % len(HOWS)]) for turn, (kind, number) in ways))


async def test_none_of_fifty_secrets_is_anywhere(nest: Nest, tmp_path: Path) -> None:
    """Facts, headers, record, logs, files, what people are told, pages for them, requests to workers, environments of
    children, backups, reports, notifications."""
    await _listed(nest)
    outcomes = await used(nest)
    ended = Counter(outcome.status for outcome in outcomes)
    assert set(ended) == {Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN}, ended
    assert abs(2 * ended[Status.SUCCEEDED] - len(outcomes)) <= len(HOWS), ended
    assert nest.given == {planted(number)[0] for number in range(len(NAMES))}, "tools had the real values"
    environments = list(_environments(nest))
    await _recorded(nest)
    await eventually(lambda: _told(nest), "notifications", WITHIN_S)

    data, backup, report = nest.stack.plan.options.data, tmp_path / "backup", tmp_path / "report.html"
    cli(nest, "backup", str(backup))
    cli(nest, "report", "--out", str(report))
    stored = [message async for message in nest.owner.log.until_now(patterns=subjects.STORED)]
    failed = [outcome.intent for outcome in outcomes if outcome.status is not Status.SUCCEEDED]
    cases = await nest.owner.cases(limit=1000)
    sinks: dict[str, Iterable[bytes]] = {
        "outcomes": [outcome.model_dump_json().encode() for outcome in outcomes],
        "facts": [message.payload for message in stored],
        "headers": [str(message.headers).encode() for message in stored],
        "record": [query(nest.stack.plan.clickhouse_dsn, "SELECT * FROM audit.event_log", "JSONEachRow").encode()],
        "files and logs": [path.read_bytes() for path in _files(data)],
        "backup": [path.read_bytes() for path in _files(backup)],
        "report": [report.read_bytes()],
        "notifications": nest.hooked,
        "requests to workers": nest.asked,
        "environments": environments,
        "cases": [str(cases).encode()],
        "briefings": [
            str(await nest.owner.request("case.briefing", case=case["case"])).encode() for case in cases[:25]
        ],
        "terminal": [cli(nest, verb, intent).encode() for verb in ("trace", "why") for intent in failed[:3]],
    }
    for sink, contents in sinks.items():
        contents = list(contents)
        assert contents, f"nothing was looked at in {sink}"
        leaked = {number: planted(number)[0] for content in contents for number in found_in(content)}
        assert not leaked, f"{sink}: {leaked}"


async def _listed(nest: Nest) -> None:
    """Wait until the executor knows the workers."""

    async def known() -> bool:
        ticket = await nest.owner.submit("careless.other", {"secret": "none", "how": "answer"}, confidence=0.99)
        return (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED

    await eventually(known, "the list of keys in the executor", WITHIN_S)
    nest.given.clear()


async def _told(nest: Nest) -> bool:
    return len(nest.hooked) >= len(NAMES)


async def _recorded(nest: Nest) -> None:
    last = int((await state(nest.owner.nc))["last_seq"])

    async def written() -> bool:
        return int(query(nest.stack.plan.clickhouse_dsn, "SELECT max(seq) FROM audit.event_log", "TSV")) >= last

    await eventually(written, "the record", WITHIN_S)


def _files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 64 * 1024 * 1024]
    assert len(found) > 5, folder
    return found


def _environments(nest: Nest) -> Iterable[bytes]:
    """Of every process of the stack but executors, whose own they are; an MCP server has the one token that is its."""
    for name, child in nest.stack.children.items():
        assert child.pid is not None
        processes = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        for process in processes[1:] if name.startswith("executor") else processes:
            content = Path(f"/proc/{process.pid}/environ").read_bytes()
            own = planted(1)[0].encode()
            mine = any("secret_server" in part for part in process.cmdline())
            yield content.replace(own, b"") if mine else content
            assert mine or b"GROUNDSTOP_SECRET" not in content, process.cmdline()

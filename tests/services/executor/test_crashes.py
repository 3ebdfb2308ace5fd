"""The crash probe: the executor dies after the effect and before its record, for every way in which a tool can run."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web
from groundstop.testing import eventually
from groundstop.vocabulary import Reason, Status
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import running_bus
from live import HERE, Live, live_on

LINGER_S = 60
COMMON = "risk: risky, timeout_s: 90"
CATALOGUE = """
tools:
  http.none: {{action_type: probe.http, {common}, http: {{url: "http://127.0.0.1:{port}/none"}}}}
  http.key: {{action_type: probe.http, {common}, idempotency: key, http: {{url: "http://127.0.0.1:{port}/key"}}}}
  remote.shout: {{action_type: text.shout, {common}, worker: true}}
  stdio.none: {{action_type: probe.mcp, {common}, mcp: {{command: {command}, tool: write, key_argument: key}}}}
  stdio.key:
    {{action_type: probe.mcp, {common}, idempotency: key, mcp: {{command: {command}, tool: put, key_argument: key}}}}
  web.none: {{action_type: probe.mcp, {common}, mcp: {{url: "{url}", tool: write, key_argument: key}}}}
  web.key:
    {{action_type: probe.mcp, {common}, idempotency: key, mcp: {{url: "{url}", tool: put, key_argument: key}}}}
  stdio.wrong: {{action_type: probe.mcp, {common}, mcp: {{command: {command}, tool: nothing}}}}
  stdio.away: {{action_type: probe.mcp, {common}, attempts: 1, mcp: {{command: ["/no/such/server"]}}}}
"""
ENDS = {
    "coroutine.none": Status.UNKNOWN,
    "coroutine.key": Status.SUCCEEDED,
    "coroutine.verified": Status.SUCCEEDED,
    "process.none": Status.UNKNOWN,
    "process.key": Status.SUCCEEDED,
    "http.none": Status.UNKNOWN,
    "http.key": Status.SUCCEEDED,
    "remote.shout": Status.UNKNOWN,
    "stdio.none": Status.UNKNOWN,
    "stdio.key": Status.SUCCEEDED,
    "web.none": Status.UNKNOWN,
    "web.key": Status.SUCCEEDED,
}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[int]:
    """A web service that makes its effect and then takes its time; the second time under a key it answers at once."""
    folder = tmp_path / "probe"

    async def none(request: web.Request) -> web.Response:
        with (folder / f"http.{request.headers['Groundstop-Intent']}").open("a") as file:
            file.write("done\n")
        await asyncio.sleep(LINGER_S)  # noqa: TID251 - a service may take its time
        return web.json_response({})

    async def key(request: web.Request) -> web.Response:
        file = folder / f"http.{request.headers['Idempotency-Key']}"
        again = file.exists()
        file.write_text("done\n")
        await asyncio.sleep(0 if again else LINGER_S)  # noqa: TID251 - as above
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/none", none)
    app.router.add_post("/key", key)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
async def live(tmp_path: Path, service: int) -> AsyncIterator[Live]:
    """The bus, a worker on it, an MCP server on a port, and a catalogue of all the ways."""
    probe, port = tmp_path / "probe", free_port()
    command = [sys.executable, str(HERE / "probe_server.py"), str(probe)]
    catalogue = tmp_path / "tools.yaml"
    url = f"http://127.0.0.1:{port}/mcp"
    text = CATALOGUE.format(common=COMMON, port=service, command=json.dumps(command), url=url)
    catalogue.write_text(text, encoding="utf-8")
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, probe) as started:
        started.sources = ("probe_tools", str(catalogue))
        for argv in ([str(HERE / "remote_worker.py"), bus.url, str(probe)], [*command[1:], str(port)]):
            with (tmp_path / "beside.log").open("ab") as out:
                started.processes.append(subprocess.Popen([sys.executable, *argv], stdout=out, stderr=out))  # noqa: ASYNC220
        await eventually(lambda: _listens(port), "the MCP server", 30.0)
        yield started


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _arguments(kind: str) -> dict[str, object]:
    return {"linger_s": LINGER_S} | ({"text": "hello"} if kind == "remote.shout" else {})


async def test_a_process_that_dies_between_effect_and_record_leaves_one_effect_and_an_honest_outcome(
    live: Live,
) -> None:
    """Repeated where that is harmless, asked where that is possible, unknown otherwise: whichever way the tool runs."""
    first = await live.executor(GROUNDSTOP_WORKERS="2")
    intents = {kind: await live.clear(kind, arguments=_arguments(kind)) for kind in ENDS}
    for intent in intents.values():
        await live.happened(intent)
    first.send_signal(signal.SIGKILL)
    await live.executor()
    outcomes = {kind: await live.outcome(intent, 60.0) for kind, intent in intents.items()}
    assert {kind: outcome.status for kind, outcome in outcomes.items()} == ENDS
    assert {kind: live.effects(intent) for kind, intent in intents.items()} == dict.fromkeys(ENDS, 1)
    assert outcomes["coroutine.verified"].reason_code is Reason.VERIFIED


async def test_a_halt_ends_the_server_that_was_started_for_a_call(live: Live) -> None:
    """With all that it started; the next call gets another one."""
    process = await live.executor()
    intent = await live.clear("stdio.none", arguments={"linger_s": LINGER_S})
    await live.happened(intent)
    report = await live.operator.halt("tool=stdio.none", "stop", 5)
    assert [running["ended"] for line in report.executors for running in line["in_flight"]] == ["unknown"]

    async def gone() -> bool:
        below = psutil.Process(process.pid).children(recursive=True)
        return not any("probe_server.py" in " ".join(child.cmdline()) for child in below)

    await eventually(gone, "the end of the server")
    await live.operator.resume(report.control, "go on")
    again = await live.clear("stdio.none", arguments={})
    assert (await live.outcome(again)).result == {"key": again}


async def test_what_a_server_says_about_its_effect_is_believed_only_where_it_is_known(live: Live) -> None:
    await live.executor()
    ends = {
        ("stdio.none", "error"): Status.UNKNOWN,
        ("stdio.wrong", ""): Status.UNKNOWN,
        ("stdio.away", ""): Status.FAILED,
    }
    for (tool, says), status in ends.items():
        outcome = await live.outcome(await live.clear(tool, arguments={"says": says} if says else {}), 60.0)
        assert outcome.status is status, (tool, outcome.reason)

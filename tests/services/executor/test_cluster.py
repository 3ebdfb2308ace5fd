"""Three servers, the log on all of them: what a lost leader and a cut-off one may and may not do."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
import structlog
from groundstop import subjects
from groundstop.bootstrap import bootstrap
from groundstop.bus.control_server import ControlServer
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import ExecutionStarted
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.log.lanes import read_controls
from groundstop.log.leases import declare_leases
from groundstop.settings import Settings
from groundstop.testing import a_clearance, eventually
from groundstop.vocabulary import Risk
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port, nats_binary
from groundstop_guard.client import GuardHandle

CONFIG = """
server_name: n{number}
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{store}" }}
cluster {{ name: c, listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


class Cluster:
    """Three servers. ``leader()`` is the place of the log's leader."""

    def __init__(self, folder: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        routes = [free_port() for _ in range(3)]
        self.processes = []
        for number in range(3):
            config = folder / f"n{number}.conf"
            known = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
            text = CONFIG.format(
                number=number, port=self.ports[number], store=folder / f"n{number}", route=routes[number], routes=known
            )
            config.write_text(text, encoding="utf-8")
            with (folder / f"n{number}.log").open("wb") as out:
                process = subprocess.Popen(
                    [nats_binary(), "-c", str(config)], stdout=out, stderr=out, preexec_fn=die_with_parent
                )
            self.processes.append(process)

    def url(self, *numbers: int) -> str:
        return ",".join(f"nats://127.0.0.1:{self.ports[number]}" for number in numbers or range(3))

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    started = Cluster(tmp_path)

    async def declared() -> bool:
        try:
            await bootstrap(Settings(nats_url=started.url(), replicas=3))
        except (GroundstopError, nats.errors.Error, OSError):
            return False
        return True

    await eventually(declared, "a cluster with a log", 40.0)
    yield started
    started.stop()


async def leader(nc: nats.aio.client.Client) -> int:
    answer = json.loads((await nc.request(f"$JS.API.STREAM.INFO.{subjects.STREAM}", b"", timeout=5)).data)
    return int(answer["cluster"]["leader"].removeprefix("n"))


async def test_a_leader_that_is_cut_off_gives_nobody_a_lease(cluster: Cluster) -> None:
    """It goes on answering questions, but no majority acknowledges: its executors halt within a second."""
    clock = Clock()
    nc = await nats.connect(cluster.url().split(","))
    await declare_leases(nc, 3)
    alone = await leader(nc)
    settings = Settings(nats_url=cluster.url(alone), replicas=3)
    guard = await GuardHandle.start(settings, "cut-off", clock)
    try:
        await guard.ready(20)
        others = [process for number, process in enumerate(cluster.processes) if number != alone]
        for process in others:
            process.send_signal(signal.SIGSTOP)
        cut = clock.monotonic()
        while guard.live:
            await clock.sleep(0.01)
        halted_s = clock.monotonic() - cut
        print(f"halted {halted_s:.3f} s after the cut")
        assert halted_s < 1.0
        for process in others:
            process.send_signal(signal.SIGCONT)
        await guard.ready(30)
    finally:
        await guard.stop()
        await nc.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.slow)])
async def test_a_lost_leader_loses_no_fact_and_lets_no_claim_past_a_halt(cluster: Cluster, count: int) -> None:
    """Claims on all lanes while the leader is killed and a halt is pressed: none is accepted behind the halt.

    The leader dies at half of ``count`` accepted claims, the halt is pressed at all of them.
    """
    clock = Clock()
    nc = await nats.connect(cluster.url().split(","), max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    log = Log(nc, clock)
    await log.start()
    desk = ControlServer(nc, ControlStore(nc, clock, None), structlog.get_logger("desk"))
    await desk.start()
    await Operator(nc, log, clock, "olga").halt("tool=nothing", "so that every lane has an epoch", 0.1)
    accepted: dict[str, int] = {}
    stop = asyncio.Event()

    async def claim(lane: int) -> None:
        epoch = (await read_controls(nc, lane)).epoch  # in ignorance of every later control
        while not stop.is_set():
            cleared = a_clearance(clock())
            started = ExecutionStarted.caused_by(
                cleared, clock(), "e", attempt=1, executor="e", lane=lane, epoch=epoch, call_digest="d", tool="t",
                action_type="t", risk=Risk.SAFE,
            )  # fmt: skip
            try:
                answer = await log.claim(started)
            except GroundstopError:
                continue
            if answer.held:
                accepted[cleared.intent] = answer.seq
            elif answer.fenced:
                return

    tasks = [asyncio.create_task(claim(lane)) for lane in range(subjects.LANES)]

    async def reached(wanted: int) -> bool:
        return len(accepted) >= wanted

    await eventually(lambda: reached(count // 2), "half of the claims", 90.0)
    cluster.processes[await leader(nc)].kill()
    await eventually(lambda: reached(count), "the other half, with another leader", 90.0)
    report = await Operator(nc, log, clock, "olga").halt("all", "stop", 30)
    await asyncio.wait_for(asyncio.gather(*tasks), 60)
    stop.set()
    claims = log.until_now(1, ("gs.execution.started.>",))
    stored = {message.subject.split(".")[5]: message.seq async for message in claims}
    print(f"{len(accepted)} claims acknowledged, halt at {report.seq}")
    assert {intent: stored.get(intent) for intent in accepted} == accepted
    first_lane = report.seq - subjects.LANES + 1
    assert [seq for seq in stored.values() if seq > first_lane] == []
    assert report.claims_after == 0
    await desk.stop()
    await log.stop()
    await nc.close()

"""A control plane of forked services on a bus of its own beside the example's systems; no ClickHouse, no launcher."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nats
from groundstop.bus.delivery import DURABLES
from groundstop.catalogue import load_catalogue
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.log import stream
from groundstop.policy import load_policy
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.testing import Bus, running_bus
from groundstop_example_support import SOURCES, launch

from tests.chaos.history import History, read_history
from tests.chaos.rules import judge, within_limits
from tests.chaos.world import EFFECTFUL, LOCAL, POLICY

ACK_WAIT_S = 4.0
SERVICES = ("classifier", "rate_limiter", "approval", "approval", "executor")
"""Approval has most doors and sees least: two of it die beside each other."""
NURSERY = Path(__file__).parent / "nursery.py"
Fault = tuple[str, str, str, str, int, int]
"""Service, door, kind of fact, before or after, at which passage, and the seed that drew it."""


@dataclass
class Steps:
    """What a test of single steps needs to know of the world."""

    bus: Bus
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def client(self, agent: str) -> Any:
        """A client called ``agent``."""
        return Client.open(agent=agent, settings=self.bus.settings)

    def struck(self) -> int:
        """How many faults have been."""
        return len(list((self.folder / "faults").glob("*.done")))

    async def until_struck(self, plan: list[Fault], within_s: float) -> None:
        """Wait for all of them; says which have not been."""
        until = self.clock.monotonic() + within_s
        while self.struck() < len(plan):
            left = [fault for fault in plan if not (self.folder / "faults" / f"{name_of(fault)}.done").exists()]
            assert self.clock.monotonic() < until, f"not within {within_s:g} s: {left}"
            await asyncio.sleep(0.1)  # noqa: TID251 - a test waits for a fact

    async def problems(self, client: Client) -> tuple[list[str], History]:
        """What is wrong with what happened."""
        history = await read_history(
            client.log,
            0,
            catalogue=load_catalogue(SOURCES),
            support=self.folder / "support",
            effectful=EFFECTFUL,
            local=LOCAL,
        )
        return judge(history, within_limits(load_policy(POLICY))), history


def name_of(fault: Fault) -> str:
    """As the fault's mark is called."""
    return "-".join(map(str, fault))


async def impatient(url: str) -> None:
    """What a dead service had in hand comes again soon: the test would wait half a minute for each otherwise."""
    nc = await nats.connect(url)
    wanted = [replace(durable, ack_wait_s=min(durable.ack_wait_s, ACK_WAIT_S)) for durable in DURABLES]
    await stream.declare(nc, stream.StreamSettings(), wanted)
    await nc.close()


@asynccontextmanager
async def steps_world(folder: Path, plan: list[Fault]) -> AsyncIterator[Steps]:
    """Everything for the length of a block."""
    (folder / "faults").mkdir(parents=True)
    (folder / "faults" / "plan.json").write_text(json.dumps(plan))
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    async with running_bus(folder / "bus") as bus:
        await impatient(bus.url)
        env = os.environ | {  # noqa: TID251 - children inherit
            "GROUNDSTOP_NATS_URL": bus.url,
            "GROUNDSTOP_CATALOGUE": ",".join(SOURCES),
            "GROUNDSTOP_POLICY": str(folder / "policy.yaml"),
            "GROUNDSTOP_LOG_LEVEL": "warning",
            "GROUNDSTOP_WORKERS": "0",
            "GROUNDSTOP_PAUSE_TASKS": "never",
            "GROUNDSTOP_AUTO_HALTS": "false",
            "GROUNDSTOP_SUPPORT_DATA": str(folder / "support"),
        }
        systems = await asyncio.to_thread(launch.start, folder / "support")
        with (folder / "services.log").open("wb") as out:
            nursery = subprocess.Popen(  # noqa: ASYNC220 - it is waited for by the facts it leads to
                [sys.executable, str(NURSERY), str(folder / "faults"), *SERVICES],
                env=env,
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,
            )
        try:
            yield Steps(bus, folder)
        finally:
            nursery.kill()
            nursery.wait()
            launch.stop(systems)

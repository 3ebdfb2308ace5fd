"""A deployment instead of one machine: three servers that keep the log three times, two processes of each service."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import nats
import orjson
import structlog
from groundstop.bootstrap import bootstrap
from groundstop.callers import command, service_caller
from groundstop.errors import GroundstopError
from groundstop.identity.connecting import connection_options
from groundstop.log import Log
from groundstop.permissions.publishing import publish_keys
from groundstop.settings import Settings
from groundstop.stack_discovery import OWNER
from groundstop_embedded import readiness
from groundstop_embedded.child import Child
from groundstop_embedded.plan import Options, Plan, free_port, make_plan, nats_binary
from groundstop_embedded.stack import Stack

from tests.chaos.world import World

SERVERS = ("nats-1", "nats-2", "nats-3")
PAIRS = ("classifier", "rate-limiter", "approval", "executor", "audit")
START_S = 180.0
GRACE_S = 30.0
"""The grace time of the compose file and of the manifests."""

CONFIG = """
server_name: {name}
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
max_payload: 4MB
include "{users}"
jetstream {{ store_dir: "{store}", sync_interval: "1s" }}
cluster {{ name: fleet, listen: "127.0.0.1:{route}", routes: [{routes}] }}
lame_duck_duration: "30s"
lame_duck_grace_period: "2s"
"""


@dataclass
class Fleet(World):
    """A world of many. ``restart`` ends one process as an orchestrator does, and starts it again."""

    ports: list[int] = field(default_factory=list)
    monitors: list[int] = field(default_factory=list)
    ends: dict[str, float] = field(default_factory=dict)
    """How many seconds every process that was restarted took to end; GRACE_S: it had to be killed."""
    plan: Plan = field(init=False)

    @property
    def urls(self) -> str:
        """Every server."""
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports)

    @property
    def settings(self) -> Settings:
        """Settings of a client of this fleet."""
        return self.settings_as(OWNER)

    def settings_as(self, name: str) -> Settings:
        """Settings of one identity."""
        return self.plan.settings_as(name).model_copy(update={"nats_url": self.urls, "replicas": 3})

    async def start(self) -> None:
        """Servers, then the log, then everything else; ready when every process has answered once."""
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "policy.yaml").write_text(self.policy_text, encoding="utf-8")
        options = Options(
            data=self.data, executors=2, catalogue=self.beside.sources, policy=self.data / "policy.yaml",
            env={**self.beside.env, "GROUNDSTOP_PAUSE_TASKS": "never", "GROUNDSTOP_REPLICAS": "3", **self.more},
        )  # fmt: skip
        self.plan = make_plan(options, self.clock)
        self.ports, self.monitors = ([free_port() for _ in SERVERS] for _ in range(2))
        self.plan = replace(self.plan, env=self.plan.env | {"GROUNDSTOP_NATS_URL": self.urls})
        self.stack = cast(Stack, SimpleNamespace(plan=self.plan, children={}))
        self._configure()
        for name in (*SERVERS, "clickhouse", "systems"):
            await self._spawn(name)
        await self.until(self._declared, "a cluster with a log", START_S)
        for service in PAIRS:
            for number in (1, 2):
                await self._spawn(f"{service}-{number}")
        for name in self.names():
            await self.until(lambda name=name: self.answers(name), f"an answer of {name}", START_S)  # type: ignore[misc]

    def names(self) -> Iterator[str]:
        """Every service process."""
        return (f"{service}-{number}" for service in PAIRS for number in (1, 2))

    def _configure(self) -> None:
        routes = [free_port() for _ in SERVERS]
        known = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
        assert self.plan.keys is not None
        users = self.plan.keys.users_conf.relative_to(self.data)
        for number, name in enumerate(SERVERS):
            text = CONFIG.format(
                name=name, port=self.ports[number], monitor=self.monitors[number], users=users,
                store=self.data / name, route=routes[number], routes=known,
            )  # fmt: skip
            (self.data / f"{name}.conf").write_text(text, encoding="utf-8")

    async def _declared(self) -> bool:
        """The log on all three, and whose signature counts."""
        ours = self.settings_as("bootstrap")
        try:
            await asyncio.wait_for(bootstrap(ours), 10)
        except (GroundstopError, TimeoutError, OSError, nats.errors.Error):
            return False
        nc = await nats.connect(**connection_options(ours))
        log = Log(nc, self.clock)
        await log.start()
        assert self.plan.keys is not None
        await publish_keys(log, self.plan.keys.listed(self.clock()))
        await log.stop()
        await nc.close()
        return True

    def _argv(self, name: str) -> list[str]:
        if name in SERVERS:
            return [nats_binary(), "-c", str(self.data / f"{name}.conf")]
        if name == "clickhouse":
            return self.plan.store
        if name == "systems":
            systems = [f"{self.beside.module}.systems", "--data", str(self.beside.folder), "--die-with-parent"]
            return [sys.executable, "-m", *systems]
        return [sys.executable, "-m", f"groundstop_{name.rpartition('-')[0].replace('-', '_')}"]

    async def _spawn(self, name: str) -> None:
        service = name.rpartition("-")[0]
        identity = name if service == "executor" else service
        env = self.plan.env_of(identity) if service in PAIRS else self.plan.env
        log = self.data / "logs" / f"{name}.log"
        child = Child(name, self._argv(name), env, log, self.clock, structlog.get_logger("fleet"))
        self.stack.children[name] = child
        await child.start()

    async def answers(self, name: str) -> bool:
        """Whether this very process says that it is ready."""
        service, pid = name.rpartition("-")[0], self.stack.children[name].pid
        nc = await nats.connect(**connection_options(self.settings_as("bootstrap")))
        try:
            inbox = await nc.subscribe(nc.new_inbox())
            await nc.publish(command(service_caller("bootstrap"), f"health.{service}"), b"{}", reply=inbox.subject)
            while answer := (await inbox.next_msg(1.0)).data:  # empty: nobody listens
                if orjson.loads(answer)["pid"] == pid:
                    return True
        except nats.errors.TimeoutError:
            return False
        finally:
            await nc.close()
        return False

    async def synced(self) -> bool:
        """Whether all three servers have all of the log: one may be taken away."""
        nc = await nats.connect(**connection_options(self.settings))
        try:
            info: Any = await nc.jetstream().stream_info("EVENTS")
        finally:
            await nc.close()
        replicas = info.cluster.replicas or []
        return len(replicas) == 2 and all(peer.current and not peer.offline for peer in replicas)

    async def restart(self, name: str) -> None:
        """SIGTERM, the end, a fresh process on the same place; returns when it answers."""
        began = self.clock.monotonic()
        await self.stack.children[name].stop(GRACE_S)
        self.ends[name] = self.clock.monotonic() - began
        await self._spawn(name)
        if name in SERVERS:
            await self.until(self.synced, f"{name} to be in step", START_S)
        elif name == "clickhouse":
            url = f"http://127.0.0.1:{self.plan.store_port}/ping"
            await self.until(lambda: readiness.web_answers(url), "clickhouse", START_S)
        else:
            await self.until(lambda: self.answers(name), f"an answer of {name}", START_S)

    async def stop(self) -> None:
        """Services first, servers last."""
        children = self.stack.children
        await asyncio.gather(*(children[name].stop(GRACE_S) for name in self.names() if name in children))
        for name in ("systems", "clickhouse", *SERVERS):
            if name in children:
                await children[name].stop(5.0)


@asynccontextmanager
async def running_fleet(data: Path, **more: str) -> AsyncIterator[Fleet]:
    """A fleet for the length of a block."""
    fleet = Fleet(data, 2, more=more)
    try:
        await fleet.start()
        yield fleet
    finally:
        await asyncio.shield(fleet.stop())

"""A real stack with a real console beside it, for the tests of a module: its own folder, ports and people."""

import asyncio
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.settings import Settings
from groundstop_console.adapters.accounts import Accounts
from groundstop_console.domain.people import Person, Role
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import Options, free_port
from groundstop_embedded.stack import Stack

HERE = Path(__file__).resolve().parent
PASSWORD = "a long enough sentence"
READY_S = 90.0
T = TypeVar("T")

PEOPLE = (
    ("ada", Role.ADMIN, ("*",)),
    ("olga", Role.OPERATOR, ("*",)),
    ("bert", Role.APPROVER, ("*",)),
    ("cleo", Role.APPROVER, ("*",)),
    ("dora", Role.APPROVER, ("globex",)),
    ("vera", Role.VIEWER, ("*",)),
)


@dataclass(slots=True)
class World:
    """Where everything is; ``run`` runs a coroutine on the stack's own loop."""

    data: Path
    stack: Stack
    loop: asyncio.AbstractEventLoop
    console_url: str
    console: "subprocess.Popen[bytes]"

    def run(self, work: Coroutine[Any, Any, T], within_s: float = 60.0) -> T:
        """The result of ``work``."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within_s)

    @property
    def settings(self) -> Settings:
        """Settings of an agent on this stack."""
        return self.stack.plan.settings

    def ask(self, work: Callable[[Client], Coroutine[Any, Any, T]], agent: str = "olga", tenant: str = "acme") -> T:
        """What a client in ``agent``'s name gets."""

        async def asked() -> T:
            async with Client.open(tenant=tenant, agent=agent, settings=self.settings) as client:
                return await work(client)

        return self.run(asked())

    def submit(self, *calls: dict[str, Any], tenant: str = "acme", agent: str = "helper") -> list[str]:
        """File intents; returns their ids."""

        async def file() -> list[str]:
            async with Client.open(tenant=tenant, agent=agent, settings=self.settings) as client:
                tickets = await asyncio.gather(*(client.submit(**call) for call in calls))
                return [ticket.intent for ticket in tickets]

        return self.run(file())

    def outcome(self, intent: str, within_s: float = 60.0) -> Any:
        """The outcome of an intent, waited for."""

        async def wait() -> Any:
            async with Client.open(settings=self.settings) as client:
                clock = Clock()
                deadline = clock.monotonic() + within_s
                while clock.monotonic() < deadline:
                    if found := await client.outcome_of(intent):
                        return found
                    await clock.sleep(0.05)
                return None

        return self.run(wait())

    def case_of(self, intent: str, kind: str = "approval") -> str:
        """The id of an intent's case, once it is open."""

        async def wait() -> str:
            async with Client.open(settings=self.settings) as client:
                clock = Clock()
                deadline = clock.monotonic() + READY_S
                while clock.monotonic() < deadline:
                    with suppress(Exception):
                        found: dict[str, Any] = await client.case(f"{intent}-{kind}")
                        return str(found["case"]["case"])
                    await clock.sleep(0.05)
                raise AssertionError(f"no case of intent {intent}")

        return self.run(wait())


@contextmanager
def loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that lives beside synchronous tests."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def make_people(data: Path) -> None:
    """Write PEOPLE, all with PASSWORD."""
    accounts = Accounts(data, Clock())
    hashed = accounts.hashed(PASSWORD)
    for name, role, tenants in PEOPLE:
        accounts.put(Person(name=name, role=role, tenants=tenants, password=hashed))


def start_console(data: Path, nats_url: str, dsn: str, port: int, **more: str) -> "subprocess.Popen[bytes]":
    """The console as its own process."""
    env = {
        **os.environ,  # noqa: TID251 - the child inherits the tests' environment
        "GROUNDSTOP_NATS_URL": nats_url,
        "GROUNDSTOP_CLICKHOUSE_DSN": dsn,
        "GROUNDSTOP_DATA": str(data),
        "GROUNDSTOP_CONSOLE_PORT": str(port),
        **more,
    }
    with (data / "console.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "groundstop_console"], env=env, stdout=log, stderr=log, preexec_fn=die_with_parent
        )


def wait_until_ready(url: str, path: str = "/readyz") -> None:
    """Until the console answers 200."""
    clock = Clock()
    deadline = clock.monotonic() + READY_S
    while clock.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url + path, timeout=1) as answer:
            if answer.status == 200:
                return
        threading.Event().wait(0.05)
    raise AssertionError(f"{url}{path} was not ready in {READY_S:g} s")


def end(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, then SIGKILL."""
    process.terminate()
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running_world(data: Path, executors: int = 1) -> Iterator[World]:
    """A stack with the tools of console_tools, and a console."""
    folder = str(HERE)
    paths = os.pathsep.join(part for part in (folder, os.environ.get("PYTHONPATH", "")) if part)  # noqa: TID251 - for children
    policy = data / "policy.yaml"
    policy.write_text(
        "name: unlimited\nlimits: []\n", encoding="utf-8"
    )  # a flood is what is tested, not its throttling
    options = Options(
        data=data, policy=policy, executors=executors, catalogue=("console_tools",), env={"PYTHONPATH": paths}
    )
    with loop_in_thread() as loop:
        stack = Stack(options, Clock(), structlog.get_logger("stack"))
        asyncio.run_coroutine_threadsafe(stack.start(), loop).result(60)
        make_people(data)
        port = free_port()
        console = start_console(
            data, stack.plan.nats_url, stack.plan.analyst_dsn, port, **stack.plan.identity_of("console")
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url)
            yield World(data, stack, loop, url, console)
        finally:
            end(console)
            asyncio.run_coroutine_threadsafe(stack.stop(), loop).result(60)

"""The launcher leaves nothing behind, however it ends, and loses nothing on the way."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from groundstop_example_support import launch

from tests.e2e.conftest import Cli, a_cli

GONE_S = 60.0
READ = ("submit", "orders.get", "order=A-1001", "--confidence", "0.95")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """A stack of this test alone."""
    made = a_cli(tmp_path)
    with launch.running(tmp_path / "support"):
        made.up()
        try:
            yield made
        finally:
            made.down()


def test_a_killed_launcher_leaves_no_orphans_and_the_next_start_has_all_facts(cli: Cli) -> None:
    """The kernel ends the children of a launcher that could not."""
    cli.here(*READ, "--id", "before", "--wait")
    launcher = cli.launcher()
    tree = launcher.children(recursive=True)
    assert len(tree) >= 8
    launcher.kill()
    _, alive = psutil.wait_procs(tree, timeout=GONE_S)
    assert [process.cmdline() for process in alive] == []
    assert cli.here("status", "--json").status == 3
    cli.up()
    assert [fact["kind"] for fact in cli.here("trace", "before", "--json").json["facts"]][-1] == "outcome"
    assert cli.here(*READ, "--wait", "--json").json["status"] == "succeeded"


def test_sigterm_drains_in_the_order_of_the_pipeline(cli: Cli) -> None:
    """Work in hand is finished and recorded: workers first, then the record, then the servers."""
    tickets = [cli.start(*READ, "--id", f"late-{n}") for n in range(4)]
    assert [ticket.wait(120) for ticket in tickets] == [0] * 4
    launcher = cli.launcher()
    tree = {process.pid: process.cmdline() for process in launcher.children(recursive=False)}
    launcher.send_signal(signal.SIGTERM)
    order: list[str] = []
    left = dict(tree)
    deadline = time.monotonic() + 30
    while left and time.monotonic() < deadline:
        for pid in [pid for pid in left if not psutil.pid_exists(pid) or _zombie(pid)]:
            order.append(_name(left.pop(pid)))
    assert not left
    launcher.wait(60)
    assert order[-3:] == ["groundstop_audit", "groundstop_store.server", "nats-server"], order
    stopping = [_said(cli, name) for name in ("classifier", "rate-limiter", "approval", "audit", "executor-1")]
    assert stopping == ["stopping"] * 5, "somebody was killed before it could drain"
    cli.up()
    log = cli.here("status", "--json").json["log"]
    assert log["last_seq"] >= 4 * 5


def _zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _name(command: list[str]) -> str:
    return command[command.index("-m") + 1] if "-m" in command else Path(command[0]).name


def _said(cli: Cli, service: str) -> str:
    """The last thing that a service has logged of its own life."""
    lines = (cli.data / "logs" / f"{service}.log").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines if line.startswith("{")]
    return next((event for event in reversed(events) if event in ("ready", "stopping")), "")

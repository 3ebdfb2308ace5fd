"""A bus, the approval service and a console: enough to decide, without executors and without the record."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import bare_bus

HERE = Path(__file__).parent
sys.path[:0] = [
    str(HERE),
    str(HERE.parents[1] / "browser"),
    str(HERE.parent / "approval"),
]  # What these tests share with those in the browser.

from console_world import end, loop_in_thread, make_people, start_console, wait_until_ready  # noqa: E402 - found through the line above
from desk_world import DeskWorld, put_cases, put_more  # noqa: E402 - found through the line above


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    """A running console with two open cases: one of tenant acme, one of tenant globex."""
    data = tmp_path_factory.mktemp("desk")
    with loop_in_thread() as loop, bare_bus(data / "bus") as bus:
        cases = put_cases(loop, bus)
        make_people(data)
        env = {"GROUNDSTOP_NATS_URL": bus.url, "GROUNDSTOP_DATA": str(data), "PATH": "/usr/bin:/bin"}
        env |= {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}  # noqa: TID251 - for a child
        env["GROUNDSTOP_CATALOGUE"] = str(HERE.parent / "approval" / "tools.yaml")
        with (data / "approval.log").open("ab") as log:
            approval = subprocess.Popen(
                [sys.executable, "-m", "groundstop_approval"],
                env=env,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        port = free_port()
        console = start_console(data, bus.url, "http://nobody@127.0.0.1:1/default", port)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            yield DeskWorld(f"http://127.0.0.1:{port}", cases, data, *put_more(loop, bus))
        finally:
            end(console)
            end(approval)

"""The command as a user has it: a process, its exit status, its two outputs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from groundstop_example_support import launch
from groundstop_example_support.settings import VARIABLE
from groundstop_store.ports import free_port

COMMAND = (sys.executable, "-m", "groundstop.cli")
BUS = "GROUNDSTOP_BUS"
"""The one setting that a run of the tests may have: `make test-plain` sets it."""


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; anything beside it fails here."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Cli:
    """The command with its stack's folder and environment."""

    data: Path
    env: dict[str, str]

    def __call__(self, *arguments: str, within_s: float = 180) -> Answer:
        """Run it and wait."""
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.env, capture_output=True, text=True, timeout=within_s, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def here(self, *arguments: str, within_s: float = 180) -> Answer:
        """Run it on this stack."""
        return self(*arguments, "--data", str(self.data), within_s=within_s)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Run it beside the test, on this stack."""
        return subprocess.Popen(
            [*COMMAND, *arguments, "--data", str(self.data)],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self) -> None:
        """Start the stack and leave it running."""
        catalogue = ("--catalogue", "groundstop_example_support.tools")
        answer = self.here("up", "--detach", "--executors", "2", *catalogue, within_s=240)
        assert answer.status == 0, answer

    def launcher(self) -> psutil.Process:
        """The process that keeps the stack."""
        return psutil.Process(json.loads((self.data / "stack.json").read_text())["pid"])

    def down(self) -> None:
        """Stop it, and whatever a failed test has left of it."""
        self.here("down")
        for process in psutil.process_iter(["cmdline"]):
            if str(self.data) in " ".join(process.info["cmdline"] or ()) and process.pid != os.getpid():
                process.kill()


def a_cli(folder: Path) -> Cli:
    """The command with a registry and a data folder of its own."""
    env = {key: value for key, value in os.environ.items() if key == BUS or not key.startswith("GROUNDSTOP_")}  # noqa: TID251
    systems = {VARIABLE: str(folder / "support"), "GROUNDSTOP_CONSOLE_PORT": str(free_port())}
    return Cli(folder / "stack", env | systems | {"XDG_STATE_HOME": str(folder / "state"), "COLUMNS": "200"})


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A running stack beside the example's systems."""
    folder = tmp_path_factory.mktemp("e2e")
    made = a_cli(folder)
    with launch.running(folder / "support"):
        made.up()
        try:
            yield made
        finally:
            made.down()

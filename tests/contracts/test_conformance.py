"""The conformance kit passes what keeps the contract, in Python and in JavaScript, and fails what does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
NODE_AGENT = ROOT / "examples" / "node_agent"
INSTALL_S = 90
CHECK_S = 180
STEPS = {"agent": 12, "approver": 8, "worker": 9}
MUTE = """
import asyncio, os, sys, nats, orjson
async def main():
    nc = await nats.connect(os.environ["GROUNDSTOP_NATS_URL"])
    async def hello(message):
        await message.respond(orjson.dumps({"agent": "mute", "tool": "mute", "seq": 1, "status": "succeeded"}))
    await nc.subscribe("gs.conformance." + sys.argv[1], cb=hello)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def kit(role: str, *command: str, cwd: Path = ROOT) -> tuple[int, list[str]]:
    """The status and the lines of one check."""
    arguments = [sys.executable, "-m", "groundstop.cli", "conformance", "--role", role, "--", *command]
    environment = os.environ | {"COLUMNS": "200"}  # noqa: TID251 - a child inherits
    done = subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=CHECK_S, check=False
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("role", ["agent", "approver", pytest.param("worker", marks=pytest.mark.slow)])
def test_the_python_implementations_conform(role: str) -> None:
    status, lines = kit(role, sys.executable, "-m", "groundstop.conformance.reference", role)
    assert (status, lines[-1]) == (0, f"{STEPS[role]} passed, 0 failed"), lines


def test_the_agent_in_javascript_conforms(pytestconfig: pytest.Config) -> None:
    """Needs Node; its two packages are installed once, into pytest's cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no Node here")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("node-agent")
    for file in NODE_AGENT.iterdir():
        if file.is_file():
            shutil.copy(file, folder / file.name)
    if not (folder / "node_modules" / "@nats-io" / "transport-node").exists():
        install = [npm, "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
        except (subprocess.SubprocessError, OSError):
            pytest.skip("the packages of the bus could not be installed")
    status, lines = kit("agent", node, "agent.mjs", cwd=folder)
    assert (status, lines[-1]) == (0, f"{STEPS['agent']} passed, 0 failed"), lines


@pytest.mark.parametrize(("role", "failed"), [("agent", 9), ("approver", 7), ("worker", 8)])
def test_what_only_says_yes_does_not_conform(role: str, failed: int) -> None:
    """It answers every request, and nothing of what it says is on the bus."""
    status, lines = kit(role, sys.executable, "-c", MUTE, role)
    assert status == 1
    assert sum(line.startswith("FAIL") for line in lines) >= failed, lines
    assert lines[-1].endswith("failed")

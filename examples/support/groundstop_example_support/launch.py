"""Start and stop the systems from another process: the launcher's and the tests' way in."""

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from groundstop.errors import GroundstopError

from groundstop_example_support.settings import VARIABLE, Systems, read

START_S = 20.0
STOP_S = 5.0


def start(data: Path) -> subprocess.Popen[bytes]:
    """Start the systems on ``data`` and wait until they answer. They end when this process ends.

    Raises GroundstopError when they are not ready within START_S.
    """
    module = "groundstop_example_support.systems"
    command = [sys.executable, "-m", module, "--data", str(data), "--die-with-parent"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    if not _says_ready(process):
        stop(process)
        raise GroundstopError(f"the support systems were not ready within {START_S:g} s (exit {process.returncode})")
    return process


def _says_ready(process: subprocess.Popen[bytes]) -> bool:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return bool(selector.select(START_S)) and process.stdout.readline().startswith(b"ready")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it cleanly, or after STOP_S by force."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def running(data: Path) -> Iterator[Systems]:
    """The systems, running on ``data`` and named in the environment of this process for the length of the block."""
    process = start(data)
    before = os.environ.get(VARIABLE)  # noqa: TID251 - tools of this process find the systems by it
    os.environ[VARIABLE] = str(data)  # noqa: TID251
    try:
        yield read(data)
    finally:
        os.environ.pop(VARIABLE, None)  # noqa: TID251
        if before is not None:
            os.environ[VARIABLE] = before  # noqa: TID251
        stop(process)


async def set_fault(systems: Systems, system: str, mode: str, **more: object) -> None:
    """Make a system misbehave, as the module ``faults`` says; ``more`` is count, for_s, delay_s, match.

    Raises httpx.HTTPStatusError for a fault that does not exist.
    """
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{systems.payments_url}/admin/faults", json={"system": system, "mode": mode, **more})
        answer.raise_for_status()

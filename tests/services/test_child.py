"""A supervised process comes back, also when it could not be started at once."""

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from groundstop.clock import Clock
from groundstop.testing import eventually
from groundstop_embedded.child import Child

WITHIN_S = 60.0
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
async def child(tmp_path: Path) -> AsyncIterator[Child]:
    """A process that does nothing, with its log in a folder that can be taken away."""
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "sleeper.log"
    started = Child("sleeper", SLEEPER, dict(os.environ), log, Clock(), structlog.get_logger())  # noqa: TID251 - inherits
    await started.start()
    yield started
    await started.stop(1.0)


async def _another(child: Child, than: int) -> bool:
    return child.pid not in (None, than)


async def test_what_died_comes_back(child: Child) -> None:
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: _another(child, pid), "another process", WITHIN_S)


async def test_what_could_not_be_started_is_tried_again(child: Child, tmp_path: Path) -> None:
    """A full disk or a machine without memory must not end the supervision of what died meanwhile."""
    pid = child.pid
    assert pid is not None
    shutil.rmtree(tmp_path / "logs")  # no place for its log: it cannot be started
    os.kill(pid, signal.SIGKILL)

    async def tried() -> bool:
        return child.restarts >= 2

    await eventually(tried, "two tries that come to nothing", WITHIN_S)
    assert child.pid is None
    (tmp_path / "logs").mkdir()
    await eventually(lambda: _another(child, pid), "a process, once there is room", WITHIN_S)

"""The command lines of the compose file, run as plain processes: what a container would do, without containers."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from groundstop.permissions.folder import KeyFolder
from groundstop.testing import eventually
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import Bus

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS = ("classifier", "rate-limiter", "approval", "executor")
"""Those that need nothing but the bus; audit also needs ClickHouse, the console a browser to be of use."""
START_S = 90.0
END_S = 30.0
"""The grace time of the compose file."""


def environment(name: str, bus: Bus, data: Path) -> dict[str, str]:
    """What the container of a service would see, with its mounts where they are here."""
    given = {key: expanded(str(value)) for key, value in COMPOSE["services"][name]["environment"].items()}
    here = {key: moved(value, data) for key, value in given.items()}
    alone = {"GROUNDSTOP_NATS_URL": bus.url, "GROUNDSTOP_REPLICAS": "1", "SERVICE": name}
    return {**os.environ, **here, **alone}  # noqa: TID251 - a process of this test


def expanded(value: str) -> str:
    """Compose's ``${NAME:-default}``, with the defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def moved(value: str, data: Path) -> str:
    """A path of the container as a path of this machine."""
    places = {
        "/etc/groundstop": ROOT / "infra" / "compose",
        "/run/secrets": data / "secrets",
        "/data": data,
        "/app": ROOT / "infra",
    }
    return next((value.replace(place, str(here)) for place, here in places.items() if value.startswith(place)), value)


@contextmanager
def started(name: str, bus: Bus, data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The service's own command line, through the image's entry point."""
    command = [sys.executable, *COMPOSE["services"][name]["command"][1:]]
    with (data / f"{name}.log").open("wb") as out:
        process = subprocess.Popen(
            ["sh", str(ROOT / "infra" / "entrypoint.sh"), *command],
            cwd=data,
            env=environment(name, bus, data),
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(END_S)


def healthy(name: str, bus: Bus, data: Path) -> bool:
    """What the container's health check says."""
    check = [sys.executable, str(ROOT / "infra" / "healthcheck.py")]
    return subprocess.run(check, env=environment(name, bus, data), capture_output=True, timeout=60).returncode == 0


@contextmanager
def deployed_bus(data: Path) -> Iterator[Bus]:
    """A server that knows the identities of infra/compose/secrets.sh."""
    shutil.copy(ROOT / "infra" / "compose" / "secrets.sh", data)
    here = {"PYTHON": sys.executable, "KEYS_LIST": str(ROOT / "infra" / "keys_list.py")}
    subprocess.run(["sh", str(data / "secrets.sh")], check=True, capture_output=True, env=os.environ | here)  # noqa: TID251
    bus = Bus(data / "secrets", free_port(), keys=KeyFolder(data / "secrets" / "keys"))
    bus.start()
    try:
        yield bus
    finally:
        bus.kill()


def run_bootstrap(bus: Bus, data: Path) -> None:
    """What the compose file runs once before the services, with one server instead of three."""
    for name in ("bootstrap", "keys"):
        words = [moved(word, data) for word in COMPOSE["services"][name]["command"][1:]]
        env = environment(name, bus, data)
        subprocess.run([sys.executable, *words], env=env, cwd=data, check=True, capture_output=True, timeout=60)


@pytest.mark.timeout(600)
async def test_containers_become_healthy_and_end_when_told(tmp_path: Path) -> None:
    """Unhealthy before they are there, healthy once they answer, and their end is clean within the grace time."""
    with deployed_bus(tmp_path) as bus:
        await bus.ready()
        run_bootstrap(bus, tmp_path)
        run_bootstrap(bus, tmp_path)  # changes nothing
        assert not healthy(CONTAINERS[0], bus, tmp_path)
        with ExitStack() as stack:
            processes = {name: stack.enter_context(started(name, bus, tmp_path)) for name in CONTAINERS}
            for name, process in processes.items():

                async def answers(name: str = name, process: "subprocess.Popen[bytes]" = process) -> bool:
                    assert process.poll() is None, (tmp_path / f"{name}.log").read_text(encoding="utf-8")[-2000:]
                    return healthy(name, bus, tmp_path)

                await eventually(answers, f"the health of {name}", within_s=START_S)
            for process in processes.values():
                process.terminate()  # all at once; a second signal to one that is ending would kill it
            for process in processes.values():
                process.wait(END_S)
        assert {name: process.returncode for name, process in processes.items()} == dict.fromkeys(CONTAINERS, 0)

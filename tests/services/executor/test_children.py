"""What a child process of an executor is told, holds and can read: what was named for it, nothing of its siblings."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from executor_support import Unguarded, until
from groundstop.catalogue import McpCall, Tool, ToolContext, ToolFailed
from groundstop.clock import Clock
from groundstop.environment import is_private, least
from groundstop.errors import GroundstopError
from groundstop.vocabulary import Risk
from groundstop_executor.isolation.hosting import Host, Users
from groundstop_executor.isolation.workers import Limits, Workers
from groundstop_guard import processes

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
"""An interpreter that every user of the host can start."""
TOOL_USERS = (20_001, 20_002)
CONTEXT = ToolContext(intent="i", attempt=1, idempotency_key="k", tenant="t", agent="a", task="x")
PRIVATE = {
    "GROUNDSTOP_SECRET_PAY_KEY": "hunter-2-hunter-2",
    "GROUNDSTOP_SECRETS": "/run/secrets",
    "GROUNDSTOP_NATS_SEED_FILE": "/keys/executor.nk",
    "GROUNDSTOP_GUARD_SEED_FILE": "/keys/guard.nk",
    "GROUNDSTOP_SIGNING_KEY_FILE": "/keys/executor.sign",
    "GROUNDSTOP_NATS_KEY": "/keys/tls.key",
    "GROUNDSTOP_CLICKHOUSE_DSN": "http://default:password@127.0.0.1/default",
    "GROUNDSTOP_CONSOLE_OIDC_CLIENT_SECRET": "oidc",
    "AWS_SECRET_ACCESS_KEY": "aws",
}
PLAIN = {"PATH": os.defpath, "HOME": "/home/x", "LC_ALL": "C.UTF-8", "TZ": "UTC", "REGION": "eu-1", "OTHER": "o"}


def tool(**fields: Any) -> Tool:
    name = "worker_tools:surroundings"
    return Tool(name="look", action_type="test", risk=Risk.SAFE, function=name, **fields)


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[Workers]:
    python = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}  # noqa: TID251
    host = Host({**PRIVATE, **PLAIN, **python}, lambda name: f"value-of-{name}", ("OTHER",))
    pool = Workers(Clock(), size=1, limits=Limits(), preload=["worker_tools"], host=host)
    await pool.start()
    yield pool
    await pool.stop()


async def look(pool: Workers, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = await pool.run(tool(**fields), {}, CONTEXT, Unguarded())
    return found


async def test_a_worker_is_told_what_is_named_and_nothing_else(workers: Workers) -> None:
    """No secret, no path of a seed or a key, nothing that the user of the executor happens to have."""
    told = (await look(workers))["variables"]
    assert not set(PRIVATE) & set(told)
    assert {name: told.get(name) for name in PLAIN} == {**PLAIN, "REGION": None}
    assert {name for name in told if not name.startswith(("PYTHON", "LC_"))} <= {*PLAIN, "LANG", "LANGUAGE", "TMPDIR"}


async def test_a_tools_variables_are_there_for_its_own_calls_alone(workers: Workers) -> None:
    """The same warm process runs another tool afterwards. A secret among them is hidden in what is answered."""
    env = {"REGION": {"$env": "REGION"}, "TOKEN": {"$secret": "tracker"}, "MODE": "fast", "GONE": {"$env": "NOWHERE"}}
    during = (await look(workers, env=env))["variables"]
    assert (during["REGION"], during["TOKEN"], during["MODE"]) == ("eu-1", "[secret]", "fast")
    assert "GONE" not in during
    after = (await look(workers))["variables"]
    assert not {"REGION", "TOKEN", "MODE"} & set(after)


async def test_a_worker_holds_its_own_descriptors_alone(workers: Workers) -> None:
    """Its streams, the socket to its executor, and what it opened itself; nothing that the executor has open."""
    secret, reading = os.pipe()
    os.set_inheritable(secret, True)
    try:
        held = (await look(workers))["descriptors"]
        assert sorted(held.values()).count("socket") == 1
        assert not [what for what in held.values() if "inode" in what or what.startswith("/keys")]
        assert len(held) <= 5, held
    finally:
        os.close(secret)
        os.close(reading)


def test_private_variables_are_no_tools_to_name() -> None:
    """Not even by the author of a catalogue: a secret is named as a secret."""
    named = [name for name in PRIVATE if name.startswith("GROUNDSTOP_")]
    assert all(map(is_private, named))
    for name in named:
        with pytest.raises(ValueError, match="executor's alone"):
            tool(env=[name])
        with pytest.raises(ValueError, match="executor's alone"):
            McpCall(command=("x",), env={"MINE": {"$env": name}})
    assert McpCall(command=("x",), env=["REGION"]).env == {"REGION": {"$env": "REGION"}}
    assert set(least(PRIVATE | PLAIN)) == {"PATH", "HOME", "LC_ALL", "TZ"}


def test_a_secret_that_is_not_there_fails_the_call_before_it_begins() -> None:
    with pytest.raises(ToolFailed, match="no secret"):
        Host({}).variables({"TOKEN": {"$secret": "tracker"}}, [])


def test_processes_run_as_users_of_their_own() -> None:
    users = Users("20000-20001")
    assert [users.next() for _ in range(3)] == ["20000:20000", "20001:20001", "20000:20000"]
    assert Users().next() == ""
    for wanted in ("0-5", "7-3", "nobody-of-that-name", "12"):
        with pytest.raises(GroundstopError, match="GROUNDSTOP_TOOL_USER"):
            Users(wanted)
    with pytest.raises(GroundstopError, match="as root"):
        Users("nobody", uid=1000)


# what siblings can read in /proc


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder that every user can write to."""
    with tempfile.TemporaryDirectory(prefix="groundstop-children-") as name:
        folder = Path(name)
        folder.chmod(0o1777)
        yield folder


def started(folder: Path, name: str, user: str, **env: str) -> subprocess.Popen[bytes]:
    """A server kept as an executor keeps MCP servers, with a snooping tool in its place."""
    keeper = [sys.executable, "-m", "groundstop_executor.isolation.server_main"]
    keeper += ["--pidfile", str(folder / f"{name}.pid")]
    options = ["--parent", str(os.getpid()), "--user", user, "--drop", "PYTHONPATH"]
    command = [SYSTEM_PYTHON, str(folder / "snoop.py"), str(folder / f"{name}.json")]
    path = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "PATH": os.defpath}  # noqa: TID251 - a child is told
    return subprocess.Popen([*keeper, *options, "--", *command], env={**path, **env}, stdin=subprocess.DEVNULL)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have tools run as others")
async def test_a_server_of_a_user_of_its_own_reads_nothing_of_its_siblings(outside: Path) -> None:
    """Neither their environment, with their tokens, nor their descriptors, nor their keepers', nor the executor's."""
    (outside / "snoop.py").write_text((HERE / "snoop.py").read_text())
    one, two = (f"{uid}:{uid}" for uid in TOOL_USERS)
    first = started(outside, "first", one, TOKEN="first-token-1")
    try:
        await until(lambda: (outside / "first.json").exists())
        second = started(outside, "second", two, TOKEN="second-token-2")
        try:
            await until(lambda: (outside / "second.json").exists())
        finally:
            second.terminate()
            second.wait()
    finally:
        first.terminate()
        first.wait()
    seen = json.loads((outside / "second.json").read_text())
    readable = {pid: what for pid, what in seen.items() if "environ" in what or "fd" in what}
    assert len(seen) > len(readable) == 1, "it sees that there are others, and can read itself alone"
    (mine,) = readable.values()
    assert "second-token-2" in mine["environ"] and "PYTHONPATH" not in mine["environ"]
    assert "first-token-1" not in (outside / "second.json").read_text()
    assert len(mine["fd"]) <= 5


PRIVATE_PROCESS = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from groundstop_guard.processes import keep_to_oneself
keep_to_oneself()
looks = "import os, sys; p = f'/proc/{os.getppid()}/'\\n"
looks += "for what in ('environ', 'maps', 'mem'):\\n"
looks += " try: open(p + what, 'rb').read(1); print('read', what)\\n except OSError: pass\\n"
looks += "try: os.listdir(p + 'fd'); print('read fd')\\nexcept OSError: pass"
print(subprocess.run([sys.executable, '-c', looks], capture_output=True, text=True).stdout or 'nothing')
"""


def test_an_executor_and_its_warm_workers_can_be_read_by_no_process_of_their_user(outside: Path) -> None:
    """Secrets are in the executor's environment, and it runs as the user that its tools run as, mostly."""
    service = outside / "groundstop_guard"
    service.mkdir()
    (service / "__init__.py").touch()
    (service / "processes.py").write_text(Path(processes.__file__).read_text())
    other = {"user": TOOL_USERS[0], "group": TOOL_USERS[0], "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", PRIVATE_PROCESS, str(outside)],
        capture_output=True, text=True, check=True, env={"SECRET": "s"}, **other,
    )  # fmt: skip
    assert done.stdout.strip() == "nothing"
    plain = PRIVATE_PROCESS.replace("keep_to_oneself()\n", "\n").replace("import keep_to_oneself", "import keep")
    told = subprocess.run(
        [SYSTEM_PYTHON, "-c", plain, str(outside)], capture_output=True, text=True, check=True, **other
    )
    assert "read environ" in told.stdout, "otherwise this host hides it from everybody, and nothing is shown"

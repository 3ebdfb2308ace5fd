"""One fact of every kind that nobody can read, in a real log: every reader goes on, and says what it left out.

A service could have written them, by mistake or because somebody has its seed. Facts are never deleted: what ended a
reader once would end it at every start.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from groundstop.cli.health import report
from groundstop.client import Client
from groundstop.events import KINDS
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import running_stack

GOLDEN = Path(__file__).parents[1] / "contracts" / "golden"
TOOLS = """
tools:
  orders.get: {action_type: orders.read, risk: safe, function: "json:dumps"}
"""
POLICY = "name: patient\nconfusion: {same_call: 100, same_failure: 100, cycles: 100, no_progress: 1000}\nlimits: []\n"
NONSENSE = (b"", b"[", b"null", b"{}", b'{"tenant": 1, "task": [], "call": 7, "proposal": [], "judgement": "?"}')
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
WITHIN_S = 90.0


def _planted() -> Iterator[tuple[str, bytes]]:
    """Beside the facts of the golden files' intents, one of each kind and each way to be no fact. No controls: those
    halt everything when nobody can read them, as they should."""
    for kind in KINDS:
        where: str = json.loads((GOLDEN / f"{kind}.v1.json").read_text(encoding="utf-8"))["subject"]
        if kind not in ("control", "keys.published"):
            yield from ((where, payload) for payload in NONSENSE)
    yield from (("gs.policy.published", payload) for payload in NONSENSE)
    yield from (("gs.keys.published", payload) for payload in NONSENSE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack that has done something, into whose log nonsense was written then."""
    data = tmp_path_factory.mktemp("unreadable")
    (data / "tools.yaml").write_text(TOOLS, encoding="utf-8")
    policy = data / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    sources = (str(data / "tools.yaml"),)
    options = Options(data=data / "stack", executors=1, catalogue=sources, policy=policy, secure=False)
    async with running_stack(options) as started:
        await _works(started)
        async with Client.open(settings=started.plan.settings) as client:
            for subject, payload in _planted():
                await client.nc.jetstream().publish(subject, payload)
        yield started


async def _works(stack: Stack) -> str:
    """A call goes all the way; the id of its intent."""
    async with Client.open(settings=stack.plan.settings) as client:
        ticket = await client.submit("orders.get", {"obj": 1}, task="a-task", confidence=0.99)
        outcome = await ticket.outcome(WITHIN_S)
        assert outcome.status in (Status.SUCCEEDED, Status.FAILED), outcome
        return ticket.intent


READING = (
    "status", "trace {intent}", "why {intent}", "summary a-task", "cases", "grants", "controls", "review --since 1h",
    "dead list", "policy history", "policy explain {intent}", "policy diff {policy} {policy}", "hold list",
    "export-case {intent}", "estimate orders.get", "metrics", "verify",
    "report --out {folder}/report.html", "sql SELECT+1", "policy calibrate",
    "archive --out {folder}/archive",
)  # fmt: skip
ANSWERS = {0, 1}
"""1 is "no": such as a verification that says that there are facts nobody has signed."""


@pytest.mark.parametrize("command", READING)
async def test_every_command_that_reads_goes_on(stack: Stack, command: str, tmp_path: Path) -> None:
    """An answer, and no trace of an error in it."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("name: tried\n", encoding="utf-8")
    intent = await _works(stack)
    words = [word.format(intent=intent, policy=policy, folder=tmp_path).replace("+", " ") for word in command.split()]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "groundstop.cli", *words, "--data", str(stack.plan.options.data),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), WITHIN_S)
    said = (out + err).decode("utf-8", "replace")
    assert process.returncode in ANSWERS and "Traceback" not in said, said[-3000:]


async def test_status_says_what_was_set_aside(stack: Stack) -> None:
    assert stack.state is not None
    state = stack.state

    async def said() -> bool:
        told = (await report(state))["set_aside"]
        return all(any(line.startswith(f"{name}: ") for line in told) for name in ("classifier", "approval"))

    await eventually(said, "services to say what they left out", WITHIN_S)


@pytest.mark.parametrize("service", ["classifier", "rate-limiter", "approval", "executor-1", "audit"])
async def test_every_service_starts_again(stack: Stack, service: str) -> None:
    """Killed, it folds the whole log anew, nonsense included, and work goes on."""
    before = stack.children[service].pid
    assert before is not None
    os.kill(before, signal.SIGKILL)

    async def back() -> bool:
        assert stack.state is not None
        found = (await report(stack.state))["services"][service.removesuffix("-1")]
        return bool(found) and before not in found

    await eventually(back, f"another {service}", WITHIN_S)
    await _works(stack)

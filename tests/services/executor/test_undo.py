"""Undo on a whole stack: inverse calls in reverse order, each an intent of its own, each deed taken back once."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
from groundstop import subjects
from groundstop.client import Client
from groundstop.client.undo import deeds, undo
from groundstop.events import IntentUndone
from groundstop_embedded.plan import Options
from groundstop_embedded.testing import running_stack

HERE = Path(__file__).parent


def groundstop(data: Path, *arguments: str) -> tuple[int, object]:
    done = subprocess.run(
        [sys.executable, "-m", "groundstop.cli", *arguments, "--data", str(data), "--json"],
        check=False,
        capture_output=True,
        timeout=60,
        env=os.environ,  # noqa: TID251 - a child inherits
    )
    return done.returncode, orjson.loads(done.stdout)


async def test_what_an_agent_did_is_taken_back_newest_first(tmp_path: Path) -> None:
    sys.path.insert(0, str(HERE))
    folder = tmp_path / "probe"
    folder.mkdir()
    env = {"PROBE_FOLDER": str(folder), "PYTHONPATH": str(HERE)}
    options = Options(data=tmp_path / "stack", executors=1, catalogue=("probe_tools",), log_level="warning", env=env)
    async with running_stack(options) as stack:
        settings = stack.plan.settings
        async with Client.open(agent="packer", settings=settings) as packer:
            tickets = []
            for name in ("one", "two", "stuck", "three"):
                tickets.append(await packer.submit("box.put", {"name": name}, task="pack", confidence=0.99))
                assert (await tickets[-1].outcome(20)).status == "succeeded"
            plain = await packer.submit("up", {"text": "hello"}, task="pack", confidence=0.99)
            assert (await plain.outcome(20)).status == "succeeded"
        async with Client.open(agent="olga", settings=settings) as olga:
            chosen = await deeds(olga.log, lambda deed: deed.outcome.agent == "packer")
            assert len(chosen) == 5
            found = await undo(olga, chosen, 20.0)
            assert [(undoing.tool, undoing.result) for undoing in found] == [
                ("up", "not_possible"),
                ("box.put", "done"),
                ("box.put", "failed"),
                ("box.put", "done"),
                ("box.put", "done"),
            ]
            undone = await olga.log.newest([subjects.pattern("intent.undone")])
            assert [IntentUndone.model_validate_json(fact.payload).by for fact in undone] == ["olga"] * 3
            again = await undo(olga, await deeds(olga.log, lambda deed: deed.outcome.agent == "packer"), 20.0)
            assert {undoing.result for undoing in again} == {"not_possible", "failed"}
            steps = [step.kind for step in await olga.trace(tickets[0].intent)]
            assert steps[-2:] == ["outcome", "intent.undone"]
        order = (folder / "order").read_text().split("\n")[4:]
        assert order == ["take three", "take two", "take one", ""]
    del stack

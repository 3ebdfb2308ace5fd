"""A busy stack is copied, and the copy goes on from there: nothing lost, still halted, cases still open."""

import asyncio
import contextlib
import json
import random  # noqa: TID251 - seeds are parameters of the tests
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from groundstop.backup import manifest
from groundstop.client import Client
from groundstop.errors import RequestFailed
from groundstop.log import Stored
from groundstop.vocabulary import Status

from tests.chaos.history import read_history
from tests.chaos.rules import (
    Rule,
    attempts_are_claimed_once,
    attempts_end,
    cases_decided_once,
    ledger_is_the_log,
    no_claim_after_halt,
    one_outcome,
    possible_life,
)
from tests.chaos.world import POLICY, Load, World, running_world

SHORT_S = 20
"""The life of a question: it ends while the stack is being restored, or soon after."""
RULES: tuple[Rule, ...] = (
    one_outcome, possible_life, attempts_are_claimed_once, attempts_end, cases_decided_once, no_claim_after_halt,
    ledger_is_the_log,
)  # fmt: skip
"""What must hold of the log alone: the systems of the copy are new, and know nothing of what was done before."""


async def command(*arguments: str) -> tuple[int, Any]:
    """``groundstop … --json``: its status and its one document."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "groundstop.cli", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode is not None and out, err.decode()
    return process.returncode, json.loads(out)


async def stored(client: Client, upto: int) -> list[tuple[int, str, bytes]]:
    """The log's messages; pending timers are taken out of it as they fire, so they are left out."""

    def fact(message: Stored) -> bool:
        return message.seq <= upto and not message.subject.startswith("gs.timer.")

    return [(m.seq, m.subject, m.payload) async for m in client.log.until_now() if fact(m)]


async def open_cases(world: World, client: Client) -> tuple[str, str]:
    """One approval that has an hour, and one clarification that has SHORT_S: the intents they are about."""
    asks = await client.submit("refund.create", {"order": "A-1042", "amount": 5}, confidence=0.95, task="pending")
    unclear = await client.submit("orders.note", {"order": "A-1042", "text": "?"}, confidence=0.4, task="unclear")

    async def both() -> bool:
        cases = {case["case"] for case in await client.cases()}
        return {f"{asks.intent}-approval", f"{unclear.intent}-clarification"} <= cases

    await world.until(both, "two cases")
    return asks.intent, unclear.intent


@pytest.mark.timeout(600)
async def test_a_backup_under_load_goes_on_where_it_was(tmp_path: Path) -> None:
    policy = f"{POLICY}expiry: {{clarification: {SHORT_S}}}\n"
    backup, second = tmp_path / "backup", tmp_path / "second"
    async with running_world(tmp_path / "first", 1, policy, GROUNDSTOP_WORKERS="0") as world:
        async with world.client("agent") as agent, world.client("checker") as client:
            load = Load([agent], random.Random(3), 40, world.clock)
            load.start()
            await client.halt("tool=refund.create", "the bank is away")
            asked, unclear = await open_cases(world, agent)
            status, made = await command("backup", str(backup), "--data", str(world.data))
            await load.stop()
        assert status == 0, made
        async with world.client("checker") as client:
            before = await stored(client, made["last_seq"])
        assert made["record_rows"] > 0 and made["last_seq"] >= made["record_rows"]
        await refuses(backup, world.data)
    status, restored = await command("restore", str(backup), "--data", str(second))
    assert status == 0 and restored["record_rows"] == made["record_rows"], restored
    async with running_world(second, 1, policy, GROUNDSTOP_WORKERS="0") as world, world.client("checker") as client:
        assert await stored(client, made["last_seq"]) == before
        await goes_on(world, client, asked, unclear)


async def refuses(backup: Path, occupied: Path) -> None:
    """Neither over another backup, nor into a stack, nor from a folder that was altered."""
    status, answer = await command("backup", str(backup), "--data", str(occupied))
    assert (status, answer["error"]["code"]) == (1, "backup") and "not empty" in answer["error"]["message"]
    status, answer = await command("restore", str(backup), "--data", str(occupied))
    assert status == 1 and "runs in" in answer["error"]["message"], answer


async def goes_on(world: World, client: Client, asked: str, unclear: str) -> None:
    """Both halts are in force; silence is a no; a yes is carried out after the resume; then every rule holds."""
    halts = {halt.scope: halt.control for halt in (await client.operator.controls()).halts}
    assert set(halts) == {"all", "tool=refund.create"}
    await client.decide(f"{asked}-approval", "approved", "still wanted")
    for control in halts.values():
        await client.resume(control, "looked at what was done since the backup")

    async def ended(intent: str) -> Any:
        return await client.outcome_of(intent)

    assert (await world.until(lambda: ended(asked), "the refund")).status is Status.SUCCEEDED
    assert (await world.until(lambda: ended(unclear), "the end of the clarification")).status in (
        Status.EXPIRED,
        Status.NEEDS_CLARIFICATION,
    )

    async def all_ended() -> bool:
        for case in await client.cases():
            with contextlib.suppress(RequestFailed):  # another answer was faster
                await client.decide(case["case"], "denied", "not after the restore")
        submitted = [m async for m in client.log.until_now(patterns=["gs.intent.submitted.>"])]
        return len(submitted) == len([m async for m in client.log.until_now(patterns=["gs.outcome.>"])])

    await world.until(all_ended, "an outcome for everything in the backup")
    last = await world.recorded(client)
    history = await read_history(client.log, last, clickhouse_dsn=world.stack.plan.clickhouse_dsn)
    found = [problem for rule in RULES for problem in rule(history)]
    problems = [problem for problem in found if "(timer." not in problem]  # a timer that was recorded may have fired
    assert problems == [], "\n".join(problems[:10])
    status, verdict = await command("verify", "--data", str(world.data))
    assert status == 0 and verdict["intact"], verdict


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_backup_that_was_altered_is_not_restored(tmp_path: Path, harm: str) -> None:
    """Every file is looked at before anything is written."""

    (tmp_path / "log").mkdir()
    file = tmp_path / "log" / "stream.tar.s2"
    file.write_bytes(b"0123456789")
    log = manifest.LogPart(stream="EVENTS", messages=1, first_seq=1, last_seq=1, config={}, state={}, floors={})
    pieces = manifest.pieces_of(tmp_path)
    manifest.write(tmp_path, manifest.Manifest(made_at=datetime.now(UTC), log=log, ledger=None, pieces=pieces))  # noqa: TID251
    assert manifest.read(tmp_path).pieces == pieces
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(b"012345678" + (b"x" if harm == "changed" else b""))
    with pytest.raises(manifest.BackupProblem, match=r"stream\.tar\.s2"):
        manifest.read(tmp_path)

"""The command line's room of people, as users type it."""

import asyncio
import json
import os
import subprocess
import sys

from approval_support import Service, case_of, hold
from groundstop.log import Log
from groundstop_embedded.testing import Bus


async def groundstop(bus: Bus, *words: str) -> tuple[int, dict]:
    """Exit status and JSON answer of one command."""
    env = {**os.environ, "GROUNDSTOP_NATS_URL": bus.url}  # noqa: TID251 - a child inherits what the test runner has
    command = [sys.executable, "-m", "groundstop.cli", *words, "--json"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, env=env, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {"stderr": done.stderr.decode()}


async def test_everything_people_do_can_be_typed(bus: Bus, log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = [await hold(log, arguments={"to": f"{n}@acme.com"}) for n in range(4)]
    cases = [await case_of(alice, one) for one in held]
    assert (await groundstop(bus, "cases"))[1]["total"] == 4
    assert (await groundstop(bus, "case", cases[0]))[1]["what"]["tool"] == "email.send"
    assert (await groundstop(bus, "claim", cases[0], "--as", "bob"))[1]["claimed_by"] == "bob"
    assert (await groundstop(bus, "approve", cases[0], "--as", "alice"))[0] == 1
    assert (await groundstop(bus, "release", cases[0], "--as", "bob"))[0] == 0
    assert (await groundstop(bus, "approve", cases[0], "--as", "alice"))[1]["won"]
    status, edited = await groundstop(bus, "edit", cases[1], "to=x@acme.com", "--note", "typo", "--as", "alice")
    assert status == 0 and edited["diff"][0]["after"] == "x@acme.com" and edited["won"]
    assert (await groundstop(bus, "respond", cases[2], '{"sent": 1}', "--as", "alice"))[1]["verdict"] == "answered"
    assert (await groundstop(bus, "withdraw", cases[3], "--as", "helper"))[1]["verdict"] == "withdrawn"
    assert (await groundstop(bus, "deny", cases[3], "--note", "late", "--as", "alice"))[0] == 1


async def test_grants_and_handoffs_can_be_typed(bus: Bus, service: Service) -> None:
    await service.up()
    terms = ("--tenant", "acme", "--uses", "2", "--when", "intent.arguments.amount < 20")
    grant = (await groundstop(bus, "grants", "give", "helper", "refund.create", *terms, "--as", "alice"))[1]
    ended = (await groundstop(bus, "grants", "revoke", grant["grant"], "--note", "enough", "--as", "bob"))[1]
    assert (grant["active"], ended["ended"], ended["revoked_by"]) == (True, "revoked", "bob")
    asked = (await groundstop(bus, "handoff", "t-1", "--reason", "help", "--tenant", "acme", "--as", "mia"))[1]
    assert asked["paused"] is True
    given = (await groundstop(bus, "give-back", asked["case"], "--note", "done", "--as", "alice"))[1]
    assert given["paused"] is False

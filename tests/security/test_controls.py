"""What one person's keys do to the controls: with a client of their own, and with a service's place on the bus besides.

Otto's seed and signing key are the thief's, and an executor's seed, with which controls can be written past the desk.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import nats
import orjson
import psutil
import pytest
import pytest_asyncio
from groundstop import subjects
from groundstop.callers import Caller, command
from groundstop.client import Client
from groundstop.client.control_requests import ControlRequests
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.controls import at_stage, with_halt
from groundstop.controls.chain import ask_of
from groundstop.errors import NotAllowed, PermissionDenied, RequestFailed
from groundstop.events import Control, Halt
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.signatures import Signer
from groundstop.ids import new_id
from groundstop.log.denials import request
from groundstop.log.lanes import Controls, read_controls, write
from groundstop.log.lookup import last
from groundstop.testing import eventually
from groundstop.vocabulary import Risk, Status
from nats.aio.client import Client as Connection

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 30.0
QUIET_S = 1.5


@dataclass
class Thief:
    """Otto's keys, and an executor's place on the bus."""

    castle: Castle
    otto: Client
    alice: Client
    executor: Connection
    signer: Signer
    halt: Halt
    table: Controls

    def control(self, halts: tuple[Halt, ...], action: str = "resume", **fields: object) -> Control:
        usual: dict[str, object] = {
            "id": new_id(), "at": Clock()(), "actor": "otto", "control": self.halt.control, "action": action,
            "scope": "all", "reason": "x", "by": "otto", "halts": halts, "replaces": self.table.epoch,
        }  # fmt: skip
        return self.signer.sign(Control.model_validate(usual | fields))

    def ask(self, by: str, stage: str = "", signer: Signer | None = None) -> Halt:
        asked = {"resume_by": by, "resume_note": "n", "resume_stage": stage, "resume_seq": self.table.epoch}
        asking = self.halt.model_copy(update=asked)
        signed = (signer or self.signer).sign(ask_of(asking)).signature
        return asking.model_copy(update={"resume_signature": signed})


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def people(castle: Castle) -> AsyncIterator[tuple[Client, Client]]:
    """Otto and alice, who hold keys that lift halts."""
    found = [await castle.issue(name, "operator") for name in ("otto", "alice")]
    async with (
        Client.open(tenant="castle", agent="otto", settings=found[0]) as otto,
        Client.open(tenant="castle", agent="alice", settings=found[1]) as alice,
    ):
        yield otto, alice
    await castle.revoke("otto", "alice")


@pytest_asyncio.fixture(loop_scope="session")
async def thief(castle: Castle, people: tuple[Client, Client]) -> AsyncIterator[Thief]:
    """Alice has halted the notes, for two people. Afterwards two people lift everything."""
    otto, alice = people
    report = await alice.halt("action=notes", "a fire")
    table = await read_controls(alice.nc)
    halt = next(halt for halt in table.halts if halt.control == report.control)
    assert halt.people == 2
    keys = castle.stack.plan.keys
    assert keys is not None
    nc = await nats.connect(**connection_options(castle.settings_as("executor")))
    yield Thief(castle, otto, alice, nc, read_signer(keys.path / "otto.sign"), halt, table)
    await nc.close()
    for left in (await alice.operator.controls()).halts:
        await castle.lift(left.control)
    assert (await alice.operator.controls()).halts == ()


async def stays_halted(castle: Castle, text: str) -> None:
    """Nothing in scope of alice's halt happens."""
    ticket = await castle.owner.submit("notes.add", {"text": text}, confidence=0.99)
    with pytest.raises(TimeoutError):
        await ticket.outcome(QUIET_S)
    assert f"note {text}" not in castle.effects()


PAST_THE_DESK: dict[str, Callable[[Thief], Control]] = {
    "an empty table in alice's name": lambda t: t.control((), by="alice"),
    "an empty table in one's own name": lambda t: t.control(()),
    "one of the kind that was written before": lambda t: t.control((), replaces=None),
    "asked in alice's name": lambda t: t.control((t.ask("alice"),), "resume_asked", by="alice"),
    "another scope": lambda t: t.control((t.halt.model_copy(update={"scope": "task=none"}),), "halt"),
    "another tenant": lambda t: t.control((t.halt.model_copy(update={"tenant": "none"}),), "halt"),
    "for one person": lambda t: t.control((t.halt.model_copy(update={"people": 1}),), "halt"),
    "only what is dangerous": lambda t: t.control(at_stage((t.halt,), t.halt.control, "risky"), stage="risky"),
    "as a drill": lambda t: t.control((), "drill", drill=t.halt.model_copy(update={"drill": True})),
    "unsigned": lambda t: t.control(()).model_copy(update={"signature": ""}),
}


@pytest.mark.parametrize("how", PAST_THE_DESK)
async def test_a_table_that_was_written_past_the_desk_lifts_nothing(thief: Thief, how: str) -> None:
    """Everything is halted until a lawful one comes, which keeps what alice has halted."""
    castle = thief.castle
    assert await write(thief.executor, PAST_THE_DESK[how](thief), thief.table) is not None
    await stays_halted(castle, how)
    shown = await castle.owner.operator.controls()
    assert thief.halt in shown.halts and shown.problem
    await castle.owner.halt("tool=nothing", "there is a thief")
    healed = await castle.owner.operator.controls()
    assert not healed.problem and thief.halt in healed.halts
    await stays_halted(castle, f"{how}, healed")


async def test_a_table_that_was_in_force_once_is_not_believed_again(thief: Thief) -> None:
    """Signed by alice herself, but for another time."""
    castle = thief.castle
    before = await last(castle.owner.nc, subjects.control(0))
    assert before is not None
    later = await thief.alice.halt("tool=nothing", "later")
    replayed = Control.model_validate_json(before.payload)
    assert await write(thief.executor, replayed, await read_controls(thief.executor)) is not None
    shown = await castle.owner.operator.controls()
    assert shown.problem and later.control in {halt.control for halt in shown.halts}
    await stays_halted(castle, "replayed")


async def test_a_guard_that_starts_behind_a_forged_table_does_not_believe_it_either(thief: Thief) -> None:
    castle = thief.castle
    assert await write(thief.executor, thief.control((), by="alice"), thief.table) is not None
    guards = [child for child in _executor(castle).children() if "groundstop_guard.app" in child.cmdline()]
    for guard in guards:
        guard.kill()
    await eventually(lambda: _gone(guards), "the guards to end", WITHIN_S)
    await stays_halted(castle, "behind a forged table")
    await castle.owner.halt("tool=nothing", "there is a thief")
    assert thief.halt in (await castle.owner.operator.controls()).halts
    await stays_halted(castle, "behind a forged table, healed")


async def _gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def _executor(castle: Castle) -> psutil.Process:
    pid = castle.stack.children["executor-1"].pid
    assert pid is not None
    return psutil.Process(pid)


async def test_a_halted_agent_does_not_lift_its_halt_by_a_hand_off(thief: Thief) -> None:
    """Approval signs no table that it finds unsigned, and writes pauses elsewhere."""
    castle = thief.castle
    forged = PAST_THE_DESK["unsigned"](thief)
    assert await write(thief.executor, forged, thief.table) is not None
    settings = await castle.issue("mallory", "agent", tenant="castle", agent="mallory")
    async with Client.open(tenant="castle", agent="mallory", settings=settings) as mallory:
        assert (await mallory.handoff("nothing-real", "x"))["paused"]
    newest = await read_controls(castle.owner.nc)
    assert newest.halts == () and (await castle.owner.operator.controls()).problem, "it is as it was forged"
    await stays_halted(castle, "handed off")
    await castle.owner.halt("tool=nothing", "there is a thief")
    assert thief.halt in (await castle.owner.operator.controls()).halts


ASKED_OF_THE_DESK: dict[str, Callable[[Thief], Control]] = {
    **{how: made for how, made in PAST_THE_DESK.items() if how != "one of the kind that was written before"},
    "with approval's action": lambda t: t.control((), "reset"),
    "of another halt": lambda t: t.control((), control=new_id()),
    "a stage that nobody asked for": lambda t: t.control(at_stage((t.halt,), t.halt.control, "safe"), stage="safe"),
    "asked with another's signature": lambda t: t.control(
        (t.ask("otto").model_copy(update={"resume_by": "alice"}),), "resume_asked"
    ),
    "a halt that begins as a drill": lambda t: t.control(
        with_halt((t.halt,), t.halt.model_copy(update={"control": "d", "drill": True, "by": "otto"})), "halt",
        control="d",
    ),
    "a halt in alice's name": lambda t: t.control(
        with_halt((t.halt,), t.halt.model_copy(update={"control": "d"})), "halt", control="d"
    ),
    "a halt with a request in alice's name": lambda t: t.control(
        with_halt((t.halt,), t.ask("alice").model_copy(update={"control": "d", "by": "otto"})), "halt", control="d"
    ),
    "a halt whose reason fills the table": lambda t: t.control(
        with_halt((t.halt,), t.halt.model_copy(update={"control": "d", "by": "otto", "reason": "x" * 100_000})), "halt",
        control="d",
    ),
    "from what is halted less": lambda t: t.control(
        (t.halt.model_copy(update={"risk_from": Risk.DANGEROUS}),), "resume", stage="dangerous"
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", ASKED_OF_THE_DESK)
async def test_the_desk_refuses_what_one_person_may_not(thief: Thief, how: str) -> None:
    before = await read_controls(thief.otto.nc)
    with pytest.raises((NotAllowed, RequestFailed)):
        await _put(thief, ASKED_OF_THE_DESK[how](thief), thief.otto.caller)
    assert await read_controls(thief.otto.nc) == before, "nothing was written"


async def test_a_request_of_another_table_is_answered_with_the_one_in_force(thief: Thief) -> None:
    old = thief.control((), replaces=max(0, thief.table.epoch - 16))
    asked = command(thief.otto.caller, "control.put")
    reply = await thief.otto.nc.request(asked, orjson.dumps({"control": old.model_dump(mode="json")}), timeout=5)
    problem = orjson.loads(reply.data)["error"]
    assert problem["code"] == "changed_meanwhile" and problem["seq"] == thief.table.epoch
    assert [halt["control"] for halt in problem["halts"]] == [thief.halt.control]


async def test_nobody_presses_in_anothers_place_on_the_bus(thief: Thief) -> None:
    """Otto's signature from alice's place is refused by the desk, and her place is refused to him by the server."""
    lawful = thief.control((thief.ask("otto"),), "resume_asked")
    with pytest.raises(NotAllowed, match="has signed"):
        await _put(thief, lawful, thief.alice.caller, thief.alice)
    with pytest.raises(PermissionDenied):
        await _put(thief, lawful, thief.alice.caller)
    with pytest.raises(PermissionDenied):
        await _put(thief, lawful, replace(thief.otto.caller, role="owner"))


async def test_an_agent_asks_for_no_control(castle: Castle) -> None:
    settings = await castle.issue("agent-of-controls", "agent", tenant="castle", agent="curious")
    async with Client.open(tenant="castle", agent="curious", settings=settings) as agent:
        for caller in (agent.caller, Caller("operator", "~", "curious"), Caller("owner", "~", "curious")):
            with pytest.raises(PermissionDenied):
                await ControlRequests(agent.nc, Clock(), caller, agent.log.signed).change(_never, 1.0)
        for lane in range(subjects.LANES):
            with pytest.raises(PermissionDenied):
                await request(agent.nc, subjects.control(lane), b"{}", timeout_s=2.0)


def _never(halts: tuple[Halt, ...], seq: int) -> Control:
    raise AssertionError("nobody answers")


async def _put(thief: Thief, control: Control, caller: Caller, client: Client | None = None) -> None:
    nc = (client or thief.otto).nc
    await ControlRequests(nc, Clock(), caller, lambda fact: fact)._put(control, 3.0)


@pytest.mark.parametrize("who", ["guard", "approval"])
async def test_one_that_stands_still_loses_no_press(castle: Castle, who: str) -> None:
    """Whoever answers is enough: a guard, or approval."""
    if who == "guard":
        guards = [child for child in _executor(castle).children() if "groundstop_guard.app" in child.cmdline()]
        stopped = [guard.pid for guard in guards]
    else:
        pid = castle.stack.children["approval"].pid
        assert pid is not None
        stopped = [pid]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        report = await castle.owner.halt("tool=nothing", f"{who} stands still", 1.0)
        await castle.lift(report.control)
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):  # a guard that stands still is replaced
                os.kill(pid, signal.SIGCONT)


async def test_two_people_lift_it(thief: Thief) -> None:
    """Each with a key of their own: then what waited goes on."""
    ticket = await thief.castle.owner.submit("notes.add", {"text": "for two people"}, confidence=0.99)
    asked = await thief.otto.resume(thief.halt.control, "it is out")
    assert asked.action == "resume_asked"
    again = await thief.otto.resume(thief.halt.control, "it is out")
    assert again.action == "resume_asked"
    assert (await thief.alice.resume(thief.halt.control, "indeed")).action == "resume"
    assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED


async def test_twenty_presses_at_once_lose_none(castle: Castle) -> None:
    names = [f"p{number}" for number in range(20)]
    operators = [Operator(castle.owner.nc, castle.log, Clock(), name, 1, caller=castle.owner.caller) for name in names]
    reports = await asyncio.gather(*(one.halt("tool=nothing", "all at once", 0.1) for one in operators))
    shown = {halt.control for halt in (await castle.owner.operator.controls()).halts}
    assert {report.control for report in reports} <= shown
    for report in reports:
        await castle.lift(report.control)

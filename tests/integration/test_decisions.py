"""A case is decided once, whoever races whom, and every loser is told."""

import asyncio
import random  # noqa: TID251 - seeds are parameters of the tests
import sys
from collections import Counter
from datetime import datetime
from typing import Any

import orjson
import pytest
from groundstop import subjects
from groundstop.client import Client, Ticket
from groundstop.errors import RequestFailed
from groundstop.events import CaseDecided
from groundstop.vocabulary import Status

from tests.chaos.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
RACES = 200
SOON_S = 60.0
TOLD = {"expired", "already_decided"}
UNANSWERED = "timeout"
"""Nobody knows who won: on a busy machine an answer may come too late."""


async def _held(world: World, agent: Client, ann: Client, count: int, tool: str, **more: Any) -> dict[str, Any]:
    """``count`` submitted intents that wait for people: ticket and case by intent."""
    orders = [f"A-{1001 + 4 * n % 400}" for n in range(count)]
    arguments = {"refund.create": {"amount": 0.01}, "orders.note": {"text": "a note"}}[tool]
    tickets = await asyncio.gather(*(agent.submit(tool, {"order": order} | arguments, **more) for order in orders))
    waiting = {ticket.intent: ticket for ticket in tickets}

    async def all_open() -> dict[str, Any]:
        found = {case["intent"]: case for case in await ann.cases(1000) if case["intent"] in waiting}
        return found if len(found) == count else {}

    cases = await world.until(all_open, f"{count} open cases", SOON_S)
    return {intent: (ticket, cases[intent]) for intent, ticket in waiting.items()}


async def _decisions(client: Client, intent: str) -> list[CaseDecided]:
    """Every decision the log holds about an intent."""
    found = client.log.until_now(patterns=[subjects.pattern("case.decided", intent=intent)])
    return [CaseDecided.model_validate_json(stored.payload) async for stored in found]


async def test_expiry_racing_approval_is_never_both_and_the_loser_is_told(
    world: World, agent: Client, ann: Client
) -> None:
    """Approvals are spread over the moments around the timer's, which the server fires up to a quarter second late."""
    chance = random.Random(7)
    answers: Counter[tuple[str, str]] = Counter()
    intents: list[str] = []

    async def race(ticket: Ticket, case: dict[str, Any]) -> tuple[str, str]:
        left_s = (datetime.fromisoformat(case["expires_at"]) - world.clock()).total_seconds()
        await world.clock.sleep(max(0.0, left_s + chance.uniform(-0.1, 0.4)))
        try:
            await ann.approve(case["case"])
            told = "won"
        except RequestFailed as error:
            told = error.code
        return told, (await ticket.outcome(SOON_S)).status

    for _ in range(RACES // 50):
        held = await _held(world, agent, ann, 50, "orders.note", confidence=0.7)
        intents += held
        answers.update(await asyncio.gather(*(race(*one) for one in held.values())))
    print(answers)
    assert sum(answers.values()) == RACES
    known = {(told, status) for told, status in answers if told != UNANSWERED}
    assert {status for told, status in known if told == "won"} == {Status.SUCCEEDED}
    assert {status for told, status in known if told != "won"} == {Status.EXPIRED}
    assert {told for told, _ in known} <= {"won", *TOLD}
    assert len({told for told, _ in answers}) > 1, "no race was run: one side always won"
    decisions = await asyncio.gather(*(_decisions(ann, intent) for intent in intents))
    assert [len(found) for found in decisions] == [1] * RACES


DECIDER = """
import asyncio, sys, orjson
from groundstop.client import Client
from groundstop.errors import RequestFailed
from groundstop.settings import Settings

async def main(settings, who, verdict, *cases):
    async with Client.open(agent=who, settings=Settings.model_validate_json(settings)) as client:
        print("ready", flush=True)
        sys.stdin.readline()
        async def one(case):
            try:
                return [case, "won", (await client.decide(case, verdict))["by"]]
            except RequestFailed as error:
                return [case, error.code, error.answer.get("by")]
        print(orjson.dumps(await asyncio.gather(*map(one, cases))).decode(), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_deciding_at_one_instant_make_one_decision(
    world: World, agent: Client, ann: Client
) -> None:
    """One approves, one denies, thirty cases at once: each has one winner, and the loser knows who it was."""
    held = await _held(world, agent, ann, 30, "refund.create", confidence=0.95)
    names = [case["case"] for _, case in held.values()]
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", DECIDER, world.settings.model_dump_json(), who, verdict, *names),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for who, verdict in (("bea", "approved"), ("cid", "denied"))
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    said = [orjson.loads((await process.communicate(b"go\n"))[0]) for process in processes]
    for (name, one, by_one), (same, other, by_other) in zip(*map(sorted, said), strict=True):
        assert name == same
        assert sorted([one, other]) == ["already_decided", "won"], (name, one, other)
        assert by_one == by_other, "the loser was told another winner"
    for intent, (ticket, _) in held.items():
        (decided,) = await _decisions(ann, intent)
        status = (await ticket.outcome(SOON_S)).status
        assert status is (Status.SUCCEEDED if decided.by == "bea" else Status.DENIED)

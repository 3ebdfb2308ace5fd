"""A crowd with contradictory wishes, and what each of them was told about it."""

import asyncio
import random  # noqa: TID251 - seeds are parameters of the tests
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundstop.client import Client
from groundstop.errors import GroundstopError, RequestFailed
from groundstop.events import CaseClaimed, CaseDecided, CaseEdited, CaseVoted

from tests.chaos.history import History

HURRY_S = 0.3
"""Everybody acts within so long of the others."""
Act = Callable[[Client, str, random.Random], Awaitable[dict[str, Any]]]
ACTS: Mapping[str, tuple[Act, int]] = {
    "approve": (lambda one, case, _: one.approve(case, "yes"), 30),
    "deny": (lambda one, case, _: one.deny(case, "no"), 20),
    "edit": (lambda one, case, chance: one.edit(case, changed(chance), "less"), 25),
    "claim": (lambda one, case, chance: one.claim(case, take=chance.random() < 0.5), 10),
    "release": (lambda one, case, _: one.release(case), 8),
    "respond": (lambda one, case, _: one.respond(case, {"refund": "by hand"}, "done"), 5),
    "withdraw": (lambda one, case, _: one.withdraw(case, "never mind"), 10),
}
"""What people do with a case, and how often."""
NOTHING_TOLD = "timeout"
"""A busy machine has not answered in time, and said so."""
TOLD_NO = frozenset(
    {"already_decided", "already_voted", "changed", "claimed", "not_allowed", "self_approval", "invalid_request"}
)


@dataclass(frozen=True)
class Told:
    """Somebody's wish, and the answer: ``code`` of a refusal, empty for a yes."""

    who: str
    act: str
    case: str
    code: str
    answer: Mapping[str, Any]


def changed(chance: random.Random) -> dict[str, Any]:
    """Arguments that somebody likes better."""
    return {"order": "A-1001", "amount": chance.choice([0.02, 0.03])}


async def wish(one: Client, case: str, chance: random.Random, act: str = "") -> Told:
    """One act of one person at some moment of the hurry."""
    (drawn,) = chance.choices(list(ACTS), [weight for _, weight in ACTS.values()])
    name, delay_s = act or drawn, chance.uniform(0, HURRY_S)
    await asyncio.sleep(delay_s)  # noqa: TID251 - drawn from the seed
    try:
        return Told(one.agent, name, case, "", await ACTS[name][0](one, case, chance))
    except RequestFailed as error:
        return Told(one.agent, name, case, error.code, error.answer)


async def press_and_lift(operator: Client, chance: random.Random, scopes: list[str], times: int) -> list[str]:
    """Halt something and lift it again; the controls. Nobody is told that a claim was accepted after their halt."""
    pressed = []
    for _ in range(times):
        report = await operator.halt(chance.choice(scopes), "contradictory wishes", 5.0)
        assert report.claims_after == 0, report
        pressed.append(report.control)
        await asyncio.sleep(chance.uniform(0, HURRY_S))  # noqa: TID251 - drawn from the seed
        lifted = await operator.resume(report.control, "again")
        assert report.control not in {halt.control for halt in lifted.halts}, lifted
        try:
            await operator.resume(report.control, "twice")
        except GroundstopError:
            continue
        raise AssertionError(f"{operator.agent} was told that {report.control} was lifted a second time")
    return pressed


def untruths(history: History, told: list[Told]) -> Iterator[str]:
    """What somebody was told that the log does not say."""
    stored = {recorded.seq: recorded.fact for recorded in history.facts}
    decided = {r.fact.case: (r.fact, r.seq) for r in history.facts if isinstance(r.fact, CaseDecided)}
    for each in told:
        answer = each.answer
        if each.code == "already_decided":
            fact, seq = decided[each.case]
            if (answer["by"], answer["verdict"], answer["seq"]) != (fact.by, fact.verdict, seq):
                yield f"{each}: the decision is {fact.verdict} by {fact.by} at {seq}"
        elif each.code:
            if each.code not in (*TOLD_NO, NOTHING_TOLD):
                yield f"{each}: what is {each.code}?"
        elif not _so_it_is(each, stored, decided):
            yield f"{each}: the log says nothing of the kind"


def _so_it_is(each: Told, stored: Mapping[int, Any], decided: Mapping[str, tuple[CaseDecided, int]]) -> bool:
    answer = each.answer
    if each.act == "edit":
        edits = [fact for fact in stored.values() if isinstance(fact, CaseEdited) and fact.case == each.case]
        made = any((fact.by, fact.revision) == (each.who, answer["revision"]) for fact in edits)
        return made and (not answer["won"] or decided[each.case][0].by == each.who)
    if each.act == "release":
        return answer["claimed_by"] is None
    fact = stored.get(answer["seq"])
    if each.act == "claim":
        return isinstance(fact, CaseClaimed) and fact.by == each.who
    if answer.get("pending"):
        return isinstance(fact, CaseVoted) and fact.approver == each.who
    return isinstance(fact, CaseDecided) and (fact.by, fact.verdict) == (each.who, answer["verdict"])

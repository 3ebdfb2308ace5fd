"""A hundred people who want contradictory things at once: every rule holds, and everybody is told the truth."""

import asyncio
import contextlib
import random  # noqa: TID251 - seeds are parameters of the tests
from collections import Counter
from pathlib import Path

import pytest
from groundstop.client import Client, Ticket
from groundstop.errors import RequestFailed
from groundstop.events import Outcome
from groundstop.vocabulary import Status, Verdict
from groundstop_example_support.database import opened

from tests.chaos.account import Account
from tests.chaos.crowd import Told, press_and_lift, untruths, wish
from tests.chaos.history import History
from tests.chaos.world import World, running_world

PEOPLE, AGENTS, OPERATORS = 80, 14, 6
ORDERS = 5
"""So few orders, none of which has left the warehouse, that everybody is in everybody's way."""
WISHES = 12
"""People who act on each case."""
WITHDRAWN = 0.3
"""How many of their proposals agents try to take back."""
SCOPES = ["action=orders.cancel", "tool=orders.update_address", "agent=agent-3", "risk=risky", "all"]
SETTLE_S = 150.0
ENDS = {
    Verdict.APPROVED: {Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN, Status.EXPIRED, Status.THROTTLED},
    Verdict.DENIED: {Status.DENIED},
    Verdict.WITHDRAWN: {Status.CANCELLED},
    Verdict.ANSWERED: {Status.COMPLETED_MANUALLY},
}


def _in_house(shop: Path) -> list[str]:
    with opened(shop) as connection:
        rows = connection.execute("SELECT id FROM orders WHERE status = 'processing' ORDER BY id LIMIT ?", (ORDERS,))
        return [str(row["id"]) for row in rows]


async def _order(agent: Client, order: str, chance: random.Random, number: int) -> Ticket:
    """One of several things that cannot all be right about one order."""
    tool, more = chance.choice(
        [
            ("orders.cancel", {"reason": f"because {number}"}),
            ("orders.update_address", {"address": f"{number} Either Street"}),
            ("orders.update_address", {"address": f"{number} Other Street"}),
            ("orders.note", {"text": f"do not touch {number}"}),
        ]
    )
    return await agent.submit(tool, {"order": order, **more}, confidence=0.95, task=f"order-{number}")


async def _case(world: World, agent: Client, people: list[Client], chance: random.Random) -> tuple[Ticket, list[Told]]:
    """A refund that some want, some do not, and some want otherwise; two clerks end what is left of it."""
    ticket = await agent.submit("refund.create", {"order": "A-1001", "amount": 0.01}, confidence=0.95)
    case = (await world.until(lambda: _open(people[0], ticket.intent), "a case"))["case"]["case"]
    crowd = chance.sample(people[2:], WISHES)
    wishes = [wish(one, case, random.Random(chance.random())) for one in crowd]
    if chance.random() < WITHDRAWN:
        wishes.append(wish(agent, case, random.Random(chance.random()), "withdraw"))
    told = list(await asyncio.gather(*wishes))
    await world.until(lambda: _cleared_up(people[:2], case, chance, told), f"a decision of {case}", SETTLE_S)
    return ticket, told


async def _cleared_up(clerks: list[Client], case: str, chance: random.Random, told: list[Told]) -> bool:
    """Two clerks say yes to what is left; whether it is decided now. On a busy machine they may not be answered."""
    for clerk in clerks:
        with contextlib.suppress(RequestFailed):
            await clerk.claim(case, take=True)
        told.append(await wish(clerk, case, chance, "approve"))
        with contextlib.suppress(RequestFailed):
            await clerk.release(case)
    return told[-1].code == "already_decided" or bool(told[-1].answer.get("won"))


async def _open(person: Client, intent: str) -> dict[str, object]:
    return await person.case(intent)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("seed", "cases"), [(1, 14), *(pytest.param(n, 100, marks=pytest.mark.slow) for n in range(2, 5))]
)
async def test_a_hundred_people_who_contradict_each_other_are_told_the_truth(
    tmp_path: Path, seed: int, cases: int, account: Account
) -> None:
    """Agents cancel and change the same orders, people decide the same cases, operators halt and resume meanwhile."""

    def chance(of: str) -> random.Random:
        return random.Random(f"{seed}:{of}")  # each has its own: who comes first must not change what others want

    # Without automatic halts: so many denials and failures would be reason enough for one, which nobody here lifts.
    quiet = {"GROUNDSTOP_WORKERS": "0", "GROUNDSTOP_AUTO_HALTS": "false"}
    async with running_world(tmp_path / "stack", **quiet) as world, contextlib.AsyncExitStack() as stack:

        async def clients(name: str, number: int) -> list[Client]:
            return [await stack.enter_async_context(world.client(f"{name}-{n}")) for n in range(number)]

        people, agents = await clients("person", PEOPLE), await clients("agent", AGENTS)
        operators = await clients("operator", OPERATORS)
        shop = world.beside.folder / "shop.sqlite"
        contested = await asyncio.to_thread(_in_house, shop)
        async with asyncio.TaskGroup() as group:
            wanted = [(agents[n % AGENTS], contested[n % ORDERS], n) for n in range(5 * cases)]
            orders = [group.create_task(_order(agent, order, chance(f"order {n}"), n)) for agent, order, n in wanted]
            pressed = [group.create_task(press_and_lift(one, chance(one.agent), SCOPES, 3)) for one in operators]
            decided = [
                group.create_task(_case(world, agents[n % AGENTS], people, chance(f"case {n}"))) for n in range(cases)
            ]
        tickets = [task.result() for task in orders] + [task.result()[0] for task in decided]
        told = [each for task in decided for each in task.result()[1]]
        ends = await _ends(agents[0], tickets)
        halts = (await operators[0].operator.controls()).halts
        history = await world.history(agents[0])
        standing = {order: await asyncio.to_thread(_standing, shop, order) for order in contested}
    print(f"seed {seed}: {dict(Counter((each.act, each.code or 'yes') for each in told))}")
    print(dict(Counter((end.tool, str(end.status)) for end in ends.values())))
    assert (problems := world.problems(history)) == [], f"seed {seed}: " + "\n".join(problems[:10])
    assert list(untruths(history, told)) == []
    assert list(_ends_untrue(history, ends)) == []
    assert list(_orders_untrue(ends, history, standing)) == []
    assert halts == ()
    assert len({each.act for each in told if not each.code}) >= 4, "everybody wanted the same: nothing was shown"
    assert any(each.code == "already_decided" for each in told)
    acts = Counter(f"contradictory wish: {each.act}" for each in told)
    halted = {"halt by one of several operators": sum(len(task.result()) for task in pressed)}
    account.add(dict(acts) | halted, len(history.intents), len(history.facts))


async def _ends(client: Client, tickets: list[Ticket]) -> dict[str, Outcome]:
    """What everybody was told in the end. Says what there is of those that do not end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            return {ticket.intent: await ticket.outcome() for ticket in tickets}
    found = [
        await client.log.newest([f"gs.*.*.*.*.{ticket.intent}.>", f"gs.*.*.*.*.{ticket.intent}"]) for ticket in tickets
    ]
    stuck = [[stored.subject for stored in facts] for facts in found if not any("outcome" in s.subject for s in facts)]
    raise AssertionError(f"{len(stuck)} intents have not ended: {stuck[:5]}")


def _ends_untrue(history: History, ends: dict[str, Outcome]) -> list[str]:
    """Outcomes that were told and are not in the log, or do not follow from what people decided."""
    wrong = []
    for who, facts in history.intents.items():
        standing = next(r.fact for r in facts if isinstance(r.fact, Outcome))
        if who[2] in ends and ends[who[2]] != standing:
            wrong.append(f"{who} was told {ends[who[2]]}, the log says {standing}")
        verdicts = [r.fact.verdict for r in facts if r.kind == "case.decided"]  # type: ignore[union-attr]
        if verdicts and standing.status not in ENDS[verdicts[0]]:
            wrong.append(f"{who} was {verdicts[0]}, and ended {standing.status}")
    return wrong


def _standing(shop: Path, order: str) -> tuple[str, str]:
    """Status and address of an order, as its own database has it."""
    with opened(shop) as connection:
        row = connection.execute("SELECT status, address FROM orders WHERE id = ?", (order,)).fetchone()
    return str(row["status"]), str(row["address"])


def _orders_untrue(ends: dict[str, Outcome], history: History, standing: dict[str, tuple[str, str]]) -> list[str]:
    """Orders that are not as the successes say: whoever was told so has cancelled or moved it."""
    wrong = []
    asked = {who[2]: facts[0].fact.arguments for who, facts in history.intents.items()}  # type: ignore[union-attr]
    good = [(end, asked[intent]) for intent, end in ends.items() if end.status.good]
    for order, (status, address) in standing.items():
        mine = [(end.tool, given) for end, given in good if given["order"] == order]
        if any(tool == "orders.cancel" for tool, _ in mine) != (status == "cancelled"):
            wrong.append(f"{order} is {status}: {mine}")
        moved = {given["address"] for tool, given in mine if tool == "orders.update_address"}
        if moved and address not in moved:
            wrong.append(f"{order} goes to {address!r}, asked for were {moved}")
    return wrong

"""The agent's manner, with a client that answers from a script: who waits, who goes on, who gives up."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from groundstop.clock import SetClock
from groundstop.errors import BadInput
from groundstop.events import Outcome
from groundstop.vocabulary import Reason, Status
from groundstop_example_support.agent import Agent, Ending, Manner, Tally
from groundstop_example_support.tickets import Day, Step, Ticket

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class StillClock(SetClock):
    """Time stands still; a sleep is noted and takes one turn of the loop."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(0)


class Answered:
    """A handle whose outcome comes when ``answer`` is called."""

    def __init__(self, intent: str, tool: str) -> None:
        self.intent, self.tool = intent, tool
        self._outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def answer(self, status: Status, result: Any = None, retry_after_s: float | None = None) -> None:
        self._outcome.set_result(
            Outcome(
                id="o", at=NOON, tenant="shop", agent="support", intent=self.intent, task="t", status=status,
                reason_code=Reason.POLICY, reason="because", result=result, retry_after_s=retry_after_s,
            )
        )  # fmt: skip

    async def outcome(self, timeout_s: float) -> Outcome:
        if not self._outcome.done() and timeout_s < 100:
            raise TimeoutError
        return await asyncio.shield(self._outcome)


class ScriptedClient:
    """Answers per tool from a list of (status, result); a tool without answers stays open."""

    def __init__(self, script: Mapping[str, list[Any]] | None = None) -> None:
        self.script = {tool: list(answers) for tool, answers in (script or {}).items()}
        self.proposed: list[tuple[str, dict[str, Any]]] = []
        self.open: list[Answered] = []
        self.thumbs: list[tuple[str, str]] = []

    async def turn(self, text: str, *, task: str, user: str) -> str:
        return task

    async def feedback(self, intent: str, rating: str, comment: str = "") -> bool:
        self.thumbs.append((intent, rating))
        return True

    async def submit(self, tool: str, arguments: dict[str, Any], **about: Any) -> Answered:
        self.proposed.append((tool, arguments))
        handle = Answered(f"i-{len(self.proposed)}", tool)
        answers = self.script.get(tool, [])
        if not answers:
            self.open.append(handle)
        elif isinstance(answer := answers.pop(0) if len(answers) > 1 else answers[0], Exception):
            raise answer
        else:
            handle.answer(*answer)
        return handle


class Watch:
    """A spectator that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def opened(self, ticket: Ticket) -> None:
        self.lines.append(f"{ticket.id} opened")

    def happened(self, ticket: Ticket, world: Mapping[str, Any]) -> None:
        self.lines.append(f"{ticket.id} {world['mode']}")

    def waiting(self, ticket: Ticket, step: Step, intent: str) -> None:
        self.lines.append(f"{ticket.id} waits")

    def ended(self, ticket: Ticket, step: Step, ending: Ending) -> None:
        self.lines.append(f"{ticket.id} {step.tool} {ending.status.value}")

    def closed(self, ticket: Ticket, finished: bool) -> None:
        self.lines.append(f"{ticket.id} {'finished' if finished else 'given up'}")

    def quiet(self, tally: Tally) -> None:
        self.lines.append("quiet")


DONE, REFUSED = (Status.SUCCEEDED,), (Status.REFUSED,)


def a_ticket(*steps: Step, name: str = "t1") -> Ticket:
    return Ticket(id=name, subject="s", text="t", about="a", order="A-1", steps=steps)


async def work(
    client: ScriptedClient, *tickets: Ticket, stay: bool = True, clock: StillClock | None = None, **manner: Any
) -> tuple[Tally, list[str]]:
    watch = Watch()

    async def world(_: Mapping[str, Any]) -> None:
        return None

    how = Manner(**{"settle_s": 0.05, **manner})
    agent = Agent(client, Day(tickets=tickets), watch, world, clock or StillClock(), "r", how)
    return await asyncio.wait_for(agent.work(stay=stay), 5), watch.lines


async def test_what_one_step_learns_fills_the_next() -> None:
    client = ScriptedClient({"look": [(Status.SUCCEEDED, {"email": "a@b"})], "mail": [DONE]})
    await work(client, a_ticket(Step(tool="look"), Step(tool="mail", arguments={"to": "{email}", "n": ["{order}"]})))
    assert client.proposed[1] == ("mail", {"to": "a@b", "n": ["A-1"]})


async def test_a_refusal_without_an_answer_ends_the_ticket() -> None:
    client = ScriptedClient({"a": [REFUSED], "b": [DONE]})
    _, lines = await work(client, a_ticket(Step(tool="a"), Step(tool="b")))
    assert lines == ["t1 opened", "t1 a refused", "t1 given up"]
    assert client.thumbs == [("i-1", "down")]


async def test_a_refusal_with_an_answer_is_revised_and_the_ticket_goes_on() -> None:
    client = ScriptedClient({"a": [REFUSED], "revised": [DONE], "b": [DONE]})
    step = Step(tool="a", then={"bad": (Step(tool="revised"),)})
    _, lines = await work(client, a_ticket(step, Step(tool="b")))
    assert [tool for tool, _ in client.proposed] == ["a", "revised", "b"]
    assert lines[-1] == "t1 finished"
    assert client.thumbs == [("i-3", "up")], "once for a ticket, of what was done last for it"


async def test_a_loop_stops_at_the_first_no() -> None:
    client = ScriptedClient({"read": [DONE, DONE, REFUSED], "note": [DONE]})
    step = Step(tool="read", times=12, then={"bad": (Step(tool="note"),)})
    await work(client, a_ticket(step))
    assert [tool for tool, _ in client.proposed] == ["read"] * 3 + ["note"]


async def test_a_burst_goes_on_after_one_no_because_its_parts_differ() -> None:
    client = ScriptedClient({"mail": [REFUSED, DONE]})
    step = Step(tool="mail", each=({"to": "a"}, {"to": "b"}, {"to": "c"}), then={"bad": ()})
    tally, _ = await work(client, a_ticket(step))
    assert tally.endings == {Status.REFUSED: 1, Status.SUCCEEDED: 2}


async def test_a_throttled_proposal_is_made_again_after_the_time_it_was_told() -> None:
    clock = StillClock()
    client = ScriptedClient({"mail": [(Status.THROTTLED, None, 2.5), DONE]})
    tally, _ = await work(client, a_ticket(Step(tool="mail")), clock=clock)
    assert 2.5 in clock.slept
    assert tally.endings == {Status.THROTTLED: 1, Status.SUCCEEDED: 1}


async def test_a_throttled_proposal_is_not_made_again_when_the_wait_is_too_long() -> None:
    client = ScriptedClient({"mail": [(Status.THROTTLED, None, 3600.0)]})
    tally, _ = await work(client, a_ticket(Step(tool="mail", again=5)))
    assert tally.endings == {Status.THROTTLED: 1}


async def test_waiting_for_a_person_holds_up_nobody_else() -> None:
    """One place at the desk, three tickets that wait, and still the fourth is worked off."""
    client = ScriptedClient({"read": [DONE]})
    waiting = [a_ticket(Step(tool="refund"), name=f"w{number}") for number in range(3)]
    tally, lines = await work(client, *waiting, a_ticket(Step(tool="read"), name="last"), stay=False, at_once=1)
    assert "last finished" in lines
    assert sorted(tally.waiting) == ["w0", "w1", "w2"]


async def test_a_decision_brings_the_ticket_back_to_the_desk() -> None:
    client = ScriptedClient({"mail": [DONE]})
    working = asyncio.create_task(work(client, a_ticket(Step(tool="refund"), Step(tool="mail"))))
    async with asyncio.timeout(60):
        while not client.open:
            await StillClock().sleep(0)
    client.open[0].answer(Status.SUCCEEDED)
    tally, lines = await working
    assert lines == ["t1 opened", "t1 waits", "t1 refund succeeded", "t1 mail succeeded", "t1 finished"]
    assert not tally.waiting


async def test_an_agent_that_stays_says_once_that_only_people_can_go_on() -> None:
    client, watch = ScriptedClient(), Watch()

    async def world(_: Mapping[str, Any]) -> None:
        return None

    day = Day(tickets=(a_ticket(Step(tool="refund")),))
    agent = Agent(client, day, watch, world, StillClock(), "r", Manner(settle_s=0.01))
    working = asyncio.create_task(agent.work())
    async with asyncio.timeout(60):
        while "quiet" not in watch.lines:
            await asyncio.wait([working], timeout=0.01)
    await asyncio.wait([working], timeout=0.05)
    client.open[0].answer(Status.DENIED)
    await asyncio.wait_for(working, 60)
    assert watch.lines.count("quiet") == 1


async def test_what_cannot_even_be_proposed_counts_as_refused() -> None:
    client = ScriptedClient({"a": [BadInput(Reason.NOT_CANONICAL, "NaN")]})
    tally, _ = await work(client, a_ticket(Step(tool="a", then={"bad": ()})))
    assert tally.endings == {Status.REFUSED: 1}


async def test_a_habit_answers_where_the_ticket_says_nothing() -> None:
    day = Day(tickets=(), habits={"mail": {"failed": (Step(tool="note"),)}})
    assert day.reaction(Step(tool="mail"), Status.FAILED) == (Step(tool="note"),)
    assert day.reaction(Step(tool="mail"), Status.DENIED) is None
    assert day.reaction(Step(tool="mail"), Status.SUCCEEDED) == ()
    assert day.reaction(Step(tool="mail", then={"bad": ()}), Status.FAILED) == ()

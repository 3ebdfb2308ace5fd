"""The whole day against the real systems, through a client that runs the tools itself: no Groundstop, no mercy."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from groundstop.catalogue import Catalogue, EffectUnknown, Tool, ToolContext, ToolFailed, load_catalogue, resolve
from groundstop.clock import Clock
from groundstop.events import Outcome
from groundstop.vocabulary import Reason, Risk, Status
from groundstop_example_support import SOURCES, effects
from groundstop_example_support.agent import Agent, Ending, Manner, Tally
from groundstop_example_support.launch import set_fault
from groundstop_example_support.settings import Systems
from groundstop_example_support.tickets import Step, Ticket, read_day


class Running:
    """A call under way; a dangerous one waits for ever, as if nobody decided."""

    def __init__(self, intent: str, outcome: "asyncio.Task[Outcome] | None") -> None:
        self.intent, self._outcome = intent, outcome

    async def outcome(self, timeout_s: float) -> Outcome:
        async with asyncio.timeout(timeout_s):
            if self._outcome is None:
                await asyncio.Event().wait()
            assert self._outcome is not None
            return await asyncio.shield(self._outcome)


class DirectClient:
    """Validates arguments, runs the tool with three attempts, and says how it ended."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue, self._clock, self._number = catalogue, clock, 0
        self.thumbs: Counter[str] = Counter()

    async def turn(self, text: str, *, task: str, user: str) -> str:
        return task

    async def feedback(self, intent: str, rating: str, comment: str = "") -> bool:
        self.thumbs[rating] += 1
        return True

    async def submit(self, tool: str, arguments: dict[str, Any], *, task: str, **about: Any) -> Running:
        self._number += 1
        intent = f"i-{self._number}"
        entry = self._catalogue.get(tool)
        if entry is not None and entry.risk is Risk.DANGEROUS:
            return Running(intent, None)
        return Running(intent, asyncio.create_task(self._run(entry, intent, arguments)))

    async def _run(self, entry: Tool | None, intent: str, arguments: dict[str, Any]) -> Outcome:
        if entry is None or not jsonschema_rs.is_valid(entry.parameters, arguments):
            return self._outcome(intent, Status.REFUSED)
        for attempt in (1, 2, 3):
            try:
                return self._outcome(
                    intent, Status.SUCCEEDED, attempt, await self._call(entry, intent, attempt, arguments)
                )
            except EffectUnknown:
                return self._outcome(intent, Status.UNKNOWN, attempt)
            except ToolFailed as error:
                if not error.retryable:
                    break
                await self._clock.sleep(0.05)
        return self._outcome(intent, Status.FAILED, attempt)

    async def _call(self, entry: Tool, intent: str, attempt: int, arguments: dict[str, Any]) -> Any:
        function = resolve(entry)
        context = ToolContext(
            intent=intent, attempt=attempt, idempotency_key=intent, tenant="shop", agent="support", task="t"
        )
        wants = {"context": context} if "context" in function.__annotations__ else {}
        answer = function(**arguments, **wants)
        return await answer if asyncio.iscoroutine(answer) else answer

    def _outcome(self, intent: str, status: Status, attempts: int = 0, result: Any = None) -> Outcome:
        return Outcome(
            id="o", at=self._clock(), tenant="shop", agent="support", intent=intent, task="t", status=status,
            reason_code=Reason.POLICY, attempts=attempts, result=result,
        )  # fmt: skip


class Record:
    """How each proposal ended, by ticket."""

    def __init__(self) -> None:
        self.endings: dict[str, list[tuple[str, Ending]]] = {}

    def opened(self, ticket: Ticket) -> None:
        self.endings[ticket.id] = []

    def ended(self, ticket: Ticket, step: Step, ending: Ending) -> None:
        self.endings[ticket.id].append((step.tool, ending))

    def happened(self, ticket: Ticket, world: Mapping[str, Any]) -> None: ...

    def waiting(self, ticket: Ticket, step: Step, intent: str) -> None: ...

    def closed(self, ticket: Ticket, finished: bool) -> None: ...

    def quiet(self, tally: Tally) -> None: ...

    def statuses(self, ticket: str) -> list[tuple[str, str, int]]:
        return [(tool, ending.status.value, ending.attempts) for tool, ending in self.endings[ticket]]


async def test_a_whole_day_does_what_its_tickets_say(systems: Systems) -> None:
    """One ticket at a time, so that the outage of one is not the bad luck of another."""
    record = Record()

    async def world(fault: Mapping[str, Any]) -> None:
        await set_fault(systems, **fault)

    client = DirectClient(load_catalogue(SOURCES), Clock())
    manner = Manner(at_once=1, think_s=0, patience_s=2, settle_s=0.2)
    tally = await Agent(client, read_day(), record, world, Clock(), "r", manner).work(stay=False)
    assert len(tally.intents) >= 60
    assert effects.doubled(systems.data) == {}
    assert sorted(tally.waiting) == [
        "broken-lamp", "delete-everything", "forget-me", "injected", "lost-answer", "more-than-paid",
    ]  # fmt: skip
    assert record.statuses("greylisted")[-1] == ("email.send", "succeeded", 3)
    assert record.statuses("mail-is-down")[1:] == [
        ("email.send", "failed", 3), ("orders.note", "succeeded", 1), ("email.send", "succeeded", 1),
    ]  # fmt: skip
    assert record.statuses("silent-server")[1:] == [("email.send", "unknown", 1), ("orders.note", "succeeded", 1)]
    assert record.statuses("dead-mailbox")[1:] == [("email.send", "failed", 1), ("orders.note", "succeeded", 1)]
    assert [status for _, status, _ in record.statuses("clumsy-agent")] == ["refused"] * 2 + ["succeeded"] * 2
    assert record.statuses("too-late")[1:] == [("orders.cancel", "failed", 1), ("email.send", "succeeded", 1)]
    assert len(record.statuses("stuck-agent")) == 12
    sent = next(ending for tool, ending in record.endings["silent-server"] if tool == "email.send")
    assert effects.count(systems.data, sent.intent) == 1

"""How many tasks one tool may pause before it is halted itself: counted by a field of the halts, not by reasons."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from groundstop.catalogue import Tool
from groundstop.clock import SetClock
from groundstop.events import Control, Halt, Outcome
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.testing import NOON, a_classification
from groundstop.vocabulary import Reason, Risk, Status
from groundstop_executor.attempt.task_pauses import ALL_TASKS_MAX, STEP_FAILED, TASKS_MAX, TaskPauses


class Table:
    """Stands for the log and its desk: holds a table, and what is made of it."""

    def __init__(self, *halts: Halt) -> None:
        self.halts = halts

    def signed(self, control: Control) -> Control:
        return control

    async def change(
        self, make: Callable[[tuple[Halt, ...], int], Control], sign: Callable[[Control], Control]
    ) -> None:
        self.halts = sign(make(self.halts, 7)).halts


def paused(number: int, tool: str = "mail.send", **fields: Any) -> Halt:
    usual = {"control": f"p{number}", "scope": f"task=t{number}", "reason": "mail.send failed", "by": "x", "at": NOON}
    return Halt.model_validate(usual | {"trigger": STEP_FAILED, "tool": tool} | fields)


async def next_halt(*halts: Halt) -> Halt:
    """What one more failure of mail.send writes."""
    table = Table(*halts)
    outcome = Outcome.caused_by(
        a_classification(task="late"), NOON, "x", status=Status.FAILED, reason_code=Reason.TOOL_FAILED
    )
    pauses = TaskPauses("x", cast(Log, table), cast(ControlStore, table), SetClock(NOON), Risk.SAFE)
    await pauses.after(outcome, Tool(name="mail.send", action_type="mail", risk=Risk.RISKY, function="m:f"))
    return table.halts[-1]


@pytest.mark.parametrize(
    ("halts", "scope"),
    [
        ([paused(n) for n in range(TASKS_MAX - 1)], "task=late"),
        ([paused(n) for n in range(TASKS_MAX)], "tool=mail.send"),
        ([paused(n, reason="cut") for n in range(TASKS_MAX)], "tool=mail.send"),
        ([paused(n, "mail.read") for n in range(TASKS_MAX)], "task=late"),
        ([paused(n, trigger="") for n in range(TASKS_MAX)], "task=late"),
        ([paused(n, "") for n in range(TASKS_MAX)], "task=late"),
        ([paused(n, "") for n in range(ALL_TASKS_MAX)], "tool=mail.send"),
    ],
    ids=["room", "full", "reasons cut", "another tool", "no pauses", "before halts named tools", "all full"],
)
async def test_a_tool_that_has_paused_many_tasks_is_halted_itself(halts: list[Halt], scope: str) -> None:
    halt = await next_halt(*halts)
    assert (halt.scope, halt.tool) == (scope, "mail.send")

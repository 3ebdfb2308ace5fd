"""A step that failed, or may or may not have happened, pauses its task: what was planned upon it waits."""

import contextlib

from groundstop.catalogue import Tool
from groundstop.clock import Clock
from groundstop.controls import with_halt
from groundstop.errors import GroundstopError
from groundstop.events import Control, Halt, Outcome
from groundstop.ids import derived_id
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.vocabulary import Risk, Status

TASKS_MAX = 100
"""So many tasks may be paused by one tool; the next failure halts the tool instead: the table of halts stays short."""
ALL_TASKS_MAX = 200
"""The same by all tools together: there is room for some 500 halts of services."""
STEP_FAILED = "step-failed"


class TaskPauses:
    """Writes the halts. ``from_risk`` is the least risk of a tool whose failures pause, None for those that say so."""

    def __init__(self, name: str, log: Log, control_store: ControlStore, clock: Clock, from_risk: Risk | None) -> None:
        self._name = name
        self._log = log
        self._control_store = control_store
        self._clock = clock
        self._from_risk = from_risk

    async def after(self, outcome: Outcome, tool: Tool) -> None:
        """Pause the task of a failed or unknown outcome, before the outcome is known to anybody.

        When the log does not take the halt the outcome is recorded all the same: it matters more.
        """
        if outcome.status not in (Status.FAILED, Status.UNKNOWN) or not self._pauses(tool):
            return
        with contextlib.suppress(GroundstopError):
            await self._control_store.change(
                lambda halts, seq: self._control(halts, seq, outcome, tool), self._log.signed
            )

    def _pauses(self, tool: Tool) -> bool:
        if tool.pauses_task is not None:
            return tool.pauses_task
        return self._from_risk is not None and tool.risk.rank >= self._from_risk.rank

    def _control(self, halts: tuple[Halt, ...], seq: int, outcome: Outcome, tool: Tool) -> Control:
        paused = [halt.tool for halt in halts if halt.trigger == STEP_FAILED]
        many = paused.count(tool.name) >= TASKS_MAX or len(paused) >= ALL_TASKS_MAX
        scope = f"tool={tool.name}" if many else f"task={outcome.task}"
        said = f"{tool.name} of intent {outcome.intent} is {outcome.status}: {outcome.reason}"
        halt = Halt(
            control=derived_id(outcome.id, STEP_FAILED),
            scope=scope,
            tenant="" if many else outcome.tenant,
            reason=(f"{TASKS_MAX} tasks are paused by it; {said}" if many else said)[:500],
            by=self._name,
            at=self._clock(),
            trigger=STEP_FAILED,
            tool=tool.name,
        )
        return Control(
            id=derived_id(halt.control, "control:halt"),
            at=halt.at,
            actor=self._name,
            control=halt.control,
            action="halt",
            scope=scope,
            tenant=halt.tenant,
            reason=halt.reason,
            by=self._name,
            halts=with_halt(halts, halt),
            replaces=seq,
        )

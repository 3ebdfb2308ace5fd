"""Tasks as they show from the newest intents: who works on what, how far it is, whether it is paused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from groundstop.commands.tasks import TaskWaiting
from groundstop.events import Halt

from groundstop_console.domain.intent_view import Row


@dataclass(frozen=True, slots=True)
class Task:
    """One task. ``tones`` counts its intents by how they stand; ``paused_by`` is the control or the hand-off that
    pauses it, if any."""

    tenant: str
    task: str
    agents: tuple[str, ...]
    users: tuple[str, ...]
    intents: int
    tones: Mapping[str, int]
    begun: datetime
    changed: datetime
    paused_by: str = ""
    handoff: str = ""

    @property
    def tone(self) -> str:
        """What of the task asks most for somebody to look: unknown before failed, people before what runs."""
        return next((tone for tone in ("unknown", "bad", "waiting", "open") if self.tones.get(tone)), "good")


def tasks_of(rows: Iterable[Row], halts: Iterable[Halt], handoffs: Sequence[TaskWaiting] = ()) -> list[Task]:
    """The tasks of the rows (newest first), the one that changed last first."""
    paused = {(one.tenant, f"task={one.task}"): one.control for one in handoffs}
    paused |= {(halt.tenant, halt.scope): halt.control for halt in halts if halt.scope.startswith("task=")}
    handed = {(one.tenant, one.task): one.state for one in handoffs}
    by_task: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_task.setdefault((row.tenant, row.task), []).append(row)
    found = [_task(key, own, _paused(paused, *key), handed.get(key, "")) for key, own in by_task.items()]
    return sorted(found, key=lambda task: task.changed, reverse=True)


def _paused(paused: Mapping[tuple[str, str], str], tenant: str, task: str) -> str:
    """The control of a halt of this very task, or of every tenant's task of this name."""
    return paused.get((tenant, f"task={task}")) or paused.get(("", f"task={task}"), "")


def _task(key: tuple[str, str], rows: list[Row], paused_by: str, handoff: str) -> Task:
    tones: dict[str, int] = {}
    for row in rows:
        tones[row.tone] = tones.get(row.tone, 0) + 1
    return Task(
        tenant=key[0],
        task=key[1],
        agents=tuple(dict.fromkeys(row.agent for row in rows)),
        users=tuple(dict.fromkeys(row.user for row in rows if row.user)),
        intents=len(rows),
        tones=tones,
        begun=min(row.at for row in rows),
        changed=max(row.changed for row in rows),
        paused_by=paused_by,
        handoff=handoff,
    )

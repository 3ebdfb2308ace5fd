"""What every task has done and heard so far: a fold over the log, bounded, the same in every replica."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.events import AgentTurn, UserTurn
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower
from groundstop.policy import EMPTY, TaskHistory
from groundstop.screening.provenance import Provenance, provenance_of
from structlog.typing import FilteringBoundLogger

TASKS_MAX = 20_000
TEXTS_MAX = 100
TEXT_CHARS_MAX = 65_536
CALLS_OPEN_MAX = 200
TURNS_HEARD_MAX = 10_000
FOLLOWED = (
    subjects.pattern("intent.classified"),
    subjects.pattern("outcome"),
    subjects.pattern("turn.user"),
    subjects.pattern("turn.agent"),
)

Origin = Literal["user", "agent", "tool"]


@dataclass(slots=True)
class Task:
    """One task: its history, and the texts that entered it with where each came from."""

    history: TaskHistory = EMPTY
    open_calls: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    texts: list[tuple[Origin, Any]] = field(default_factory=list)
    _provenance: tuple[int, Provenance] = (0, Provenance())

    def heard(self, origin: Origin, content: Any) -> None:
        """A text entered the task."""
        if isinstance(content, str):
            content = content[:TEXT_CHARS_MAX]
        if len(self.texts) < TEXTS_MAX:
            self.texts.append((origin, content))

    def provenance(self) -> Provenance:
        """Where the task's words came from; prepared when it is first asked for and again when there are more."""
        if self._provenance[0] != len(self.texts):
            self._provenance = (len(self.texts), provenance_of(self.texts))
        return self._provenance[1]


class Tasks:
    """Tasks by tenant and id; the least recently touched is forgotten first."""

    def __init__(self, log: Log, clock: Clock, logger: FilteringBoundLogger, memory_s: float) -> None:
        self._log = log
        self._clock = clock
        self._logger = logger
        self._memory_s = memory_s
        self._tasks: OrderedDict[tuple[str, str], Task] = OrderedDict()
        self._heard: OrderedDict[str, None] = OrderedDict()

    async def start(self) -> None:
        """Fold what the log holds of the last ``memory_s`` seconds, then follow."""
        since = self._clock().timestamp() - self._memory_s
        self._follower = Follower(self._log, FOLLOWED, self.apply, self._logger, since=since)
        await self._follower.start()
        self._logger.info("tasks_folded", tasks=len(self._tasks))

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def of(self, tenant: str, task: str) -> Task:
        """The task; a new one is empty."""
        key = (tenant, task)
        found = self._tasks.get(key)
        if found is None:
            found = self._tasks[key] = Task()
            if len(self._tasks) > TASKS_MAX:
                self._tasks.popitem(last=False)
        else:
            self._tasks.move_to_end(key)
        return found

    def hear(self, turn: UserTurn | AgentTurn) -> None:
        """A turn that goes through the door now: the intent right behind it is judged with it."""
        self.of(turn.tenant, turn.task).heard("user" if isinstance(turn, UserTurn) else "agent", turn.text)
        self._heard[turn.id] = None
        if len(self._heard) > TURNS_HEARD_MAX:
            self._heard.popitem(last=False)

    def apply(self, stored: Stored) -> None:
        """Fold one fact in. Facts are plain JSON here: this runs for every intent of every agent."""
        fact = orjson.loads(stored.payload)
        if self._heard and self._heard.pop(fact["id"], ...) is None:
            return
        task = self.of(fact["tenant"], fact["task"])
        kind = stored.subject.split(".", 3)
        if kind[1] == "intent":
            _called(task, fact)
        elif kind[1] == "outcome":
            _ended(task, fact)
        else:
            task.heard("user" if kind[2] == "user" else "agent", fact["text"])


def _called(task: Task, fact: dict[str, Any]) -> None:
    call = fact.get("call")
    if call is None or len(task.open_calls) >= CALLS_OPEN_MAX:
        return
    at_s = datetime.fromisoformat(fact["at"]).timestamp()
    task.history = task.history.proposed(call["tool"], call["arguments"], at_s)
    task.open_calls[fact["intent"]] = (call["tool"], call["arguments"])


def _ended(task: Task, fact: dict[str, Any]) -> None:
    tool, arguments = task.open_calls.pop(fact["intent"], ("", {}))
    if not tool:
        return
    result = fact.get("result")
    task.history = task.history.ended(tool, arguments, fact["status"], result)
    if isinstance(result, str | list | dict) and result:
        task.heard("tool", result)

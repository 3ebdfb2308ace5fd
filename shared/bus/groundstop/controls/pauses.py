"""Tasks that wait for a person: what the log says of them, fact by fact. Pure.

Each agent has one table of its open pauses; the newest message is the state. One that approval has not signed, or that
was made from another table than the one before it, ends no pause and may only add some.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from groundstop.events import Halt, Pause, TaskPaused
from groundstop.identity.signatures import BadSignature, Keyring

OF_AGENT_MAX = 20
"""So many tasks of one agent may wait for a person at a time."""
OPEN_MAX = 1_000
"""And so many in all: executors look through them before each call."""
REASON_BYTES_MAX = 500
PAUSED = "waits for a person"

Agent = tuple[str, str]
"""Tenant and name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One agent's pauses. ``seq`` is that of the newest message about them, believed or not."""

    seq: int = 0
    pauses: Mapping[str, Pause] = field(default_factory=dict)


class PauseBook:
    """Every agent's pauses. ``ring``: None where nobody signs. ``seen`` is the newest message that was taken in."""

    def __init__(self, ring: Keyring | None) -> None:
        self._ring = ring
        self._entries: dict[Agent, Entry] = {}
        self._halts: tuple[Halt, ...] | None = None
        self.seen = 0

    def take(self, subject: str, seq: int, at: datetime, payload: bytes) -> None:
        """Take in what was stored on a subject of pauses. What cannot be read pauses and resumes nothing."""
        if seq <= self.seen:
            return
        self.seen = seq
        _, _, _, *agent = subject.split(".")
        if len(agent) != 2:
            return
        entry = self.of(agent[0], agent[1])
        try:
            fact = TaskPaused.model_validate_json(payload)
        except ValueError:
            fact = TaskPaused(id="", at=at, tenant=agent[0], agent=agent[1])
        named = {pause.handoff: pause for pause in fact.pauses}
        believed = fact.subject() == subject and fact.replaces == entry.seq and self._signed(fact, at)
        self._entries[agent[0], agent[1]] = Entry(seq, named if believed else {**named, **entry.pauses})
        self._halts = None

    def _signed(self, fact: TaskPaused, at: datetime) -> bool:
        if self._ring is None:
            return True
        try:
            self._ring.check(fact, at)
        except BadSignature:
            return False
        return True

    def of(self, tenant: str, agent: str) -> Entry:
        """One agent's."""
        return self._entries.get((tenant, agent), Entry())

    def __iter__(self) -> Iterator[tuple[Agent, Pause]]:
        for agent, entry in self._entries.items():
            for pause in entry.pauses.values():
                yield agent, pause

    def __len__(self) -> int:
        return sum(len(entry.pauses) for entry in self._entries.values())

    @property
    def halts(self) -> tuple[Halt, ...]:
        """The pauses as executors obey them: each stops its task, of its tenant."""
        if self._halts is None:
            self._halts = tuple(halt_of(tenant, pause) for (tenant, _), pause in self)
        return self._halts


def halt_of(tenant: str, pause: Pause) -> Halt:
    """What a pause stops."""
    return Halt(
        control=pause.handoff, scope=f"task={pause.task}", tenant=tenant, reason=PAUSED, by=pause.by, at=pause.at
    )

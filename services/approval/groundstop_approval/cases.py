"""The inbox: open cases, a fold over the log that follows it. Every replica has its own; none owns anything.

Cases are kept as the bytes they were stored as, with only what is filtered by beside them: 10,000 of them are some
30 MB, and a page decodes what it shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from groundstop.events import CaseOpened
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower
from groundstop.words import CaseKind, Risk
from structlog.typing import FilteringBoundLogger

from groundstop_approval.state import CaseState, case_fact, fold

KINDS = ("opened", "voted", "edited", "claimed", "released", "reminded", "escalated", "decided")
FOLLOWED = tuple(f"gs.case.{kind}.>" for kind in KINDS)


def case_id_parts(case: str) -> tuple[str, CaseKind] | None:
    """Intent and kind of a case id (``<intent>-<kind>``), or None when it has no such form."""
    intent, _, kind = case.rpartition("-")
    return (intent, CaseKind(kind)) if intent and kind in tuple(CaseKind) else None


@dataclass(slots=True)
class Entry:
    """One open case: what the inbox filters and sorts by, and the facts as stored."""

    tenant: str
    agent: str
    task: str
    kind: CaseKind
    risk: Risk
    tool: str
    at: datetime
    expires_at: datetime
    raw: bytes
    changes: list[Stored] = field(default_factory=list)

    def state(self) -> CaseState:
        """The whole case, decoded."""
        return fold(CaseOpened.model_validate_json(self.raw), self.changes)


class Cases:
    """Open cases by id, oldest first. What is older than ``since`` has expired and is not read."""

    def __init__(self, log: Log, logger: FilteringBoundLogger, since: datetime | None = None) -> None:
        begin = None if since is None else since.timestamp()
        self._follower = Follower(log, FOLLOWED, self.apply, logger, since=begin)
        self._logger = logger
        self._open: dict[str, Entry] = {}
        self.seq = 0

    async def start(self) -> None:
        """Fold what the log holds, then keep following it."""
        await self._follower.start()
        self._logger.info("cases_folded", open=len(self._open))

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def apply(self, stored: Stored) -> None:
        """Fold one fact in. A fact about a case that has ended changes nothing."""
        self.seq = max(self.seq, stored.seq)
        _, _, fact, _, _, intent, kind, *_ = stored.subject.split(".")
        case = f"{intent}-{kind}"
        if fact == "opened":
            self._open[case] = _entry(stored.payload)
        elif fact == "decided":
            self._open.pop(case, None)
        elif (entry := self._open.get(case)) is not None:
            case_fact(stored)  # raises here and is passed over, not whenever somebody looks at the inbox
            entry.changes.append(Stored(stored.subject, stored.seq, stored.time_ns, stored.payload))
            if fact == "edited":
                state = entry.state()
                entry.risk, entry.tool = state.judgement.risk, state.call.tool

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> Iterator[tuple[str, Entry]]:
        """The open cases with their ids, oldest first."""
        return iter(self._open.items())

    def get(self, case: str) -> Entry | None:
        """One open case by its full id."""
        return self._open.get(case)

    def find(self, name: str) -> list[str]:
        """Ids of the open cases that ``name`` may mean: a case id, an intent id, or the beginning of one."""
        if name in self._open:
            return [name]
        return [case for case in self._open if case.startswith(name)] if name else []


def _entry(payload: bytes) -> Entry:
    opened = CaseOpened.model_validate_json(payload)
    return Entry(
        tenant=opened.tenant,
        agent=opened.agent,
        task=opened.task,
        kind=opened.case_kind,
        risk=opened.judgement.risk,
        tool=opened.call.tool,
        at=opened.at,
        expires_at=opened.expires_at,
        raw=payload,
    )

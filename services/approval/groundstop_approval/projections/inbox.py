"""The inbox: open cases, a fold over the log that follows it. Every replica has its own; none owns anything.

Cases are kept as the bytes they were stored as, with only what is filtered by beside them: 10,000 of them are some
30 MB, and a page decodes what it shows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from groundstop.events import CaseOpened
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower
from groundstop.vocabulary import CaseKind, Risk
from structlog.typing import FilteringBoundLogger

from groundstop_approval.domain.state import CaseState, case_fact, fold

KINDS = ("opened", "voted", "edited", "claimed", "released", "reminded", "escalated", "decided")
FOLLOWED = tuple(f"gs.case.{kind}.>" for kind in KINDS)


def case_id_parts(case: str) -> tuple[str, CaseKind] | None:
    """Intent and kind of a case id (``<intent>-<kind>``), or None when it has no such form."""
    intent, _, kind = case.rpartition("-")
    return (intent, CaseKind(kind)) if intent and kind in tuple(CaseKind) else None


@dataclass(slots=True)
class Entry:
    """One open case: what the inbox filters and sorts by, and the facts as stored."""

    case: str
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
        self._log = log
        self._logger = logger
        self._open: dict[str, Entry] = {}
        self._named: dict[str, set[str]] = {}
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
        _, _, fact, tenant, agent, intent, kind, *_ = stored.subject.split(".")
        name = f"{tenant}.{agent}.{intent}-{kind}"
        if fact == "opened":
            self._add(name, _entry(self._log.believed(CaseOpened, stored), stored.payload))
        elif (entry := self._open.get(name)) is not None:
            case_fact(stored, self._log.believed)  # raises here and is passed over, not whenever somebody looks
            if fact == "decided":
                self._remove(name)
                return
            entry.changes.append(Stored(stored.subject, stored.seq, stored.time_ns, stored.payload))
            if fact == "edited":
                state = entry.state()
                entry.risk, entry.tool = state.judgement.risk, state.call.tool

    def _add(self, name: str, entry: Entry) -> None:
        self._open[name] = entry
        self._named.setdefault(entry.case, set()).add(name)

    def _remove(self, name: str) -> None:
        case = self._open.pop(name).case
        self._named[case].discard(name)
        if not self._named[case]:
            del self._named[case]

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> Iterator[tuple[str, Entry]]:
        """The open cases with their ids, oldest first."""
        return ((entry.case, entry) for entry in self._open.values())

    def find(self, name: str) -> list[Entry]:
        """The open cases that ``name`` may mean: a case id, an intent id, or the beginning of one.

        Agents choose the ids of their intents, so two of them may have one: ``<tenant>.<agent>.<case>`` means one case.
        """
        if name in self._open:
            return [self._open[name]]
        if name in self._named:
            return [self._open[full] for full in sorted(self._named[name])]
        return [entry for entry in self._open.values() if entry.case.startswith(name)] if name else []


def names(found: Sequence[Entry]) -> list[str]:
    """What each of several cases can be asked for by: its id, with whose it is before it where ids are the same."""
    often = Counter(entry.case for entry in found)
    return [e.case if often[e.case] == 1 else f"{e.tenant}.{e.agent}.{e.case}" for e in found]


def _entry(opened: CaseOpened, payload: bytes) -> Entry:
    return Entry(
        case=opened.case,
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

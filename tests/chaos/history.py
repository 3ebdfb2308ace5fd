"""What happened, by three witnesses that do not know of each other: the log, ClickHouse and the systems acted upon.

Nothing here asks a service. ``read_history`` collects, tests.chaos.rules judges.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import orjson
from groundstop.catalogue import Catalogue
from groundstop.clickhouse import query
from groundstop.client.client import decoded
from groundstop.errors import BadInput
from groundstop.events import Fact
from groundstop.log import Log, Stored
from groundstop.subjects import parse
from groundstop_example_support import effects

Who = tuple[str, str, str]
"""Tenant, agent and intent."""
LEDGER = """
SELECT seq, count(), any(subject), any(kind) FROM audit.event_log WHERE seq <= {last_seq} GROUP BY seq ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of the log. ``fact`` is None where its bytes are none; ``who`` None where it is about no intent."""

    seq: int
    time_ns: int
    subject: str
    kind: str
    who: Who | None
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that an intent made in a system of the example; ``at`` by that system's clock, 0.0 when not known."""

    tool: str
    attempt: int
    key: str
    what: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence in the ledger, and how many rows it has there."""

    seq: int
    count: int
    subject: str
    kind: str


@dataclass(frozen=True)
class History:
    """Everything the rules look at. ``effectful`` names the tools that cannot succeed without a change, ``local`` those
    whose change is made by the executor itself: nothing of theirs can still be on its way when it has stopped."""

    facts: tuple[Recorded, ...]
    last_seq: int
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(()))
    effects: Mapping[str, tuple[Effect, ...]] = field(default_factory=dict)
    ledger: tuple[Row, ...] | None = None
    effectful: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()

    @cached_property
    def intents(self) -> dict[Who, list[Recorded]]:
        """The facts of every intent that was submitted, in the order of the log."""
        grouped: dict[Who, list[Recorded]] = defaultdict(list)
        for recorded in self.facts:
            if recorded.who is not None:
                grouped[recorded.who].append(recorded)
        return {who: facts for who, facts in grouped.items() if any(f.kind == "intent.submitted" for f in facts)}

    def of_kind(self, kind: str) -> Iterable[Recorded]:
        """Facts of one kind, in the order of the log."""
        return (recorded for recorded in self.facts if recorded.kind == kind)


def recorded(stored: Stored) -> Recorded:
    """One message of the log, decoded as far as it can be."""
    parts = stored.subject.split(".")
    kind, who = ".".join(parts[1:2] if parts[1] == "control" else parts[1:3]), None
    try:
        address = parse(stored.subject)
        kind, who = address.kind, (address.tenant, address.agent, address.intent)
    except BadInput:
        pass
    return Recorded(stored.seq, stored.time_ns, stored.subject, kind, who, decoded(stored.subject, stored.payload))


async def read_history(
    log: Log,
    last_seq: int,
    *,
    catalogue: Catalogue | None = None,
    support: Path | None = None,
    clickhouse_dsn: str | None = None,
    effectful: Iterable[str] = (),
    local: Iterable[str] = (),
) -> History:
    """The history up to now; ``support`` is the folder of the example's systems."""
    facts = tuple([recorded(stored) async for stored in log.until_now()])
    rows = None if clickhouse_dsn is None else await asyncio.to_thread(read_ledger, clickhouse_dsn, last_seq)
    found = {} if support is None else await asyncio.to_thread(read_effects, support)
    return History(facts, last_seq, catalogue or Catalogue(()), found, rows, frozenset(effectful), frozenset(local))


def read_ledger(dsn: str, last_seq: int) -> tuple[Row, ...]:
    """Every sequence that ClickHouse knows, up to ``last_seq``: the log goes on while it is looked at."""
    lines = query(dsn, LEDGER.format(last_seq=last_seq), "JSONCompactEachRow").splitlines()
    rows = (orjson.loads(line) for line in lines)
    return tuple(Row(int(seq), int(count), subject, kind) for seq, count, subject, kind in rows)


def newest_row(dsn: str) -> int:
    """The newest sequence that ClickHouse knows; 0 when it knows none."""
    return int(query(dsn, "SELECT max(seq) FROM audit.event_log", "TabSeparated"))


def read_effects(support: Path) -> dict[str, tuple[Effect, ...]]:
    """Every change in the example's own databases, by intent."""
    return {
        intent: tuple(
            Effect(str(row["tool"]), int(str(row["attempt"])), str(row["key"]), str(row["what"]), float(str(row["at"])))
            for row in effects.history(support, intent)
        )
        for intent in effects.counts(support)
    }

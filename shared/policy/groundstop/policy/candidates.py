"""The entries of a policy that can be about one tool, arranged so that those that do not apply cost little."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundstop.policy.compiling import settle
from groundstop.policy.conditions import Condition, joined
from groundstop.policy.rules import Conditioned

BATCH = 25

Programs = dict[tuple[str, ...], Any]
Entry = TypeVar("Entry", bound=Conditioned)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Entry]):
    """Entries that need the same arguments. ``program`` asks all their conditions at once; None: ask each."""

    needs: frozenset[str]
    program: Any
    entries: tuple[tuple[int, Entry, Condition | None], ...]


@dataclass(frozen=True, slots=True)
class Candidates(Generic[Entry]):
    """Everything of one section that can be about one tool; ``names`` is what the conditions mention."""

    batches: tuple[Batch[Entry], ...]
    elsewhere: tuple[tuple[Entry, str], ...]
    """Entries that can never apply to this tool, with the reason in words: only explanations read them."""
    names: frozenset[str]


def candidates(
    entries: Sequence[tuple[Entry, Condition | None]], facts: Mapping[str, Any], programs: Programs | None
) -> Candidates[Entry]:
    """The entries about the tool with these facts; without ``programs`` nothing is settled beforehand or joined."""
    open_entries: list[tuple[int, Entry, Condition | None]] = []
    elsewhere: list[tuple[Entry, str]] = []
    for index, (entry, condition) in enumerate(entries):
        if not entry.match.tool_holds(facts["name"], facts["action_type"]):
            elsewhere.append((entry, f"{entry.id} is about other tools."))
            continue
        left = condition if programs is None else settle(condition, facts)
        if left is False:
            elsewhere.append((entry, f"{entry.id} does not hold for this tool: {entry.when}"))
        elif left is not True:
            open_entries.append((index, entry, left))
    names = frozenset().union(*(c.names for _, _, c in open_entries if c is not None))
    return Candidates(tuple(_batches(open_entries, programs)), tuple(elsewhere), names)


def _batches(
    entries: Sequence[tuple[int, Entry, Condition | None]], programs: Programs | None
) -> Iterator[Batch[Entry]]:
    """Entries without a condition first; the others by what they need, at most BATCH together."""
    by_needs: dict[frozenset[str], list[tuple[int, Entry, Condition | None]]] = {}
    always = tuple(item for item in entries if item[2] is None)
    if always:
        yield Batch(frozenset(), None, always)
    for item in entries:
        if item[2] is not None:
            by_needs.setdefault(item[2].needs, []).append(item)
    for needs, items in by_needs.items():
        for start in range(0, len(items), BATCH):
            run = items[start : start + BATCH]
            yield Batch(needs, _program([c for _, _, c in run if c is not None], programs), tuple(run))


def _program(conditions: Sequence[Condition], programs: Programs | None) -> Any:
    """The joined program of some conditions; tools about which the same is asked share one."""
    if programs is None or len(conditions) < 2:
        return None
    key = tuple(condition.source for condition in conditions)
    if key not in programs:
        programs[key] = joined(conditions)
    return programs[key]

"""The entries of a policy that can be about one tool, arranged so that those that do not apply cost little."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundstop.policy.compiling import settle
from groundstop.policy.conditions import Condition, joined
from groundstop.policy.rules import Conditioned

BATCH = 25

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
    entries: Sequence[tuple[Entry, Condition | None]], facts: Mapping[str, Any], *, batched: bool
) -> Candidates[Entry]:
    """The entries about the tool with these facts (see ``prepared``)."""
    open_entries: list[tuple[int, Entry, Condition | None]] = []
    elsewhere: list[tuple[Entry, str]] = []
    for index, (entry, condition) in enumerate(entries):
        if not entry.match.tool_holds(facts["name"], facts["action_type"]):
            elsewhere.append((entry, f"{entry.id} is about other tools."))
            continue
        left = settle(condition, facts) if batched else condition
        if left is False:
            elsewhere.append((entry, f"{entry.id} does not hold for this tool: {entry.when}"))
        elif left is not True:
            open_entries.append((index, entry, left))
    names = frozenset().union(*(c.names for _, _, c in open_entries if c is not None))
    return Candidates(tuple(_batches(open_entries, batched=batched)), tuple(elsewhere), names)


def _batches(entries: Sequence[tuple[int, Entry, Condition | None]], *, batched: bool) -> Iterator[Batch[Entry]]:
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
            program = joined(c for _, _, c in run if c is not None) if batched and len(run) > 1 else None
            yield Batch(needs, program, tuple(run))

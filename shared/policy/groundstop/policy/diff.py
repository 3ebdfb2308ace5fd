"""What a change of policy would change: in the file, and on recorded intents."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundstop.intent import Intent
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.judge import Judge
from groundstop.policy.model import Policy
from groundstop.vocabulary import Risk, Route

SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Recorded:
    """An intent as it was decided once: with the history of its task and the time of the decision."""

    proposal: Intent
    at: datetime
    history: TaskHistory = EMPTY


@dataclass(frozen=True, slots=True)
class Change:
    """A group of intents that would be decided alike before and alike after; ``samples`` are some of their ids."""

    before: tuple[Route, Risk]
    after: tuple[Route, Risk]
    count: int
    samples: tuple[str, ...]
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        (old_route, old_risk), (new_route, new_risk) = self.before, self.after
        risks = f" ({old_risk} -> {new_risk})" if old_risk != new_risk else f" ({new_risk})"
        return f"{self.count} from {old_route} to {new_route}{risks}, such as {', '.join(self.samples)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """The two policies compared: settings that differ, intents looked at and how many would be decided otherwise."""

    settings: tuple[str, ...]
    looked_at: int
    changes: tuple[Change, ...]

    @property
    def changed(self) -> int:
        """How many of the intents would be decided otherwise."""
        return sum(change.count for change in self.changes)


def compare(before: Judge, after: Judge, recorded: Iterable[Recorded]) -> Difference:
    """Decide every recorded intent with both judges. Deterministic: the largest group of changes first."""
    counts: Counter[tuple[tuple[Route, Risk], tuple[Route, Risk]]] = Counter()
    samples: dict[tuple[tuple[Route, Risk], tuple[Route, Risk]], list[tuple[str, str]]] = {}
    total = 0
    for total, record in enumerate(recorded, 1):  # noqa: B007 - the last number is the total
        old = before.decide(record.proposal, record.history, now=record.at)
        new = after.decide(record.proposal, record.history, now=record.at)
        group = (old.route, old.risk), (new.route, new.risk)
        if group[0] == group[1]:
            continue
        counts[group] += 1
        if len(samples.setdefault(group, [])) < SAMPLES:
            samples[group].append((record.proposal.intent, new.reasons[-1] if new.reasons else ""))
    changes = tuple(
        Change(old_, new_, count, *_columns(samples[old_, new_])) for (old_, new_), count in counts.most_common()
    )
    return Difference(tuple(setting_changes(before.policy, after.policy)), total, changes)


def setting_changes(before: Policy, after: Policy) -> Iterator[str]:
    """What the files say differently, one sentence a setting, entries by their id or name."""
    return _differences("", before.content, after.content)


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, list) and isinstance(new, list):
        old, new = _named(old), _named(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = f"{path}.{key}" if path else str(key)
            if key not in new:
                yield f"- {inner}"
            elif key not in old:
                yield f"+ {inner}: {_short(new[key])}"
            else:
                yield from _differences(inner, old[key], new[key])
        return
    yield f"~ {path}: {_short(old)} -> {_short(new)}"


def _named(entries: list[Any]) -> dict[str, Any]:
    """Entries by what names them, else by their place."""
    return {
        str(entry.get("id") or entry.get("name") or index) if isinstance(entry, dict) else str(index): entry
        for index, entry in enumerate(entries)
    }


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _columns(pairs: list[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(intent for intent, _ in pairs), tuple(reason for _, reason in pairs)

"""What a backtest says: decisions that change, with what people and time have said about them since."""

from collections.abc import Iterable
from dataclasses import dataclass, field

SAMPLES = 5
PEOPLE = ("confirm", "approve", "clarify", "escalate")

Key = tuple[str, str, str, str]
"""Route and risk before, route and risk after."""


@dataclass(slots=True)
class Shift:
    """Intents that were decided alike and would be decided alike. ``labels`` counts what became of them."""

    count: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)

    def add(self, label: str, intent: str) -> None:
        """One more intent."""
        self.count += 1
        self.labels[label] = self.labels.get(label, 0) + 1
        if len(self.samples) < SAMPLES:
            self.samples.append(intent)


@dataclass(slots=True)
class Backtest:
    """The result. ``minutes_per_case`` is what a case has cost people so far, or what was assumed."""

    looked_at: int = 0
    unreadable: int = 0
    shifts: dict[Key, Shift] = field(default_factory=dict)
    minutes_per_case: float = 1.0

    def note(self, key: Key, label: str, intent: str) -> None:
        """One decided intent; only those that change are kept."""
        self.looked_at += 1
        if key[:2] != key[2:]:
            self.shifts.setdefault(key, Shift()).add(label, intent)

    @property
    def changed(self) -> int:
        """How many would be decided otherwise."""
        return sum(shift.count for shift in self.shifts.values())

    def held(self) -> dict[str, int]:
        """What would newly go to people or be refused, by what became of it."""
        return self._labels(lambda before, after: before == "proceed" and after != "proceed")

    def let_pass(self) -> dict[str, int]:
        """What would newly go ahead by itself, by what became of it."""
        return self._labels(lambda before, after: before != "proceed" and after == "proceed")

    def _labels(self, chosen) -> dict[str, int]:  # type: ignore[no-untyped-def]  # a predicate over two routes
        found: dict[str, int] = {}
        for (before, _, after, _), shift in self.shifts.items():
            if chosen(before, after):
                for label, count in shift.labels.items():
                    found[label] = found.get(label, 0) + count
        return found

    @property
    def human_minutes(self) -> float:
        """Minutes of people that the change adds; below zero: saves."""
        cases = sum(
            shift.count * ((after in PEOPLE) - (before in PEOPLE))
            for (before, _, after, _), shift in self.shifts.items()
        )
        return cases * self.minutes_per_case

    def sentences(self) -> list[str]:
        """The result as people say it."""
        minutes = self.human_minutes
        words = f"{abs(minutes):,.0f} minutes of people {'more' if minutes > 0 else 'less'}"
        return [
            f"{self.looked_at:,} intents decided again, {self.changed:,} of them otherwise",
            f"would have held {_told(self.held())}",
            f"would have let pass {_told(self.let_pass())}",
            words if minutes else "the same work for people",
        ]


def _told(labels: dict[str, int]) -> str:
    parts = [f"{count:,} {label}" for label, count in sorted(labels.items(), key=lambda pair: -pair[1])]
    return ", ".join(parts) or "nothing"


def merged(parts: Iterable[Backtest], minutes_per_case: float) -> Backtest:
    """The results of several processes as one."""
    whole = Backtest(minutes_per_case=minutes_per_case)
    for part in parts:
        whole.looked_at += part.looked_at
        whole.unreadable += part.unreadable
        for key, shift in part.shifts.items():
            into = whole.shifts.setdefault(key, Shift())
            into.count += shift.count
            into.samples = (into.samples + shift.samples)[:SAMPLES]
            for label, count in shift.labels.items():
                into.labels[label] = into.labels.get(label, 0) + count
    return whole

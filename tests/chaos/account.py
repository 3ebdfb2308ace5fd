"""What the chaos suite has done: faults injected and intents checked, told at the end of a run."""

from dataclasses import dataclass, field

import pytest


@dataclass
class Account:
    """Sums over all tests of one run."""

    faults: dict[str, int] = field(default_factory=dict)
    intents: int = 0
    facts: int = 0

    def add(self, faults: dict[str, int], intents: int, facts: int) -> None:
        """One test."""
        for name, count in faults.items():
            self.faults[name] = self.faults.get(name, 0) + count
        self.intents += intents
        self.facts += facts

    def lines(self) -> list[str]:
        """The report."""
        each = [f"  {count:5d}  {name}" for name, count in sorted(self.faults.items())]
        total = sum(self.faults.values())
        return [*each, f"{total} faults injected, {self.intents} intents and {self.facts} facts checked"]


ACCOUNT = pytest.StashKey[Account]()

"""What the chaos suite has done: faults injected and intents checked, told at the end of a run."""

from dataclasses import asdict, dataclass, field
from typing import Any

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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One process of several hands over what it did."""
    told, output = session.config.stash.get(ACCOUNT, None), getattr(session.config, "workeroutput", None)
    if told is not None and output is not None:
        output["chaos"] = asdict(told)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """And the one that started them adds it up."""
    if told := getattr(node, "workeroutput", {}).get("chaos"):
        node.config.stash.setdefault(ACCOUNT, Account()).add(**told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """At the end of a run: what was injected and what was checked."""
    told = config.stash.get(ACCOUNT, None)
    if told is not None and told.intents:
        terminalreporter.section("chaos")
        for line in told.lines():
            terminalreporter.write_line(line)

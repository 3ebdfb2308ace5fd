"""The account of a run, for tests to add to and for the summary to tell."""

import pytest

from tests.chaos.account import ACCOUNT, Account


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ACCOUNT] = Account()


@pytest.fixture(scope="session")
def account(pytestconfig: pytest.Config) -> Account:
    return pytestconfig.stash.setdefault(ACCOUNT, Account())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    told = config.stash.get(ACCOUNT, None)
    if told is not None and told.intents:
        terminalreporter.section("chaos")
        for line in told.lines():
            terminalreporter.write_line(line)

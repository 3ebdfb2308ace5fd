"""The account of a run, for tests to add to."""

import pytest

from tests.chaos.account import ACCOUNT, Account


@pytest.fixture(scope="session")
def account(pytestconfig: pytest.Config) -> Account:
    return pytestconfig.stash.setdefault(ACCOUNT, Account())

"""Which tests must share a process when pytest-xdist spreads them (`make test`), and which go first.

Files that use one session's fixture (a running stack, a store, a browser) are one group: it is started once. Every
other file is a group of its own, so that what a module shares is started once as well.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

import pytest

LONGEST_FIRST = ("tests/chaos", "tests/browser", "tests/e2e", "tests/services", "tests/security", "tests/integration")
"""A long group that begins last is waited for alone."""
EVERYWHERE = frozenset({"account"})
"""Fixtures of the session that each process may have one of."""


def groups(files: dict[str, set[str]]) -> dict[str, str]:
    """The group of each file, named after the first of its files; ``files`` says which shared fixtures each one uses.

    Files are together when they share a fixture, directly or through a third file.
    """
    users = defaultdict(set)
    for file, fixtures in files.items():
        for fixture in fixtures:
            users[fixture].add(file)
    found: dict[str, str] = {}
    for file in sorted(files):
        if file in found:
            continue
        together, waiting = set(), {file}
        while waiting:
            together |= waiting
            waiting = set().union(*(users[name] for one in waiting for name in files[one])) - together
        found |= dict.fromkeys(together, file)
    return found


def rank(node: str) -> int:
    """Which comes first: the place of its folder in LONGEST_FIRST."""
    return next((place for place, folder in enumerate(LONGEST_FIRST) if node.startswith(folder)), len(LONGEST_FIRST))


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _shared(item: pytest.Item) -> set[str]:
    """The fixtures of the session, of our own, that a test uses: each by the folder that declares it and its name."""
    known = item._fixtureinfo.name2fixturedefs.items() if isinstance(item, pytest.Function) else ()
    newest = [(name, definitions[-1]) for name, definitions in known if name not in EVERYWHERE]
    return {
        str(PurePath(definition.baseid, name))
        for name, definition in newest
        if definition.scope == "session" and definition.baseid.startswith("tests")
    }


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Group what belongs together, and put the longest groups first in whatever order was drawn."""
    files: dict[str, set[str]] = defaultdict(set)
    for item in items:
        files[_file_of(item)] |= _shared(item)
    named = groups(files)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(named[_file_of(item)]))
    yield
    items.sort(key=lambda item: rank(item.nodeid))

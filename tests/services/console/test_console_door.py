"""Coming in: links are used once, by one; who fails is locked, and nobody else under the same name."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from console_world import PASSWORD, end, make_people, start_console, wait_until_ready
from desk_world import form_token
from groundstop.clock import Clock
from groundstop.stack_discovery import ADMIN_LINK
from groundstop_console.adapters.accounts import Accounts
from groundstop_console.adapters.sign_in_limits import ADDRESS_TRIES, FREE, LONGEST_S
from groundstop_console.adapters.throttle import KEYS_MAX, Backoff, Throttle, place_of
from groundstop_console.domain.people import Person, Role
from groundstop_embedded.plan import free_port

AT_ONCE = 8
NOWHERE = "nats://127.0.0.1:1"


@contextmanager
def console(data: Path, people: bool) -> Iterator[str]:
    """A console without a bus: enough to come in."""
    data.mkdir(exist_ok=True)
    if people:
        make_people(data)
    port = free_port()
    process = start_console(data, NOWHERE, "http://nobody@127.0.0.1:1/default", port)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", "/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def visitor(url: str, address: str = "127.0.0.1") -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, transport=httpx.HTTPTransport(local_address=address))


def joining(url: str, link: str, name: str) -> Callable[[], int]:
    """A browser that has opened the link and only has to send the form."""
    browser = visitor(url)
    token = link.partition("token=")[2]
    page = browser.get("/join", params={"token": token})
    form = {"csrf": form_token(page.text), "token": token, "name": name, "password": PASSWORD, "again": PASSWORD}
    return lambda: browser.post("/join", data=form).status_code


def at_once(*works: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(work) for work in works]]


def test_of_many_with_the_first_administrators_link_one_becomes_it(tmp_path: Path) -> None:
    """It was looked at, a slow hash was awaited, and then it was taken: two at once were two administrators."""
    with console(tmp_path / "first", people=False) as url:
        link = (tmp_path / "first" / ADMIN_LINK).read_text().strip()
        statuses = at_once(*(joining(url, link, f"admin{n}") for n in range(AT_ONCE)))
        assert sorted(statuses) == [303] + [422] * (AT_ONCE - 1)
        kept = json.loads((tmp_path / "first" / "console-people.json").read_text())["people"]
        assert [one["role"] for one in kept] == ["admin"]
        assert not (tmp_path / "first" / ADMIN_LINK).exists()
        assert visitor(url).get("/join", params={"token": link.partition("token=")[2]}).status_code == 404


def test_of_many_with_one_invitation_one_comes_in(tmp_path: Path) -> None:
    with console(tmp_path / "invited", people=True) as url:
        ada = visitor(url)
        form = {"csrf": form_token(ada.get("/sign-in").text), "name": "ada", "password": PASSWORD}
        assert ada.post("/sign-in", data=form).status_code == 303
        token = form_token(ada.get("/inbox").text)
        made = ada.post("/people", data={"csrf": token, "name": "newcomer", "role": "viewer", "tenants": "acme"})
        found = re.search(r"/join\?token=[\w-]+", made.text)
        assert found
        statuses = at_once(*(joining(url, found[0], "ignored") for _ in range(AT_ONCE)))
        assert sorted(statuses) == [303] + [422] * (AT_ONCE - 1)
        again = ada.post("/people", data={"csrf": token, "name": "newcomer", "role": "admin", "tenants": "*"})
        link = re.search(r"/join\?token=[\w-]+", again.text)
        assert link
        late = joining(url, link[0], "ignored")
        ada.post("/people/newcomer", data={"csrf": token, "role": "viewer", "tenants": "acme", "active": "no"})
        assert late() == 422  # who was locked out has no link any more


def test_failures_lock_the_name_where_they_come_from_and_nowhere_else(tmp_path: Path) -> None:
    """Anybody could keep an administrator out by guessing at their name."""
    with console(tmp_path / "locked", people=True) as url:

        def tries(address: str, name: str, password: str) -> int:
            browser = visitor(url, address)
            form = {"csrf": form_token(browser.get("/sign-in").text), "name": name, "password": password}
            return browser.post("/sign-in", data=form).status_code

        assert [tries("127.0.0.2", "ada", "wrong") for _ in range(FREE + 1)] == [401] * FREE + [429]
        assert tries("127.0.0.2", "ada", PASSWORD) == 429
        assert tries("127.0.0.3", "ada", PASSWORD) == 303
        assert tries("127.0.0.2", "bert", PASSWORD) == 303
        statuses = [tries("127.0.0.4", f"nobody{n}", "wrong") for n in range(ADDRESS_TRIES + 1)]
        assert statuses == [401] * ADDRESS_TRIES + [429]
        assert tries("127.0.0.5", "ada", PASSWORD) == 303


class Hands(Clock):
    """A clock that is set by hand."""

    at = 1_000.0

    def monotonic(self) -> float:
        return self.at

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def test_each_further_failure_doubles_the_wait_up_to_a_limit() -> None:
    clock = Hands()
    backoff = Backoff(clock, FREE, 60.0, LONGEST_S)
    waits = []
    for _ in range(12):
        backoff.failed("k")
        waits.append(backoff.wait_s("k"))
        clock.at += backoff.wait_s("k")
    assert waits == [0.0] * (FREE - 1) + [60.0, 120.0, 240.0, 480.0] + [LONGEST_S] * 4
    assert backoff.wait_s("k") == 0.0
    clock.at += 2 * LONGEST_S + 1
    backoff.failed("k")
    assert backoff.wait_s("k") == 0.0  # long ago
    for _ in range(FREE):
        backoff.failed("k")
    backoff.succeeded("k")
    assert backoff.wait_s("k") == 0.0


def test_what_is_counted_is_bounded_and_a_success_takes_back_one_try() -> None:
    clock = Hands()
    throttle, backoff = Throttle(clock, 3, 60.0), Backoff(clock, 1, 60.0, 900.0)
    for n in range(2 * KEYS_MAX):
        throttle.tried(str(n))
        backoff.failed(str(n))
    assert len(throttle._tries) <= KEYS_MAX
    assert len(backoff._failures) <= KEYS_MAX
    for _ in range(3):
        throttle.tried("x")
    assert throttle.wait_s("x") == 60.0
    throttle.forgive("x")
    assert throttle.wait_s("x") == 0.0


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99%eth0", "2001:db8:1:2::/64"),
        ("?", "?"),
    ],
)
def test_a_network_of_one_customer_is_one_place(address: str, place: str) -> None:
    assert place_of(address) == place


def test_links_end_and_a_new_one_makes_the_one_before_void(tmp_path: Path) -> None:
    clock = Hands()
    accounts = Accounts(tmp_path, clock)
    first, second = (accounts.invite("", Role.ADMIN, ("*",), timedelta(days=1)) for _ in range(2))
    assert accounts.take(first) is None
    clock.at += 86_401
    assert accounts.invitation(second) is None and accounts.take(second) is None
    assert not accounts.invited("")


def test_what_happened_during_the_slow_hash_counts(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, Hands())
    taken = accounts.take(accounts.invite("", Role.ADMIN, ("*",), timedelta(days=1)))
    assert taken is not None
    accounts.put(Person(name="faster", role=Role.ADMIN, tenants=("*",), password="x"))
    assert "administrator" in accounts.join(taken, Person(name="slower", role=Role.ADMIN, tenants=("*",)))
    accounts.put(Person(name="vera", role=Role.VIEWER, tenants=("acme",)))
    invited = accounts.take(accounts.invite("vera", Role.VIEWER, ("acme",)))
    accounts.put(Person(name="vera", role=Role.VIEWER, tenants=("acme",), active=False))
    assert invited is not None
    assert "locked" in accounts.join(invited, Person(name="vera", role=Role.VIEWER, password="new"))
    found = accounts.find("vera")
    assert found is not None and not found.active and not found.password

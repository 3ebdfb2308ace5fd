"""Whoever floods the door has their own messages throttled, and nobody else's."""

from groundstop.callers import Caller
from groundstop_classifier.shares import IDENTITIES_MAX, Allowance, Shares, Verdict
from hypothesis import given
from hypothesis import strategies as st

THIEF, HONEST = Caller("agent", "acme", "helper"), Caller("agent", "acme", "clerk")
ELSEWHERE = Caller("agent", "rival", "helper")


def _shares(rate: float = 10, burst: int = 5, tenant: float = 1000, tenant_burst: int = 1000, ended: int = 3) -> Shares:
    return Shares(Allowance(rate, burst), Allowance(tenant, tenant_burst), ended)


def _verdicts(shares: Shares, caller: Caller, count: int, now: float = 0.0, size: int = 100) -> list[Verdict]:
    return [shares.take(caller, size, now, ends=True) for _ in range(count)]


def test_a_burst_passes_some_of_the_rest_ends_and_the_rest_of_that_is_dropped() -> None:
    verdicts = _verdicts(_shares(), THIEF, 20)
    assert verdicts == [Verdict.ADMIT] * 5 + [Verdict.END] * 3 + [Verdict.DROP] * 12


def test_a_flood_of_one_identity_takes_nothing_from_another() -> None:
    shares = _shares()
    _verdicts(shares, THIEF, 1000)
    assert _verdicts(shares, HONEST, 5) == [Verdict.ADMIT] * 5


def test_a_tenant_that_invents_agents_takes_nothing_from_another_tenant() -> None:
    shares = _shares(tenant=100, tenant_burst=50)
    for number in range(200):
        shares.take(Caller("agent", "acme", f"agent-{number}"), 100, 0.0, ends=True)
    assert _verdicts(shares, HONEST, 1) == [Verdict.END]
    assert _verdicts(shares, ELSEWHERE, 1) == [Verdict.ADMIT]


def test_large_messages_weigh_more() -> None:
    assert _verdicts(_shares(burst=1024), THIEF, 9, size=512 * 1024).count(Verdict.ADMIT) == 4


def test_an_owner_and_no_rate_have_no_limit() -> None:
    assert set(_verdicts(_shares(), Caller("owner", "~", "keeper"), 5000)) == {Verdict.ADMIT}
    assert set(_verdicts(_shares(rate=0, tenant=0), THIEF, 5000)) == {Verdict.ADMIT}


def test_what_is_dropped_is_told_once_a_window() -> None:
    shares = _shares()
    for seq in range(20):
        if shares.take(THIEF, 100, 0.0, ends=True) is Verdict.DROP:
            shares.drop(THIEF, str(seq), f"gs.{seq}")
    [(caller, excess)] = shares.window_ended(1.0)
    assert (caller, excess.ended, excess.dropped, excess.first_reply, excess.first_subject) == (
        THIEF,
        3,
        12,
        "8",
        "gs.8",
    )
    assert list(shares.window_ended(2.0)) == []


def test_what_is_remembered_has_a_bound() -> None:
    shares = _shares(burst=1, tenant=0)
    for number in range(IDENTITIES_MAX + 50):
        for _ in range(5):
            caller = Caller("agent", "acme", f"agent-{number}")
            if shares.take(caller, 100, 0.0, ends=True) is Verdict.DROP:
                shares.drop(caller, "r", "gs.x")
    assert len(list(shares.window_ended(0.0))) <= IDENTITIES_MAX + 1


@given(st.lists(st.floats(0, 2), max_size=60), st.floats(1, 100), st.integers(1, 20))
def test_no_more_is_admitted_than_burst_and_rate_allow(gaps: list[float], rate: float, burst: int) -> None:
    shares, now, admitted = _shares(rate=rate, burst=burst), 0.0, 0
    for gap in gaps:
        now += gap
        admitted += shares.take(THIEF, 0, now, ends=True) is Verdict.ADMIT
    assert admitted <= burst + rate * now + 1

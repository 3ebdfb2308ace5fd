"""The buckets never let more through than their limit, refuse nothing that fits, and fold out of the log."""

from groundstop.policy import Limit
from groundstop_rate_limiter.buckets import Buckets, Refusal
from hypothesis import given
from hypothesis import strategies as st

LIMIT = st.builds(
    Limit,
    name=st.just("l"),
    count=st.integers(1, 50).map(float),
    period_s=st.sampled_from([0.1, 1.0, 60.0]),
    burst=st.integers(1, 20),
)
GAPS = st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=120)
START = 1_800_000_000.0


def _passed(limit: Limit, gaps: list[float], buckets: Buckets) -> list[float]:
    """The times at which calls passed."""
    now, passed = START, []
    for gap in gaps:
        now += gap * limit.interval_s
        if buckets.refusal([(limit, "b")], now) is None:
            buckets.charge([(limit, "b")], now)
            passed.append(now)
    return passed


@given(LIMIT, GAPS)
def test_no_window_holds_more_than_burst_and_rate_allow(limit: Limit, gaps: list[float]) -> None:
    passed = _passed(limit, gaps, Buckets())
    for first, begin in enumerate(passed):
        for count, end in enumerate(passed[first:], 1):
            assert count <= limit.burst + (end - begin) / limit.interval_s + 0.5


@given(LIMIT)
def test_a_full_bucket_holds_exactly_its_burst(limit: Limit) -> None:
    assert len(_passed(limit, [0.0] * (limit.burst + 5), Buckets())) == limit.burst


@given(LIMIT)
def test_who_comes_back_when_told_passes_and_who_comes_earlier_does_not(limit: Limit) -> None:
    buckets = Buckets()
    _passed(limit, [0.0] * limit.burst, buckets)
    refusal = buckets.refusal([(limit, "b")], START)
    assert isinstance(refusal, Refusal)
    assert refusal.retry_after_s > 0
    assert buckets.refusal([(limit, "b")], START + refusal.retry_after_s + 2e-6) is None
    assert buckets.refusal([(limit, "b")], START + refusal.retry_after_s * 0.4) is not None


@given(LIMIT, GAPS)
def test_steady_calls_at_the_rate_all_pass(limit: Limit, gaps: list[float]) -> None:
    assert len(_passed(limit, [1.0 + gap for gap in gaps], Buckets())) == len(gaps)


@given(LIMIT, GAPS, st.randoms())
def test_a_fold_over_the_log_in_any_order_is_the_state(limit: Limit, gaps: list[float], chance: object) -> None:
    """After a crash the buckets are what they were, also when admissions were stored out of order."""
    before, charges, now = Buckets(), [], START
    for gap in gaps:
        now += gap * limit.interval_s
        if before.refusal([(limit, "b")], now) is None:
            charges.append(before.charge([(limit, "b")], now))
    chance.shuffle(charges)  # type: ignore[attr-defined]
    after = Buckets()
    for charge in charges:
        after.remember(charge)
    for later in (0.0, 0.3, 1.0, 5.0):
        at = now + later * limit.interval_s
        one, other = before.refusal([(limit, "b")], at), after.refusal([(limit, "b")], at)
        assert (one is None) is (other is None)


def test_forgetting_full_buckets_changes_nothing() -> None:
    limit, buckets = Limit(name="l", count=1.0, burst=1), Buckets()
    buckets.charge([(limit, "b")], START)
    buckets.forget_before(START + 0.5)
    assert (len(buckets), buckets.refusal([(limit, "b")], START + 0.5) is None) == (1, False)
    buckets.forget_before(START + 1.5)
    assert (len(buckets), buckets.refusal([(limit, "b")], START + 1.5)) == (0, None)

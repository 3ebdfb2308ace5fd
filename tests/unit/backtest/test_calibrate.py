"""Thresholds out of what happened, with numbers that can be checked by hand."""

import yaml
from groundstop.backtest.calibrate import patch, suggestions, threshold
from groundstop.policy import default_policy, load_policy
from groundstop.record.measures import wilson
from pytest import approx

Row = tuple[str, int, int, int]


def rows(action_type: str, **right: int) -> list[Row]:
    """One hundred calls per bin, of which so many went well."""
    return [(action_type, int(name[1:]), 100, went_well) for name, went_well in right.items()]


def test_the_bound_is_wilsons() -> None:
    """5 of 100: 11.17 % (any table of score intervals)."""
    assert wilson(5, 100)[1] == approx(0.1117, abs=1e-3)
    assert wilson(0, 100)[1] == approx(0.037, abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_threshold_is_the_lowest_confidence_that_keeps_the_tolerance() -> None:
    bins = {9: (100, 100), 8: (100, 98), 7: (100, 70)}
    assert threshold(bins, 0.05)[0] == 0.8  # 2 wrong of 200: at most 3.6 %; with bin 7 it would be 32 of 300
    assert threshold(bins, 0.2)[0] == 0.7
    assert threshold(bins, 0.01) == (1.0, 1.0)


def test_a_reckless_action_type_is_raised_a_careful_one_lowered_and_a_rare_one_left_alone() -> None:
    known = [*rows("email.send", b9=100, b8=60), *rows("orders.read", b9=100, b8=100, b7=99, b6=100), ("x.y", 9, 3, 0)]
    made = {one.action_type: one for one in suggestions(known, default_policy(), 0.05)}
    assert set(made) == {"email.send", "orders.read"}
    assert made["email.send"].high == 0.9 and "raise high from 0.8 to 0.9" in made["email.send"].says
    assert made["orders.read"].high == 0.6 and "lower" in made["orders.read"].says


def test_the_patch_is_part_of_a_policy_that_loads_and_does_what_it_says() -> None:
    made = suggestions(rows("email.send", b9=50, b8=40), default_policy(), 0.05)
    text = patch(made, default_policy(), 0.05)
    assert yaml.safe_load(text)["confidence"]["action_types"]["email.send"]["high"] == 1.0
    policy = load_policy(f"name: t\n{text}")
    assert policy.confidence.thresholds_for("email.send").high == 1.0
    assert policy.confidence.thresholds_for("orders.read").high == default_policy().confidence.thresholds.high
    assert patch([], default_policy(), 0.05) == ""

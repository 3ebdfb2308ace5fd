"""What the metrics page makes of the record's answers, and what it asks."""

import itertools
from datetime import timedelta

import pytest
from groundstop.record.measures import wilson
from groundstop.testing import NOON
from groundstop_console.domain.charts import HEIGHT, columns
from groundstop_console.domain.metrics_view import reviewers, tiles, work
from groundstop_console.domain.questions import BUCKETS, RANGES, part_words, questions

NOTHING = {name: [] for name in ("completion", "escalation", "errors", "satisfaction", "cost", "time")}


def test_a_range_is_asked_for_as_a_whole_and_in_parts_without_a_gap() -> None:
    for chosen in RANGES:
        whole, *parts = chosen.spans(NOON)
        assert whole == (NOON - timedelta(seconds=chosen.seconds), NOON)
        assert len(parts) == BUCKETS and (parts[0][0], parts[-1][1]) == whole
        assert all(one[1] == after[0] for one, after in itertools.pairwise(parts))


def test_every_question_is_held_to_the_tenants_of_who_asks() -> None:
    for sql in questions(RANGES[0], NOON, "AND tenant IN ('acme')").values():
        assert sql.count("AND tenant IN ('acme')") == max(1, sql.count("metrics."))


def test_rates_are_of_sums_and_the_first_row_is_the_whole() -> None:
    rows = [{"whole": 10, "part": 9}, {"whole": 1, "part": 0}, {"whole": 9, "part": 9}]
    found = tiles(NOTHING | {"completion": rows})
    assert (found[0].figure, found[0].unit) == ("90.0", "%")
    assert [tile.figure for tile in found[1:]] == [""] * 5


def test_costs_and_times_are_said_with_what_they_are_made_of() -> None:
    cost = [{"whole": 4, "part": 2_000_000, "tokens": 4000, "minutes": 6}]
    time = [{"whole": 2, "part": 3.0, "saved_hours": 0.5, "slow_s": 2.5}]
    found = tiles(NOTHING | {"cost": cost, "time": time})
    assert found[4].figure == "0.5" and "1,000 tokens and 1.5 minutes" in found[4].words
    assert (found[5].figure, found[5].unit) == ("1.5", "s") and "95 % within 2.5 s" in found[5].words


def test_an_interval_of_few_thumbs_is_wide() -> None:
    """Against the published interval for 1 of 1 and 9 of 10 (Wilson, z = 1.96)."""
    assert wilson(1, 1) == pytest.approx((0.2065, 1.0), abs=1e-3)
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-3)


def test_who_approves_everything_or_at_once_is_marked() -> None:
    counts = {"opened": 100, "decided": 100, "approved": 99, "denied": 1, "expired": 0, "overridden": 5}
    row = {"case_kind": "approval", **counts, "voted": 4, "unanimous": 3, "age_s": 1000}
    (kind,) = work([row])
    assert (kind.took, kind.edited, kind.agreement) == ("10 s", 0.05, 0.75) and "approval rate above 93 %" in kind.alarm
    assert not work([row | {"approved": 20, "denied": 1}])[0].alarm
    fast, slow = reviewers(
        [
            {"reviewer": name, "decided": 20, "approved": 20, "middle_s": seconds}
            for name, seconds in (("fast", 0.9), ("slow", 60.0))
        ]
    )
    assert fast.alarm and not slow.alarm


def test_a_part_without_a_value_is_a_gap_and_nothing_wrong_is_still_seen() -> None:
    """An hour without errors and an hour without calls must not look the same."""
    gap, none, half, whole = columns([(None, ""), (0.0, "0 of 3"), (0.5, "1 of 2"), (1.0, "2 of 2")], 1.0)
    assert (gap.height, gap.words) == (0.0, "") and 0 < none.height < half.height < whole.height == HEIGHT
    assert all(one.y + one.height == HEIGHT for one in (none, half, whole))
    assert columns([(None, "")]) == []


def test_a_part_of_a_range_says_when_it_was_and_of_how_many_it_is() -> None:
    rows = [{"whole": 10, "part": 9}, {"whole": 0, "part": 0}, {"whole": 1200, "part": 600}]
    assert [one.words for one in tiles(NOTHING | {"completion": rows})[0].columns] == ["", "50.0 % of 1,200"]
    hour, month = RANGES[0], RANGES[-1]
    assert part_words(*hour.spans(NOON)[-1]).endswith("12:00 UTC")
    assert part_words(*month.spans(NOON)[-1]) == "28 May 18:00 to 01 Jun 12:00 UTC"


def test_a_missed_drill_says_more_than_an_alarm_and_an_alarm_more_than_haste() -> None:
    row = {"reviewer": "alice", "decided": 20, "middle_s": 1.0, "together": 4, "agreed": 3}
    hasty, stamping, missing = reviewers(
        [row, row | {"alarms": 1}, row | {"alarms": 1, "drills": 3, "drills_missed": 1}]
    )
    assert hasty.alarm.startswith("fast") and stamping.alarm.startswith("many") and "drill" in missing.alarm
    assert (hasty.agreement, hasty.drills, missing.drills) == (0.75, "", "2 of 3")

"""The report in words: what stands out comes first, and the cells of a column can be compared."""

import re

from groundstop.record.cells import table
from groundstop.record.highlights import standouts

FINE = {
    "summary": [{"unknown": 0}],
    "halts": [{"leaks": 0, "scope": "all", "at": "2026-06-01 12:00:00.123456"}],
    "errors": [{"action_type": "email.send", "error_rate": None}],
    "escalation": [{"action_type": "email.send", "escalation_rate": 0.1, "flag": "ok"}],
    "reviewers": [{"reviewer": "alice", "missed": 0, "drills": 3, "alarms": 0}],
    "calibration": [{"agent": "helper", "overconfidence": -0.2}],
}


def cells(html: str) -> list[str]:
    return re.findall(r"<td[^>]*>([^<]*)</td>", html)


def test_nothing_stands_out_where_all_is_as_it_should_be() -> None:
    assert standouts(FINE) == [] == standouts({})


def test_leaks_come_first_and_each_trouble_is_named_once() -> None:
    told = standouts(
        {
            "summary": [{"unknown": 2}],
            "halts": [FINE["halts"][0] | {"leaks": 7}],
            "errors": [{"action_type": "email.send", "error_rate": 0.2}],
            "escalation": [{"action_type": "orders.read", "escalation_rate": 0.0, "flag": "too_low"}],
            "reviewers": [{"reviewer": "alice", "missed": 1, "drills": 3, "alarms": 2}],
            "calibration": [{"agent": "helper", "overconfidence": 0.2}],
        }
    )
    assert told[0] == "7 calls began in scope of the halt of all at 2026-06-01 12:00."
    for words in (
        "1 of 3 drills",
        "at once, 2 times",
        "Of 2 intents",
        "email.send goes wrong in 20.0%",
        "helper is too",
    ):
        assert sum(words in sentence for sentence in told) == 1, words
    assert len(told) == 7


def test_a_column_has_one_number_of_decimals_and_small_money_is_seen() -> None:
    rows = [{"agent": "a", "money": 0.0149, "minutes": 750.8}, {"agent": "", "money": 1e-9, "minutes": 763.0}]
    assert cells(table(rows)) == ["a", "0.0149", "750.8", "not said", "0.0000", "763.0"]


def test_shares_are_per_cent_times_end_at_seconds_and_what_must_be_none_is_marked() -> None:
    html = table([{"at": "2026-06-01 12:00:00.123456", "bin": 3, "undo_rate": 0.5, "leaks": "2", "resumed_at": None}])
    assert cells(html) == ["2026-06-01 12:00:00", "30 to 40 %", "50.0%", "2", "-"]
    assert '<td class="bad">2</td>' in html

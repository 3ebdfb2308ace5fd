"""What people are shown and told: masks, briefings, similar cases, reminders, words."""

import json
import re
import threading
from datetime import timedelta

import pytest
from case_builders import a_case, the_directory, who
from groundstop.catalogue import Tool
from groundstop.events import CaseNudge, Control, Halt, Outcome
from groundstop.testing import NOON
from groundstop.vocabulary import Risk, Verdict
from groundstop_approval.domain.changes import changes
from groundstop_approval.domain.notifications import Notifications
from groundstop_approval.domain.nudges import said, timer
from groundstop_approval.domain.people import BadDirectory, Directory, EscalationStep, read_directory
from groundstop_approval.domain.state import after
from groundstop_approval.domain.transitions import decide, kind_of_work
from groundstop_approval.notify.plan import notes
from groundstop_approval.notify.text import event_of, words
from groundstop_approval.projections.quality import RubberStamps
from groundstop_approval.projections.similar import SQL, UNKNOWN, Similar, values_of
from groundstop_approval.views.briefing import blast, briefing, sentence, undo
from groundstop_approval.views.masks import MASK, mask, restored

SECRETS = [
    ({"password": "correct horse"}, ["$.password"]),
    ({"db": {"api_key": "abc"}}, ["$.db.api_key"]),
    ({"items": [{"client_secret": "x"}]}, ["$.items[0].client_secret"]),
    ({"secret": ["x", ["y"]]}, ["$.secret[0]", "$.secret[1][0]"]),
    ({"header": "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, None),
    ({"password": {"$secret": "smtp"}}, []),
    ({"tokens_max": 5, "passenger": "Ann", "bypass": True}, []),
]


@pytest.mark.parametrize(("arguments", "paths"), SECRETS)
def test_what_is_called_a_secret_is_not_shown(arguments: dict, paths: list | None) -> None:
    shown, masked = mask(arguments)
    if paths is not None:
        assert masked == paths
        assert str(shown).count(MASK) == len(paths)
    assert bool(masked) is (shown != arguments)


def test_a_mask_that_comes_back_stands_for_what_it_hides_and_only_there() -> None:
    """Whoever edits sends back what they were shown; a mask moved to where they could read it stays a mask."""
    original = {"to": "a", "password": "hush", "db": {"api_key": "abc", "host": "h"}, "list": [{"token": "t"}]}
    shown, _ = mask(original)
    assert restored(shown, original) == original
    assert restored(shown | {"to": "b"}, original) == original | {"to": "b"}
    assert restored(shown | {"to": MASK}, original)["to"] == MASK
    assert restored(shown | {"password": "new"}, original)["password"] == "new"
    assert restored({"other": shown["db"]}, original) == {"other": shown["db"]}


def test_a_briefing_says_what_would_happen_and_how_far_it_reaches() -> None:
    tool = Tool(name="email.send", action_type="email.send", risk="risky", description="Send one mail.\nMore words.")
    case = a_case(
        arguments={"to": ["a@acme.com", "b@acme.com"], "amount": 20, "password": "hush"}, reasoning="asked to"
    )
    told = briefing(case, tool, NOON, (True, ""), UNKNOWN)
    assert told.what.sentence.startswith("Send one mail: ")
    assert "hush" not in json.dumps(told.wire())
    assert (told.blast.count, told.blast.amount) == (2, 20)
    assert told.why.reasoning == "asked to" and told.time_left_s == 3600
    assert sentence("x", {}, None) == "x" and not undo(None).possible
    assert blast({}, "a.b", Risk.SAFE).sentence == "safe a.b, no target named"


async def test_a_slow_or_broken_record_is_not_waited_for() -> None:
    held = threading.Event()

    def slow(*_: object) -> str:
        held.wait(60)
        return ""

    def broken(*_: object) -> str:
        raise OSError("gone")

    try:
        assert not (await Similar(slow, wait_s=0.05).to(a_case())).known
    finally:
        held.set()
    assert not (await Similar(broken).to(a_case())).known
    assert not (await Similar(None).to(a_case())).known


async def test_the_record_says_how_similar_cases_went() -> None:
    rows = [{"at": "t", "verdict": "approved", "by": "bob", "note": "", "status": "succeeded"}] * 3
    rows += [{"at": "t", "verdict": "denied", "by": "bob", "note": "", "status": "denied"}]
    told = await Similar(lambda *_: "\n".join(json.dumps(row) for row in rows)).to(a_case())
    assert (told.known, told.total, told.approved, told.denied, told.succeeded) == (True, 4, 3, 1, 3)


def test_values_are_parameters_and_no_part_of_the_statement() -> None:
    """What an agent calls its tool reaches the record as it is, and cannot change what is asked."""
    tool = "x{risk:String}' OR 1=1 --"
    assert values_of(a_case(tool=tool))["tool"] == tool
    assert set(re.findall(r"\{(\w+):String\}", SQL)) == set(values_of(a_case()))


def test_differences_are_named_by_their_path() -> None:
    found = changes({"a": 1, "b": [1, {"c": 2}], "d": 1}, {"a": 1, "b": [1, {"c": 3}, 4], "e": True})
    assert [(c.path, c.before, c.after) for c in found] == [
        ("$.b[1].c", 2, 3), ("$.b[2]", None, 4), ("$.d", 1, None), ("$.e", None, True),
    ]  # fmt: skip


def test_look_alikes_have_the_same_shape_not_the_same_values() -> None:
    same = [kind_of_work(a_case(arguments={"to": to, "n": n})) for to, n in (("a", 1), ("b", 2.5))]
    other = [kind_of_work(a_case(arguments=a)) for a in ({"to": "a"}, {"to": ["a"], "n": 1}, {"to": "a", "n": "1"})]
    assert same[0] == same[1] and all(kind != same[0] for kind in other)


def test_reminders_and_rungs_come_in_the_order_of_their_times() -> None:
    directory = Directory(reminders=(0.9, 0.1), escalation=(EscalationStep(at=0.5, group="leads"),))
    case = a_case()
    times = [timer(case.opened, n, directory) for n in (1, 2, 3, 4)]
    assert [at - NOON if (at := t and t[1]) else None for t in times] == [
        timedelta(minutes=6), timedelta(minutes=30), timedelta(minutes=54), None,
    ]  # fmt: skip
    due = [CaseNudge.caused_by(case.opened, NOON, "x", case_kind="approval", number=n) for n in (1, 2)]
    assert [said(nudge, case, directory).kind for nudge in due] == ["case.reminded", "case.escalated"]
    decided = after(case, decide(case, who("alice"), Verdict.APPROVED, the_directory(), NOON), 1)
    assert said(due[0], decided, directory) is None


BAD = [
    "people: [a]",
    "people: {a: {role: x}}",
    "escalation: [{at: 2, group: g}]",
    "a: [",
    "reminders: [0]",
    "nonsense: 1",
]


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_directory_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadDirectory, match="people: "):
        read_directory(text)


def test_templates_know_fields_and_nothing_else() -> None:
    case = a_case(arguments={"password": "hush"}, reasoning="first\nSubject: second").opened
    own = "{risk} {password} {question.__class__} {0} {reasoning}"
    settings = Notifications.model_validate({"templates": {"case.opened": {"title": own}}})
    event = event_of(case)
    title, body = words(event, settings, {})
    assert title == "risky    first Subject: second" and "hush" not in title + body


def test_a_failure_names_the_options_that_are_left() -> None:
    failed = Outcome.caused_by(
        a_case().opened, NOON, "x", status="failed", reason_code="attempts_exhausted", tool="email.send", reason="down"
    )
    title, body = words(event_of(failed), Notifications(), {})
    assert title == "email.send failed" and "do it manually, or drop it" in body


def test_each_place_is_told_once_however_many_rules_name_it() -> None:
    settings = Notifications.model_validate(
        {
            "targets": {"ops": {"url": "json://x"}},
            "rules": [
                {"events": ["case.opened"], "to": ["ops", "group:leads"]},
                {"events": ["case.opened"], "to": ["ops"]},
            ],
        }
    )
    directory = read_directory("people: {bob: {groups: [leads], notify: [ops, 'json://y']}}")
    opened = a_case().opened
    planned = notes(event_of(opened), opened, (), settings, directory)
    assert [note.target for note in planned] == ["ops", "bob-1"]
    assert len({note.key for note in planned}) == 2
    assert [n.key for n in planned] == [n.key for n in notes(event_of(opened), opened, (), settings, directory)]


def test_a_halt_is_told_to_whom_it_concerns() -> None:
    settings = Notifications.model_validate({"rules": [{"events": ["control.halt"], "to": ["affected"]}]})
    directory = read_directory("people: {mia: {notify: ['json://x']}, bob: {notify: ['json://y']}}")
    halt = Halt(control="c", scope="all", reason="r", by="b", at=NOON)
    control = Control(id="c", at=NOON, control="c", action="halt", scope="all", reason="r", by="b", halts=(halt,))
    assert [n.target for n in notes(event_of(control), None, ["mia"], settings, directory)] == ["mia-0"]


def test_an_alarm_comes_once_per_window_and_look_alikes_do_not_raise_it() -> None:
    stamps, alarms = RubberStamps(3, 30.0), []
    for second in (0, 1, 2, 3):
        case = a_case()
        at = NOON + timedelta(seconds=second)
        batch = decide(case, who("bob"), Verdict.APPROVED, the_directory(), at, batch=9)
        alone = decide(case, who("alice"), Verdict.APPROVED, the_directory(), at)
        assert stamps.after(batch) is None
        alarms += [stamps.after(alone), stamps.after(alone)]
    found = [alarm for alarm in alarms if alarm]
    assert len(found) == 4 and len({alarm.subject() for alarm in found}) == 1

"""What pages write for people: names instead of ids, sentences, differences, and what the past says of a plan."""

from typing import Any

import pytest
from groundstop.client.odds import COUNTED, estimate, rate
from groundstop.testing import NOON
from groundstop_console.domain.differences import changes, said
from groundstop_console.domain.forecast import FEW, OUTCOMES, bin_of, chances, held
from groundstop_console.domain.intent_view import Row, folded, what
from groundstop_console.domain.names import names_of
from groundstop_console.domain.people import Person, Role
from groundstop_console.web.filters import Exact, linked, plain, sentence, short, visible
from markupsafe import Markup

INTENT = "01a229ac-1fc0-71f0-82c1-62824c5d249a"
BERT = Person(name="bert", role=Role.APPROVER)
VERA = Person(name="vera", role=Role.VIEWER)


def a_row(**more: Any) -> Row:
    about = {"intent": INTENT, "tenant": "acme", "agent": "helper", "task": "trip", "tool": "mail.send"}
    return Row(**{**about, "at": NOON, "changed": NOON, **more})


def test_an_id_is_known_by_its_end_and_a_name_by_its_beginning() -> None:
    """Tasks of one run end alike: shown by their ends, all of them had the same name."""
    assert short(INTENT) == "…4c5d249a"
    assert short("broken-lamp-6c10a838") == "broken-lamp-6c10a838"
    assert short("x" * 40) == "x" * 31 + "…"


def test_a_sentence_links_its_intent_and_runs_nothing_that_it_says() -> None:
    told = str(linked(f"<b>mail.send</b> of intent {INTENT} until 2026-11-30T00:37:54.555825Z."))
    assert f'href="/intents/{INTENT}"' in told and ">…4c5d249a<" in told
    assert "&lt;b&gt;" in told and "<b>" not in told
    assert told.endswith("until 2026-11-30 00:37:54 UTC.")


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("dangerous payment, 1 target", "Dangerous payment, 1 target."),
        ("email.send is failed", "email.send is failed."),
        ("why?", "Why?"),
        ("", ""),
    ],
)
def test_a_sentence_begins_and_ends_but_a_name_stays_as_it_is(text: str, better: str) -> None:
    assert sentence(text) == better


def test_numbers_have_no_fraction_that_says_nothing() -> None:
    assert [plain(6.0), plain(1200), plain(0.5)] == ["6", "1,200", "0.5"]


def test_entries_of_a_list_are_compared_by_their_names() -> None:
    """A changed limit was shown as two walls of JSON: the whole list before, and the whole list after."""
    before = {"limits": [{"name": "safe", "count": 1}, {"name": "risky", "count": 2}]}
    after = {"limits": [{"name": "safe", "count": 1}, {"name": "risky", "count": 3}]}
    assert [(one.path, one.before, one.after) for one in changes(before, after)] == [("limits.risky.count", "2", "3")]


def test_a_list_that_was_not_there_is_told_entry_by_entry() -> None:
    found = changes({}, {"rules": [{"id": "a"}, {"id": "b"}]})
    assert [(one.path, one.before) for one in found] == [("rules.a", None), ("rules.b", None)]
    assert [one.path for one in changes({}, {"to": []})] == ["to"], "an empty list that comes is a change, too"


def test_entries_that_change_places_are_a_change() -> None:
    """The first rule that matches wins: a difference that hides the order would say that nothing changed."""
    rules = [{"id": "a", "risk": "safe"}, {"id": "b", "risk": "risky"}]
    assert [one.path for one in changes({"rules": rules}, {"rules": rules[::-1]})] == ["rules"]
    assert changes([{"id": "a"}, {"id": "a"}], [{"id": "a"}])


def test_a_document_is_told_without_what_it_leaves_empty() -> None:
    document = {"a": "", "b": [], "c": {"d": None}, "e": 0, "h": False, "i": [1, {"j": []}]}
    assert said(document) == {"e": 0, "h": False, "i": [1, {}]}


def test_the_chance_of_a_task_is_reckoned_as_the_command_line_does() -> None:
    """Two ways to count would be two answers to one question."""
    history = [{"tool": "mail.send", "good": 3, "tried": 4}, {"tool": "db.read", "good": 1, "tried": 1}]
    rows = [a_row(), a_row(tool="db.read"), a_row(tool="new.tool"), a_row()]
    found = chances(rows, history)
    assert found.whole == estimate([row.tool for row in rows], {"mail.send": rate(3, 4), "db.read": rate(1, 1)})
    assert [(one.tool, one.times, one.tried) for one in found.tools][:2] == [("new.tool", 1, 0), ("mail.send", 2, 4)]
    assert all(f"'{status.value}'" in OUTCOMES for status in COUNTED)


def test_what_has_ended_is_no_longer_a_matter_of_chance() -> None:
    ended = folded(a_row(), "outcome", {"status": "succeeded"}, NOON)
    assert ended is not None and ended.ended
    found = chances([ended, a_row(tool="db.read")], [])
    assert len(found.whole.steps) == 2 and [tool for tool, _ in found.rest.steps] == ["db.read"]


def test_a_confidence_is_set_against_what_became_of_it() -> None:
    assert "86% succeeded" in held("support", 0.93, [{"n": 50, "good": 43}])
    assert "90 to 100 %" in held("support", 1.0, [{"n": FEW, "good": 1}])
    assert held("support", 0.93, [{"n": FEW - 1, "good": 1}]) == held("support", 0.9, []) == ""
    assert [bin_of(0.0), bin_of(0.95), bin_of(1.0)] == [0, 9, 9]


def test_a_call_is_told_to_who_may_read_it_and_secrets_to_nobody() -> None:
    row = a_row(arguments={"to": "a@acme.com", "password": "hunter2hunter2"})
    assert "a@acme.com" in what(row, BERT) and "hunter2" not in what(row, BERT)
    assert what(row, VERA) == "to, password"


def test_names_to_choose_from_are_each_there_once() -> None:
    rows = [a_row(), a_row(agent="second"), a_row()]
    assert names_of(rows)["agent"] == ["helper", "second"]


def test_characters_that_disguise_others_are_made_visible_but_not_in_fields() -> None:
    """A field's text comes back as the argument: nothing in it may be replaced."""
    assert visible("a\u202efdp.exe") == "a⟨U+202E⟩fdp.exe"
    assert visible("👩\u200d🚀 نمی\u200cخواهم") == "👩\u200d🚀 نمی\u200cخواهم"
    assert visible(Exact("a\u202eb")) == "a\u202eb"
    kept = visible(Markup("<b>\u200b</b>"))
    assert isinstance(kept, Markup) and kept == "<b>⟨U+200B⟩</b>"
    assert visible(7) == 7

"""The pure parts of the example: the day's data, the seed, faults, documents and sentences."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from groundstop.catalogue import ToolFailed, load_catalogue
from groundstop.clock import SetClock
from groundstop.errors import GroundstopError
from groundstop.intent import Intent
from groundstop.policy import load_policy, prepare
from groundstop.vocabulary import Route, Status
from groundstop_example_support import POLICY, SOURCES, seed, settings
from groundstop_example_support.agent import Ending, Tally
from groundstop_example_support.faults import Faults
from groundstop_example_support.narrate import Narrator, ending_line, introduction, next_steps, summary, wish
from groundstop_example_support.pdf import page
from groundstop_example_support.tickets import Step, filled, read_day
from rich.console import Console


def a_clock() -> SetClock:
    return SetClock(datetime(2026, 5, 4, 12, tzinfo=UTC))


def test_the_day_has_at_least_sixty_proposals_and_uses_every_tool() -> None:
    steps = [single for ticket in read_day().tickets for step in ticket.steps for single in step.proposals()]
    tools = {step.tool for step in steps if step.tool}
    assert sum(bool(step.tool) for step in steps) >= 60
    assert tools >= {entry.name for entry in load_catalogue(SOURCES)}
    assert {"crm.merge_accounts", "database.delete"} <= tools


def test_ticket_ids_are_unique_and_fit_into_a_task_token() -> None:
    ids = [ticket.id for ticket in read_day().tickets]
    assert len(set(ids)) == len(ids)
    assert all(len(name) <= 40 for name in ids)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("tickets: [{id: a}]", "subject"),
        ("tickets: [{id: a, subject: s, text: t, about: x, steps: [{}]}]", "either a tool or a world"),
        ("tickets: [{id: a, subject: s, text: t, about: x, steps: [{tool: a, then: {soso: []}}]}]", "soso"),
        ("tickets: [", "flow"),
    ],
)
def test_a_wrong_day_is_refused_with_the_field_that_is_wrong(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "day.yaml"
    path.write_text(content)
    with pytest.raises(GroundstopError, match=named):
        read_day(path)


def test_filling_looks_only_at_our_own_words() -> None:
    """What a customer wrote is inserted as it is: a placeholder in it is not filled in turn."""
    known = {"text": "{email} {0.__class__}", "email": "a@b"}
    assert filled({"note": "said: {text}"}, known) == {"note": "said: {email} {0.__class__}"}
    assert filled(["{email}", 5, "{nobody}"], known) == ["a@b", 5, "{nobody}"]


def test_the_seed_is_the_same_everywhere() -> None:
    orders = seed.orders()
    assert (len(orders), len(seed.customers())) == (600, 200)
    assert orders[0][:5] == ("A-1001", "C-001", "2026-10-02", "shipped", 25800)
    assert len({order.id for order in orders}) == 600


def test_a_fault_ends_with_its_count_or_its_time_and_strikes_only_what_it_names() -> None:
    clock = a_clock()
    faults = Faults(clock)
    faults.put({"system": "mail", "mode": "busy", "count": 2, "match": "ada"})
    assert [faults.take("mail", who).mode for who in ("ada@x", "bob@x", "ada@x", "ada@x")] == [
        "busy", "ok", "busy", "ok",
    ]  # fmt: skip
    faults.put({"system": "payments", "mode": "unavailable", "for_s": 5})
    assert faults.take("payments", "A-1").mode == "unavailable"
    clock.advance(5)
    assert faults.take("payments", "A-1").mode == "ok"


@pytest.mark.parametrize(
    "wrong", [{}, {"system": "mail"}, {"system": "fax", "mode": "ok"}, {"system": "mail", "mode": "lost"}]
)
def test_a_fault_that_does_not_exist_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no fault"):
        Faults(a_clock()).put(wrong)


def test_a_page_survives_brackets_and_characters_its_font_lacks() -> None:
    content = page(["(Ada) \\ Lovelace", "\u65e5\u672c"])
    assert rb"(\(Ada\) \\ Lovelace)" in content
    assert b"(??)" in content
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref")


def test_without_its_folder_a_tool_fails_and_says_which_variable_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(settings.VARIABLE, raising=False)
    with pytest.raises(ToolFailed, match=settings.VARIABLE) as failure:
        settings.systems()
    assert not failure.value.retryable
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path))
    with pytest.raises(ToolFailed, match="not running") as failure:
        settings.systems()
    assert failure.value.retryable


def test_every_ending_has_a_sentence() -> None:
    for status in Status:
        _, words = ending_line(Step(tool="orders.get", arguments={"order": "A-1"}), Ending(status, "because"))
        assert words.startswith("wants to look up order A-1: ")
        assert words.endswith("because") is not status.good


def test_a_retried_success_says_so_and_an_unknown_tool_is_called_by_its_name() -> None:
    assert (
        ending_line(Step(tool="x"), Ending(Status.SUCCEEDED, attempts=3))[1] == "wants to call x(): done at attempt 3"
    )
    assert wish("orders.get", {"id": 5}) == "call orders.get(id=5)"


def test_lines_are_plain_text_away_from_a_terminal_and_markup_in_mails_is_harmless() -> None:
    out = io.StringIO()
    narrator = Narrator(Console(file=out), lambda: "12:00:00")
    ticket = read_day().tickets[0]
    narrator.ended(ticket, Step(tool="x", arguments={"a": "[red]{y}[/nonsense]"}), Ending(Status.FAILED, "[/] no"))
    narrator.quiet(Tally())
    assert "\x1b" not in out.getvalue()
    assert "[red]{y}[/nonsense]" in out.getvalue()


def test_the_day_ends_with_the_console_first() -> None:
    """What was printed at the start has scrolled away by then."""
    out = io.StringIO()
    link = "http://127.0.0.1:8420/join?token=t"
    Narrator(Console(file=out), lambda: "12:00:00", lambda: next_steps("http://127.0.0.1:8420", link)).quiet(Tally())
    told = out.getvalue()
    assert told.index(link) < told.index("groundstop cases")
    assert "browser" not in "\n".join(next_steps("", ""))
    assert "http://x\n" in "\n".join(next_steps("http://x", ""))


def test_the_day_begins_with_what_is_about_to_be_seen_and_where() -> None:
    told = "\n".join(introduction(26, "http://127.0.0.1:8420"))
    assert "26 tickets" in told and "http://127.0.0.1:8420" in told
    assert "console" not in "\n".join(introduction(26, ""))


def test_the_summary_counts_endings_and_names_what_waits() -> None:
    tally = Tally(waiting={"broken-lamp": "i-7"})
    tally.endings.update([Status.SUCCEEDED, Status.SUCCEEDED, Status.REFUSED])
    text = "\n".join(summary(tally))
    assert "3 proposals" in text
    assert "2 succeeded" in text
    assert "broken-lamp: groundstop trace i-7" in text


def routes() -> dict[tuple[str, str], Route]:
    """(ticket, tool) -> where the example's policy sends it."""
    judge = prepare(load_policy(POLICY.read_text()), load_catalogue(SOURCES))
    known = {"email": "ada@customers.example", "name": "Ada", "status": "shipped", "address": "1 Way", "file": "f.pdf"}
    found: dict[tuple[str, str], Route] = {}
    for ticket in read_day().tickets:
        for step in (single for entry in ticket.steps for single in entry.proposals() if single.tool):
            arguments = filled(step.arguments, {**known, "order": ticket.order, "text": ticket.text})
            intent = Intent(
                tenant="shop", agent="support", intent="i", task=ticket.id, tool=step.tool, arguments=arguments,
                confidence=step.confidence, reasoning=step.reasoning, assumptions=step.assumptions, user=ticket.order,
            )  # fmt: skip
            found.setdefault((ticket.id, step.tool), judge.decide(intent, now=a_clock()()).route)
    return found


def test_the_day_meets_every_route_of_the_policy() -> None:
    found = routes()
    assert set(found.values()) == set(Route)
    assert found["broken-lamp", "refund.create"] is Route.APPROVE
    assert found["no-such-tool", "crm.merge_accounts"] is Route.REFUSE
    assert found["delete-everything", "customers.erase"] is Route.APPROVE
    assert found["which-one", "orders.cancel"] is Route.CLARIFY
    assert found["goodwill", "email.send"] is Route.CONFIRM
    assert found["legal-threat", "email.send"] is Route.ESCALATE
    assert found["clumsy-agent", "orders.update_address"] is Route.REFUSE
    assert found["closing-time", "report.build"] is Route.PROCEED

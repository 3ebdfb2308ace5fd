"""The summary of a task is read off its facts, and off nothing else."""

from datetime import UTC, datetime

from groundstop.events import Call, CaseDecided, CaseOpened, IntentSubmitted, Judgement, Outcome
from groundstop.intent import Intent
from groundstop.policy import summarise
from groundstop.vocabulary import Band, CaseKind, Reason, Risk, Route, Status, Verdict

AT = datetime(2026, 3, 4, tzinfo=UTC)
WHO = {"tenant": "acme", "agent": "helper", "task": "t1"}
CALL = Call(tool="refund", tool_version="1", arguments={}, digest="d", action_type="pay.refund")
JUDGED = Judgement(risk=Risk.RISKY, band=Band.HIGH, route=Route.APPROVE)


def submitted(intent, tool, **fields):
    return IntentSubmitted(id=f"s{intent}", at=AT, intent=intent, tool=tool, **WHO, **fields)


def outcome(intent, status, reason=""):
    return Outcome(id=f"o{intent}", at=AT, intent=intent, status=status, reason_code=Reason.DONE, reason=reason, **WHO)


def asked(intent, question):
    proposal = Intent(intent=intent, tool="refund", **WHO)
    return CaseOpened(
        id=f"c{intent}", at=AT, intent=intent, case_kind=CaseKind.APPROVAL, question=question, call=CALL,
        judgement=JUDGED, proposal=proposal, expires_at=AT, **WHO,
    )  # fmt: skip


def answered(intent):
    return CaseDecided(
        id=f"d{intent}", at=AT, intent=intent, case_kind=CaseKind.APPROVAL, verdict=Verdict.APPROVED, by="ann",
        reason_code=Reason.APPROVED, call=CALL, risk=Risk.RISKY, **WHO,
    )  # fmt: skip


def test_what_was_done_waits_failed_and_was_assumed():
    facts = [
        submitted("1", "weather.get", arguments={"order": "7"}, assumptions=["order 7 is theirs"]),
        outcome("1", Status.SUCCEEDED),
        submitted("2", "refund", assumptions=["order 7 is theirs"]),
        asked("2", "May it refund order 7?"),
        submitted("3", "mail.send"),
        outcome("3", Status.UNKNOWN, "the server went away"),
        submitted("4", "notes.add"),
        asked("4", "May it add a note?"),
        answered("4"),
    ]
    summary = summarise(facts)
    assert summary.accomplished == ("weather.get(order=7)",)
    assert summary.pending == ("refund()", "notes.add()")
    assert summary.failed == ("mail.send(): it is not known whether it happened (the server went away)",)
    assert summary.open_questions == ("May it refund order 7?",)
    assert summary.assumptions == ("order 7 is theirs",)
    assert "Accomplished:\n- weather.get(order=7)" in summary.text()


def test_the_same_facts_give_the_same_summary():
    facts = [submitted(str(n), "weather.get") for n in range(200)]
    assert summarise(facts) == summarise(facts)
    assert len(summarise(facts).pending) == 50


def test_a_task_without_facts_has_an_empty_summary():
    assert summarise([]).text().count("nothing") == 5

"""Reviewers are watched kindly, and whoever asks nonsense gets an answer."""

import asyncio
import json
from typing import Any

import pytest
from approval_support import Service, case_of, hold, refused, stored
from groundstop.events import CaseDecided, ReviewerAlarmed
from groundstop.log import Log
from groundstop.testing import eventually


async def test_a_drill_looks_like_any_case_and_nothing_follows(log: Log, service: Service, desk_of) -> None:
    service.people("people: {ann: {roles: [admin]}, alice: {}}\n")
    await service.up()
    ann, alice = await desk_of("ann"), await desk_of("alice")
    bad = {"tenant": "acme", "agent": "helper", "tool": "db.delete", "arguments": {"table": "customers"}}
    assert (await refused(alice.request("case.drill", **bad))).code == "not_allowed"
    case = (await ann.request("case.drill", **bad))["case"]
    shown = [(await alice.briefing(case)).wire(), (await alice.case(case)).wire()]
    assert '"drill": true' not in json.dumps(shown)
    assert (await alice.approve(case)).won
    decided = await stored(log, CaseDecided, f"gs.case.decided.acme.helper.{case.removesuffix('-approval')}.*.*")
    after = await hold(log)  # what follows from a later fact shows that the earlier one was dealt with
    await alice.approve(await case_of(alice, after))
    await eventually(lambda: log.last(f"gs.intent.cleared.acme.helper.{after.intent}"), "the clearance")
    assert decided.drill and await log.last(f"gs.intent.cleared.acme.helper.{decided.intent}") is None


async def test_approving_faster_than_anybody_reads_raises_an_alarm(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    cases = [await case_of(alice, await hold(log)) for _ in range(8)]
    await asyncio.gather(*(alice.approve(case) for case in cases))
    alarm = await stored(log, ReviewerAlarmed, "gs.reviewer.alarmed.alice.*")
    assert alarm.approvals == 8 and "8 cases" in alarm.sentence


async def test_how_long_a_case_was_read_is_on_the_record(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    case = await case_of(alice, held)
    await alice.briefing(case)
    await alice.approve(case)
    decided = await stored(log, CaseDecided, f"gs.case.decided.*.*.{held.intent}.*.*")
    assert 0 <= decided.read_s <= decided.decided_in_s


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("case.list", {"limit": "many"}),
    ("case.list", {"limit": 10**9}),
    ("case.list", {"order": "random"}),
    ("case.list", {"tenant": ["a"]}),
    ("case.get", {}),
    ("case.get", {"case": "*"}),
    ("case.get", {"case": "a.b.>"}),
    ("case.get", {"case": {"a": 1}}),
    ("case.decide", {"case": "x", "verdict": ["approved"]}),
    ("case.decide", {"case": "CASE", "verdict": "expired"}),
    ("case.decide", {"case": "CASE", "verdict": "withdrawn"}),
    ("case.decide", {"case": "CASE", "verdict": "approved", "note": {"no": "text"}}),
    ("case.decide", {"case": "CASE", "verdict": "approved", "on_behalf": "bob"}),
    ("case.decide", {"case": "CASE", "verdict": "approved", "on_behalf": {"actor": "bob"}}),
    ("case.edit", {"case": "CASE", "arguments": [1], "note": "n"}),
    ("case.edit", {"case": "CASE", "arguments": {"to": 2**60}, "note": "n"}),
    ("case.edit", {"case": "CASE", "arguments": {"to": "\ud7ff" * 10, "body": 1e308}, "note": ""}),
    ("case.respond", {"case": "CASE"}),
    ("case.decide_many", {"cases": [], "verdict": "approved"}),
    ("case.decide_many", {"cases": ["CASE"] * 201, "verdict": "approved"}),
    ("case.decide_many", {"cases": [None], "verdict": "approved"}),
    ("grant.give", {"agent": "a.b", "tool": "email.send"}),
    ("grant.give", {"agent": "helper", "tool": "email.send", "until": "tomorrow"}),
    ("grant.give", {"agent": "helper", "tool": "email.send", "uses": 1e99}),
    ("grant.revoke", {"grant": "", "note": "n"}),
    ("task.handoff", {"task": "a.>", "reason": "r"}),
    ("task.handoff", {"task": "t", "reason": ""}),
    ("task.give_back", {"case": "CASE", "note": "n"}),
    ("task.summary", {"tenant": ">", "task": "t"}),
    ("case.drill", {"agent": "helper", "tool": "x", "arguments": ["no"]}),
]


@pytest.mark.timeout(600)
async def test_nonsense_is_refused_with_a_code_and_changes_nothing(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    case = await case_of(alice, held)
    for verb, body in NONSENSE:
        filled = json.loads(json.dumps(body).replace('"CASE"', json.dumps(case)))
        error = await refused(alice.request(verb, **filled))
        assert error.code not in ("timeout", "unavailable", "failed"), (verb, body, str(error))
    assert len(await log.newest([f"gs.case.*.*.*.{held.intent}.>"])) == 1, "the opening alone"
    assert "command_failed" not in service.log_text()

"""Several people, edits, grants and hand-offs over the bus."""

import asyncio

from approval_support import Service, case_of, hold, refused, stored
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.commands.cases import Decision
from groundstop.controls import Target, halted_by
from groundstop.controls.pauses import OF_AGENT_MAX, PauseBook
from groundstop.events import CaseDecided, Control, Halt, IntentCleared, IntentEdited, Outcome, TaskHandoff
from groundstop.log import Log
from groundstop.log.lanes import read_controls, write
from groundstop.log.pausing import catch_up
from groundstop.testing import eventually
from groundstop.vocabulary import Risk, Status

TWO = "approvals:\n  - match: {tools: [email.send]}\n    need: {quorum: 2}\n"


def of(kind: str, held: object) -> str:
    return subjects.any_detail(kind, held.tenant, held.agent, held.intent)  # type: ignore[attr-defined]


async def test_two_people_have_to_agree_and_both_are_on_the_record(log: Log, service: Service, desk_of) -> None:
    service.policy(TWO)
    await service.up()
    alice, bob = await desk_of("alice"), await desk_of("bob")
    held = await hold(log)
    case = await case_of(alice, held)
    first = await alice.approve(case)
    assert (first["pending"], first["votes"], first["needed"]) == (True, 1, 2)
    assert (await refused(alice.approve(case))).code == "already_voted"
    assert await log.last(of("intent.cleared", held)) is None
    assert (await bob.approve(case))["won"]
    decided = await stored(log, CaseDecided, of("case.decided", held))
    assert decided.approvers == ("alice", "bob")
    assert (await stored(log, IntentCleared, of("intent.cleared", held))).by == "alice, bob"


async def test_votes_in_the_same_moment_are_counted_exactly(log: Log, service: Service, desk_of) -> None:
    service.policy(TWO.replace("quorum: 2", "quorum: 3"))
    await service.up()
    people = [await desk_of(f"p{n}") for n in range(6)]
    held = await hold(log)
    case = await case_of(people[0], held)
    answers = await asyncio.gather(*(one.approve(case) for one in people), return_exceptions=True)
    assert [isinstance(a, Decision) and a.won for a in answers].count(True) == 1
    assert len((await stored(log, CaseDecided, of("case.decided", held))).approvers) == 3
    assert len(await log.newest([of("case.voted", held)])) == 2


async def test_an_edit_is_judged_metered_and_shown_anew(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    case = await case_of(alice, held)
    edited = {"to": "ann@acme.com", "body": "hello, Ann"}
    tried = await alice.request("case.edit", case=case, arguments=edited, dry_run=True)
    assert tried["diff"] == [{"path": "$.body", "before": "hello", "after": "hello, Ann"}]
    answer = await alice.request("case.edit", case=case, arguments=edited, note="greet her")
    again = await stored(log, IntentEdited, of("intent.edited", held))
    decided = await stored(log, CaseDecided, of("case.decided", held))
    assert answer["won"] and again.call.arguments == edited
    assert again.call.digest == decided.call.digest != held.call.digest == again.asked_digest
    assert await log.last(of("intent.cleared", held)) is None, "the rate-limiter clears it, once it is metered"


async def test_what_an_edit_makes_dangerous_needs_a_second_person(log: Log, service: Service, desk_of) -> None:
    service.policy("rules:\n  - {id: many, when: 'intent.arguments.copies > 100', risk: dangerous}\n")
    await service.up()
    alice, bob = await desk_of("alice"), await desk_of("bob")
    held = await hold(log)
    case = await case_of(alice, held)
    answer = await alice.request("case.edit", case=case, arguments={"to": "all@acme.com", "copies": 500}, note="all")
    assert answer["pending"] and answer["judgement"]["risk"] == "dangerous" and answer["need"]["people"] == 2
    assert (await refused(alice.approve(case))).code == "already_voted"
    stale = await refused(bob.request("case.decide", case=case, verdict="approved", digest=held.call.digest))
    assert stale.code == "changed"
    shown = (await bob.case(case))["case"]
    assert (await bob.request("case.decide", case=case, verdict="approved", digest=shown["call"]["digest"]))["won"]
    assert (await stored(log, IntentEdited, of("intent.edited", held))).approvers == ("alice", "bob")


async def test_an_edit_that_the_policy_refuses_changes_nothing(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    case = await case_of(alice, await hold(log))
    wrong = await refused(alice.request("case.edit", case=case, arguments={"copies": "many"}, note="x"))
    assert wrong.code == "edit_refused"
    assert (await alice.case(case))["case"]["revision"] == 0


async def test_a_grant_stands_in_for_the_person_never_more_often_than_given(
    log: Log, service: Service, desk_of
) -> None:
    await service.up()
    alice = await desk_of("alice")
    given = await alice.request(
        "grant.give", tenant="acme", agent="helper", tool="email.send", uses=3, ttl_s=600,
        condition='intent.arguments.to.endsWith("@acme.com")',
    )  # fmt: skip
    await eventually(lambda: _listed(alice, given["grant"]), "the grant is in force")
    held = await asyncio.gather(*(hold(log, arguments={"to": f"{n}@acme.com"}) for n in range(8)))
    stranger = await hold(log, arguments={"to": "x@other.org"})
    risky = await hold(log, risk=Risk.DANGEROUS, arguments={"to": "d@acme.com"})

    async def settled() -> bool:
        cleared = await log.newest([of("intent.cleared", one) for one in held])
        return len(cleared) + len(await alice.cases()) == 10

    await eventually(settled, "everything is cleared or waits")
    assert len(await log.newest([of("intent.cleared", one) for one in held])) == 3
    told = await alice.request("grant.get", grant=given["grant"])
    assert told["grant"]["ended"] == "used_up" and [use["n"] for use in told["used"]] == [1, 2, 3]
    waiting = {case["intent"] for case in await alice.cases()}
    assert {stranger.intent, risky.intent} <= waiting


async def test_a_grant_covers_no_call_for_its_giver_and_no_other_version(log: Log, service: Service, desk_of) -> None:
    """She could not have approved the one herself, and has never seen the other."""
    await service.up()
    alice = await desk_of("alice")
    given = await alice.request("grant.give", tenant="acme", agent="helper", tool="email.send", uses=9, ttl_s=600)
    assert given["tool_version"] == "1"
    await eventually(lambda: _listed(alice, given["grant"]), "the grant is in force")
    for refused_call in ({"user": "alice"}, {"tool_version": "2"}):
        await case_of(alice, await hold(log, **refused_call))
    covered = await hold(log, user="mia")
    await eventually(lambda: log.last(of("intent.cleared", covered)), "the clearance of somebody else's call")
    assert (await alice.request("grant.get", grant=given["grant"]))["grant"]["used"] == 1


async def _listed(desk: object, grant: str) -> bool:
    return any(g["grant"] == grant for g in (await desk.request("grant.list"))["grants"])  # type: ignore[attr-defined]


async def test_a_revoked_grant_allows_nothing_more(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice, bob = await desk_of("alice"), await desk_of("bob")
    given = await alice.request("grant.give", tenant="acme", agent="helper", tool="email.send", uses=100, ttl_s=600)
    await eventually(lambda: _listed(alice, given["grant"]), "the grant is in force")
    some = asyncio.gather(*(hold(log) for _ in range(10)))
    revoked = await bob.request("grant.revoke", grant=given["grant"], note="enough")
    await some
    last = await hold(log)
    await case_of(alice, last)
    used = await log.newest([f"gs.grant.used.*.*.{given['grant']}.*"])
    end = await log.last(f"gs.grant.revoked.*.*.{given['grant']}.*")
    assert revoked["ended"] == "revoked" and end is not None
    assert all(use.seq < end.seq for use in used)


async def test_nobody_grants_to_themselves_or_what_is_dangerous(log: Log, service: Service, desk_of) -> None:
    service.people("people: {alice: {owns: [helper]}, bob: {}}\n")
    await service.up()
    alice, bob = await desk_of("alice"), await desk_of("bob")
    terms = {"tenant": "acme", "agent": "helper", "tool": "email.send"}
    assert (await refused(alice.request("grant.give", **terms))).code == "self_approval"
    assert (await refused(bob.request("grant.give", **{**terms, "tool": "db.delete"}))).code == "grant_refused"
    assert (await refused(bob.request("grant.give", **terms, condition="intent.nonsense ++"))).code == "grant_refused"
    assert (await refused(bob.request("grant.give", **terms, uses=0))).code == "invalid_request"


async def test_a_handed_off_task_is_paused_until_it_is_given_back(log: Log, service: Service, desk_of) -> None:
    await service.up()
    helper, alice = await desk_of("helper"), await desk_of("alice")
    held = await hold(log)
    asked = await helper.request("task.handoff", tenant="acme", task=held.task, reason="the customer is angry")
    target = Target("acme", "helper", held.task, "email.send", "email.send", Risk.RISKY)
    halts = await pauses(log)
    assert (await read_controls(log.nc)).halts == (), "what agents ask for takes no room of halts"
    assert asked["paused"] and halted_by(halts, target) is not None
    namesake = Target("globex", "helper", held.task, "email.send", "email.send", Risk.RISKY)
    assert halted_by(halts, namesake) is None, "a task of this name of another tenant goes on"
    case = asked["case"]
    await eventually(lambda: _there(alice, case), case)
    told = await alice.request("case.briefing", case=case)
    assert told["summary"]["paused"] and told["why"]["reasoning"] == "the customer is angry"
    await alice.decide(case, "given_back", "called her", {"say": "sorry"})
    outcome = await stored(log, Outcome, subjects.pattern("outcome", intent=asked["handoff"]))
    assert (outcome.status, outcome.result) == (Status.COMPLETED_MANUALLY, {"say": "sorry"})
    assert halted_by(await pauses(log), target) is None


async def pauses(log: Log) -> tuple[Halt, ...]:
    """The tasks that wait, as a guard reads them."""
    book = PauseBook(None)
    await catch_up(log.nc, book)
    return book.halts


async def _there(desk: object, case: str) -> bool:
    return any(c["case"] == case for c in await desk.cases())  # type: ignore[attr-defined]


async def test_taking_over_cancels_what_the_task_has_open_and_keeps_it_paused(
    log: Log, service: Service, desk_of
) -> None:
    await service.up()
    helper, alice = await desk_of("helper"), await desk_of("alice")
    held = await hold(log, task="trip")
    await case_of(alice, held)
    asked = await helper.request("task.handoff", tenant="acme", task="trip", reason="r", id="h-1")
    again = await helper.request("task.handoff", tenant="acme", task="trip", reason="r", id="h-1")
    assert again["case"] == asked["case"]
    await eventually(lambda: _there(alice, asked["case"]), "the hand-off's case")
    await alice.decide(asked["case"], "taken_over", "I do it")
    assert (await stored(log, Outcome, of("outcome", held))).status is Status.CANCELLED
    listed = (await alice.request("task.list"))["tasks"]
    assert [(task["task"], task["state"]) for task in listed] == [("trip", "taken_over")]
    ended = await alice.request("task.give_back", case=asked["case"], note="all done")
    assert ended["paused"] is False and await pauses(log) == ()


async def test_reminders_and_the_next_group_come_in_time(log: Log, service: Service, desk_of) -> None:
    service.policy(
        "expiry: {approval: 5.0}\napprovals:\n  - match: {tools: [email.send]}\n    need: {groups: [oncall]}\n"
    )
    service.people(
        "people: {alice: {groups: [oncall]}, bob: {groups: [leads]}}\n"
        "reminders: [0.1]\nescalation: [{at: 0.2, group: leads}]\n"
    )
    await service.up()
    bob = await desk_of("bob")
    held = await hold(log)
    case = await case_of(bob, held)
    assert (await refused(bob.approve(case))).code == "not_in_group"
    await eventually(lambda: log.last(of("case.escalated", held)), "the escalation")
    assert await log.last(of("case.reminded", held)) is not None
    assert (await bob.approve(case))["won"]


async def test_a_face_says_for_whom_it_asks_and_signs_it(log: Log, service: Service, desk_of) -> None:
    from groundstop.client.people import Face

    face = Face.create("console")
    (service.folder / "faces").mkdir()
    (service.folder / "faces" / "console.pub").write_text(face.public_key, encoding="ascii")
    service.people("people: {boss: {}}\n")
    await service.up()
    console = await desk_of("console")
    held = await hold(log)
    body = {"case": await case_of(console, held), "verdict": "approved", "note": ""}
    now = held.at
    forged = face.forward("case.decide", {**body, "verdict": "denied"}, actor="zoe", roles=["approver"], at=now)
    wrong = {**body, "on_behalf": forged["on_behalf"]}
    assert (await refused(console.request("case.decide", **wrong))).code == "not_allowed"
    assert (await refused(console.request("case.decide", **body))).code == "not_allowed"
    told = await console.request(
        "case.decide", **face.forward("case.decide", body, actor="zoe", roles=["approver"], at=now)
    )
    assert told["won"] and told["by"] == "zoe"


async def test_an_agent_hands_off_so_much_and_no_more(log: Log, service: Service, desk_of) -> None:
    """Pauses are bounded for each agent; another one's are not taken from it, nor is room for halts."""
    await service.up()
    helper, other, alice = await desk_of("helper"), await desk_of("other"), await desk_of("alice")
    asked = [helper.request("task.handoff", tenant="acme", task=f"t{n}", reason="r") for n in range(OF_AGENT_MAX)]
    waiting = await asyncio.gather(*asked)
    again = await refused(helper.request("task.handoff", tenant="acme", task="more", reason="r"))
    assert again.code == "too_many_pauses"
    assert (await other.request("task.handoff", tenant="acme", task="theirs", reason="r"))["paused"]
    case = waiting[0]["case"]
    await eventually(lambda: _there(alice, case), case)
    await alice.decide(case, "given_back", "go on")
    await eventually(lambda: _waits(log, OF_AGENT_MAX), "one of them to go on")
    assert (await refused(helper.request("task.handoff", tenant="acme", task="more", reason="r"))).code == "too_often"
    long = await refused(other.request("task.handoff", tenant="acme", task="long", reason="x" * 501))
    assert long.code == "invalid_request" and "500" in str(long)
    assert len(await pauses(log)) == OF_AGENT_MAX and (await read_controls(log.nc)).halts == ()


async def _waits(log: Log, count: int) -> bool:
    return len(await pauses(log)) == count


async def test_a_pause_of_the_time_when_pauses_were_halts_is_listed_and_ends(
    log: Log, service: Service, desk_of
) -> None:
    """The task was handed off under the version before; the one that runs now gives it back."""
    asked = TaskHandoff(
        id="h-old", at=Clock()(), actor="helper", tenant="acme", agent="helper", intent="old", task="trip", reason="r",
        by="helper",
    )  # fmt: skip
    await log.publish_once(asked)
    halt = Halt(
        control="old", scope="task=trip", tenant="acme", reason="handed to a person: r", by="helper", at=asked.at
    )
    table = Control(
        id="c-old", at=asked.at, actor="approval", control="old", action="halt", scope=halt.scope, reason=halt.reason,
        by="helper", halts=(halt,),
    )  # fmt: skip
    await write(log.nc, table, await read_controls(log.nc))
    await service.up()
    alice = await desk_of("alice")
    await eventually(lambda: _there(alice, "old-handoff"), "its case")
    assert [task["task"] for task in (await alice.request("task.list"))["tasks"]] == ["trip"]
    assert await pauses(log) == (), "it is paused once"
    ended = await alice.request("task.give_back", case="old-handoff", note="all done")
    assert ended["paused"] is False and (await read_controls(log.nc)).halts == ()

"""Cases over the bus: what people can do with one, and what follows from it."""

import asyncio

from approval_support import Service, case_of, hold, refused, stored
from groundstop import subjects
from groundstop.events import CaseDecided, CaseEdited, IntentCleared, Outcome
from groundstop.log import Log
from groundstop.vocabulary import Route, Status


def of(kind: str, held: object) -> str:
    return subjects.any_detail(kind, held.tenant, held.agent, held.intent)  # type: ignore[attr-defined]


async def test_an_approval_clears_exactly_the_call_that_was_shown(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    case = await case_of(alice, held)
    told = await alice.request("case.briefing", case=case)
    answer = await alice.request("case.decide", case=case, verdict="approved", digest=told["what"]["digest"])
    cleared = await stored(log, IntentCleared, of("intent.cleared", held))
    assert answer["won"] is True
    assert (cleared.call.digest, cleared.by) == (held.call.digest, "alice")
    assert await log.last(subjects.subject("timer.case", held.tenant, held.agent, held.intent, "approval")) is None


async def test_the_first_decision_wins_and_late_ones_are_told(log: Log, service: Service, desk_of) -> None:
    await service.up()
    people = [await desk_of(name) for name in ("alice", "bob", "carol", "dave")]
    held = await hold(log)
    case = await case_of(people[0], held)
    verdicts = ("approved", "denied", "approved", "denied")
    answers = await asyncio.gather(
        *(one.request("case.decide", case=case, verdict=v) for one, v in zip(people, verdicts, strict=True)),
        return_exceptions=True,
    )
    won = [answer for answer in answers if isinstance(answer, dict)]
    late = [error for error in answers if not isinstance(error, dict)]
    assert len(won) == 1
    assert {error.code for error in late} == {"already_decided"}
    assert {error.answer["by"] for error in late} == {won[0]["by"]}
    assert len(await log.newest([of("case.decided", held)])) == 1


async def test_saying_the_same_again_gets_the_same_answer(log: Log, service: Service, desk_of) -> None:
    """A lost reply is repeated by the client; nothing happens twice."""
    await service.up()
    alice = await desk_of("alice")
    case = await case_of(alice, await hold(log))
    first = await alice.approve(case)
    assert await alice.approve(case) == first


async def test_silence_is_a_no(log: Log, service: Service, desk_of) -> None:
    service.policy("expiry: {approval: 1.0}\n")
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    outcome = await stored(log, Outcome, of("outcome", held))
    assert outcome.status is Status.EXPIRED
    late = await refused(alice.approve(f"{held.intent}-approval"))
    assert late.code == "already_decided"


async def test_a_response_stands_in_for_the_tool(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    await alice.request("case.respond", case=await case_of(alice, held), answer={"sent": "by phone"})
    outcome = await stored(log, Outcome, of("outcome", held))
    assert (outcome.status, outcome.result) == (Status.COMPLETED_MANUALLY, {"sent": "by phone"})
    assert await log.last(of("intent.cleared", held)) is None


async def test_the_user_confirms_what_the_agent_assumed(log: Log, service: Service, desk_of) -> None:
    service.people("people: {alice: {}}\n")
    await service.up()
    held = await hold(log, route=Route.CONFIRM, user="mia", assumptions=("the newest order is meant",))
    mia = await desk_of("mia")
    case = await case_of(mia, held, "confirmation")
    told = await mia.request("case.briefing", case=case)
    await mia.approve(case)
    assert told["may"]["decide"] and "the newest order is meant" in told["case"]["question"]
    assert (await stored(log, IntentCleared, of("intent.cleared", held))).by == "mia"


async def test_a_claimed_case_is_left_alone_until_it_is_taken(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice, bob = await desk_of("alice"), await desk_of("bob")
    case = await case_of(alice, await hold(log))
    await alice.request("case.claim", case=case)
    assert (await refused(bob.approve(case))).code == "claimed"
    assert (await refused(bob.request("case.release", case=case))).code == "claimed"
    taken = await bob.request("case.claim", case=case, take=True)
    assert taken["claimed_by"] == "bob"
    assert (await refused(alice.approve(case))).code == "claimed"
    await bob.request("case.release", case=case)
    assert (await alice.approve(case))["won"]


async def test_the_agent_withdraws_and_nobody_else(log: Log, service: Service, desk_of) -> None:
    await service.up()
    helper, bob = await desk_of("helper"), await desk_of("bob")
    held = await hold(log)
    case = await case_of(bob, held)
    assert (await refused(helper.approve(case))).code == "self_approval"
    assert (await refused(bob.request("case.withdraw", case=case))).code == "not_allowed"
    await helper.request("case.withdraw", case=case, note="not needed any more")
    assert (await stored(log, Outcome, of("outcome", held))).status is Status.CANCELLED


async def test_secrets_are_not_shown(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    secret = "hunter2isG00d!x"
    held = await hold(log, arguments={"to": "x@acme.com", "password": secret})
    case = await case_of(alice, held)
    answers = [await alice.request(verb, case=case) for verb in ("case.get", "case.briefing", "case.alike")]
    answers.append(await alice.request("case.list"))
    assert all(secret not in str(answer) for answer in answers)
    assert answers[0]["case"]["masked"] == ["$.password"]
    await alice.approve(case)
    assert (await stored(log, CaseDecided, of("case.decided", held))).call.arguments["password"] == secret


async def test_an_edit_leaves_secrets_that_nobody_was_shown_as_they_are(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice, secret = await desk_of("alice"), "hunter2isG00d!x"
    held = await hold(log, arguments={"to": "x@acme.com", "password": secret})
    case = await case_of(alice, held)
    shown = (await alice.case(case))["case"]["call"]["arguments"]
    answer = await alice.edit(case, shown | {"to": "y@acme.com"}, "the right address")
    edited = await stored(log, CaseEdited, of("case.edited", held))
    assert edited.call.arguments == {"to": "y@acme.com", "password": secret}
    assert secret not in str(answer)


async def test_look_alikes_are_decided_in_one_go_each_for_its_own_digest(log: Log, service: Service, desk_of) -> None:
    await service.up()
    alice = await desk_of("alice")
    held = [await hold(log, arguments={"to": f"{n}@acme.com", "body": "x"}) for n in range(5)]
    other = await hold(log, arguments={"to": ["a", "b"]})
    cases = [await case_of(alice, one) for one in (*held, other)]
    alike = await alice.request("case.alike", case=cases[0])
    assert alike["total"] == 5
    odd = await refused(alice.request("case.decide_many", cases=cases, verdict="approved"))
    assert (odd.code, odd.answer["case"]) == ("not_alike", cases[-1])
    done = await alice.request("case.decide_many", cases=cases[:5], verdict="approved", note="all fine")
    digests = [(await stored(log, CaseDecided, of("case.decided", one))).call.digest for one in held]
    assert done["won"] == 5 and digests == [one.call.digest for one in held]


async def test_an_unknown_outcome_is_reconciled(log: Log, service: Service, desk_of) -> None:
    """The decision is a fact after the end: it changes nothing about what was recorded."""
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    await alice.approve(await case_of(alice, held))
    cleared = await stored(log, IntentCleared, of("intent.cleared", held))
    unknown = Outcome.caused_by(
        cleared, cleared.at, "executor-1", status=Status.UNKNOWN, reason_code="executor_lost", tool="email.send"
    )
    await log.publish_once(unknown)
    case = await case_of(alice, held, "reconciliation")
    assert (await refused(alice.approve(case))).answer["verdicts"] == ["happened", "did_not_happen", "cannot_tell"]
    await alice.decide(case, "happened", "it is in the outbox")
    decided = await stored(
        log, CaseDecided, subjects.any_detail("case.decided", held.tenant, held.agent, held.intent, "reconciliation")
    )
    assert decided.verdict == "happened"
    assert len(await log.newest([of("outcome", held)])) == 1
